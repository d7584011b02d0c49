/** Who visits which buildings, as a map shows it: a tone for each liaison, so that neighbours differ. Pure. */
import type { components } from '../data/schema'

export type House = components['schemas']['HouseShown']

export const TONES = 5
const NEAR = 4

/** The middle of a degree is narrower from west to east: near enough to compare distances in one town. */
const EAST_WEST = 0.92

/** Who visits how many of a house, the most first; `null`: nobody. */
export function sharesOf(house: House): { person_id: string | null; households: number }[] {
  const found = new Map<string | null, number>()
  for (const { person_id, households } of house.behind)
    found.set(person_id, (found.get(person_id) ?? 0) + households)
  return [...found]
    .map(([person_id, households]) => ({ person_id, households }))
    .sort((a, b) => b.households - a.households || String(a.person_id).localeCompare(String(b.person_id)))
}

/** Liaison → tone, 0 to 4: other than the tones of those whose houses lie next to hers, as far as five reach. */
export function tonesOf(houses: readonly House[]): Map<string, number> {
  const beside = new Map<string, Set<string>>()
  const known = houses.map((house) => ({
    house,
    people: sharesOf(house).flatMap(({ person_id }) => (person_id === null ? [] : [person_id])),
  }))
  for (const { house, people } of known) {
    const near = known
      .map((other) => ({
        other,
        apart: ((other.house.lon - house.lon) * EAST_WEST) ** 2 + (other.house.lat - house.lat) ** 2,
      }))
      .sort((a, b) => a.apart - b.apart)
      .slice(0, NEAR + 1)
    for (const one of people) {
      const own = beside.get(one) ?? new Set<string>()
      for (const { other } of near) for (const person of other.people) if (person !== one) own.add(person)
      beside.set(one, own)
    }
  }
  for (const [one, others] of beside) for (const other of others) beside.get(other)!.add(one)
  const tones = new Map<string, number>()
  const order = [...beside.keys()].sort(
    (a, b) => beside.get(b)!.size - beside.get(a)!.size || a.localeCompare(b),
  )
  for (const one of order) {
    const taken = Array.from({ length: TONES }, () => 0)
    for (const other of beside.get(one)!) {
      const tone = tones.get(other)
      if (tone !== undefined) taken[tone]! += 1
    }
    tones.set(one, taken.indexOf(Math.min(...taken)))
  }
  return tones
}
