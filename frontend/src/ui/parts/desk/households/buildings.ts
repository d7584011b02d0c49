/** Buildings to choose from, with what they are called; two of one name bear their codes. */
import { layer } from '../../../../data/territory'

export interface Building {
  building_id: string
  name: string
}

export async function buildings(): Promise<Building[]> {
  const { value } = await layer('building')
  const words = ({ properties }: { properties: Record<string, unknown> }) => ({
    building_id: String(properties['building_id'] ?? ''),
    name: String(properties['name'] ?? ''),
    code: String(properties['code'] ?? ''),
  })
  const found = value.features.map(words)
  const times = new Map<string, number>()
  for (const { name } of found) times.set(name, (times.get(name) ?? 0) + 1)
  return found
    .map(({ building_id, name, code }) => ({
      building_id,
      name: name && times.get(name) === 1 ? name : `${name} ${code}`.trim(),
    }))
    .sort((a, b) => a.name.localeCompare(b.name, 'zh', { numeric: true }))
}
