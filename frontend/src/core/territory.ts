/** Changing grids: what is asked for, made from what was chosen on the map or read from a file. Places are WGS-84. */
import { contains } from './geo'
import type { Feature, FeatureCollection, Geometry, Position } from './shapes'

export type ChangeKind = 'merge' | 'split' | 'redraw'

export interface Grid {
  grid_id: string
  code: string
  name: string
  geometry: Geometry | null
}

export interface Wanted {
  code: string
  name: string | null
  geometry: Geometry | null
}

/** What stands in the form. `into`: the code of the merged grid; `line`: where a grid is cut; `file`: drawn elsewhere. */
export interface Draft {
  kind: ChangeKind
  from: string
  grids: readonly string[]
  into: string
  name: string
  lead_of: string
  line: readonly Position[]
  parts: readonly { code: string; name: string }[]
  file: readonly Wanted[]
}

export interface Proposal {
  kind: ChangeKind
  from: string
  grids: string[]
  wanted: Wanted[]
  line: [number, number][]
  lead_of: string | null
}

export function gridsOf(layer: FeatureCollection): Grid[] {
  return layer.features.map(({ geometry, properties }) => ({
    grid_id: String(properties['grid_id']),
    code: String(properties['code']),
    name: String(properties['name']),
    geometry,
  }))
}

/** The grid at a place: the smallest code where two meet, as on the server. */
export function gridAt(grids: readonly Grid[], place: Position): Grid | null {
  const there = grids.filter((grid) => contains(grid.geometry, place))
  return there.sort((a, b) => (a.code < b.code ? -1 : 1))[0] ?? null
}

export function toggled(codes: readonly string[], code: string): string[] {
  return codes.includes(code) ? codes.filter((one) => one !== code) : [...codes, code]
}

/** A code of the same length that no grid bears: the highest of the same beginning and one more. */
export function freeCode(grids: readonly Grid[], like: string, taken: readonly string[] = []): string {
  const stem = like.slice(0, -3)
  const ends = [...grids.map((grid) => grid.code), ...taken]
    .filter((code) => code.length === like.length && code.startsWith(stem) && /^\d{3}$/.test(code.slice(-3)))
    .map((code) => Number(code.slice(-3)))
  return stem + String(Math.max(0, ...ends) + 1).padStart(3, '0')
}

/** Polygons of a GeoJSON file with the code (and name) of their grid; null when the file is something else. */
export function readDrawn(text: string): Wanted[] | null {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    return null
  }
  const features = (read as { features?: unknown } | null)?.features
  if (!Array.isArray(features) || features.length === 0) return null
  const wanted = (features as Feature[]).map(({ geometry, properties }) => ({
    code: String(properties?.['code'] ?? properties?.['编码'] ?? '').trim(),
    name: properties?.['name'] ? String(properties['name']) : null,
    geometry,
  }))
  return wanted.every((one) => one.code !== '' && one.geometry !== null) ? wanted : null
}

/** What the server is asked for; null while something is missing. */
export function proposalOf(draft: Draft): Proposal | null {
  const { kind, from } = draft
  if (!/^\d{4}-\d\d-\d\d$/.test(from)) return null
  const made = { kind, from, grids: [...draft.grids], line: [], lead_of: draft.lead_of || null }
  if (kind === 'merge') {
    if (draft.grids.length < 2 || !draft.into.trim()) return null
    if (!draft.grids.includes(draft.into) && !draft.name.trim()) return null
    return { ...made, wanted: [{ code: draft.into.trim(), name: draft.name.trim() || null, geometry: null }] }
  }
  if (kind === 'split') {
    const parts = draft.parts.filter((part) => part.code.trim())
    if (
      draft.grids.length !== 1 ||
      parts.length !== 2 ||
      parts.some((part) => !part.name.trim()) ||
      draft.line.length < 2
    )
      return null
    return {
      ...made,
      wanted: parts.map(({ code, name }) => ({
        code: code.trim(),
        name: name.trim() || null,
        geometry: null,
      })),
      line: draft.line.map(({ lon, lat }) => [lon, lat]),
    }
  }
  return draft.file.length ? { ...made, grids: [], wanted: [...draft.file] } : null
}

interface Outlined {
  code: string
  before: string | null
  after: string | null
}

interface Shown {
  lines: readonly Outlined[]
  gaps: readonly { ground: string }[]
  overlaps: readonly { ground: string }[]
  outside: readonly { name: string; lon: number; lat: number }[]
}

const feature = (role: string, geometry: Geometry, name = ''): Feature => ({
  type: 'Feature',
  geometry,
  properties: { role, name },
})

/** What the map draws over its grids: what is chosen and cut, then the old and the new outlines and what is wrong. */
export function outlines(
  grids: readonly Grid[],
  chosen: readonly string[],
  line: readonly Position[],
  shown: Shown | null,
): FeatureCollection {
  const features: Feature[] = shown
    ? [
        ...shown.lines.flatMap(({ before }) =>
          before ? [feature('before', JSON.parse(before) as Geometry)] : [],
        ),
        ...shown.lines.flatMap(({ after, code }) =>
          after ? [feature('after', JSON.parse(after) as Geometry, code)] : [],
        ),
        ...[...shown.gaps, ...shown.overlaps].map(({ ground }) =>
          feature('wrong', JSON.parse(ground) as Geometry),
        ),
        ...shown.outside.map(({ lon, lat, name }) =>
          feature('outside', { type: 'Point', coordinates: [lon, lat] }, name),
        ),
      ]
    : grids
        .filter((grid) => chosen.includes(grid.code) && grid.geometry)
        .map((grid) => feature('chosen', grid.geometry!, grid.name))
  if (line.length)
    features.push(
      line.length === 1
        ? feature('line', { type: 'Point', coordinates: [line[0]!.lon, line[0]!.lat] })
        : feature('line', {
            type: 'LineString',
            coordinates: line.map(({ lon, lat }): [number, number] => [lon, lat]),
          }),
    )
  return { type: 'FeatureCollection', features }
}
