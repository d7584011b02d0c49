/** The desk's map: what the address filters it by, how a ticket looks on it, what a drawn line encloses. Pure. */
import type { Position, Ring, Status } from './shapes'
import { isOpen, STATUSES, toneOf, type Tone } from './tickets'

/** As the desk's address has them. `age`: older than so many days; `within`: corners of a drawn shape, see `withinOf`. */
export interface MapFilters {
  status: string | null
  unit: string | null
  grid: string | null
  category: string | null
  age: number | null
  text: string | null
  within: string | null
}

export function filtersOf(query: { get(name: string): string | null }): MapFilters {
  const age = Number(query.get('age'))
  return {
    status: query.get('status') || null,
    unit: query.get('unit') || null,
    grid: query.get('grid') || null,
    category: query.get('category') || null,
    age: Number.isFinite(age) && age > 0 ? age : null,
    text: query.get('text')?.trim() || null,
    within: query.get('within') || null,
  }
}

/** What the API is asked for in the same words for tiles and for points; absent: everything that is open. */
export interface MapQuery {
  status?: string
  unit_id?: string
  grid_id?: string
  category?: string
}

const NO_STATUS: ReadonlySet<string> = new Set(['open', 'all'])

export function askedOf({ status, unit, grid, category }: MapFilters): MapQuery {
  return {
    ...(status && !NO_STATUS.has(status) ? { status } : {}),
    ...(unit ? { unit_id: unit } : {}),
    ...(grid ? { grid_id: grid } : {}),
    ...(category ? { category } : {}),
  }
}

const DAY_MS = 86_400_000

export interface ListedQuery {
  text?: string
  received_before?: string
  within?: string
}

/** What tiles cannot choose: null when they can. */
export function listedOf(filters: MapFilters, now: number): ListedQuery | null {
  const { text, age, within } = filters
  const ended = askedOf(filters)
    .status?.split(',')
    .some((status) => !isOpen({ status: status as Status }))
  if (!text && age === null && !within && !ended) return null
  return {
    ...(text ? { text } : {}),
    ...(age === null ? {} : { received_before: olderThan(age, now) }),
    ...(within ? { within } : {}),
  }
}

/** By quarters of an hour, so that the same question is not another one each half minute. */
export function olderThan(days: number, now: number): string {
  return new Date(Math.floor((now - days * DAY_MS) / 900_000) * 900_000).toISOString()
}

/** A ticket as tiles and points say it: times in seconds since 1970. */
export interface MapPoint {
  id?: string
  no?: number
  category?: string
  status: string
  paused?: boolean | null
  late?: boolean | null
  near?: number | null
  due?: number | null
}

export type Colouring = 'time' | 'state'

/** Beside these, what is in time is grey in the shape of its state. */
export const TIME_TONES: readonly Tone[] = ['breached', 'near', 'paused']
export const STATE_TONES: readonly Tone[] = ['received', 'assigned', 'in-progress', 'resolved', 'paused']
/** The statuses of each tone that a map of open tickets knows. */
export const OF_TONE: ReadonlyMap<Tone, Status[]> = new Map(
  STATE_TONES.map((tone) => [
    tone,
    STATUSES.filter((status) => isOpen({ status }) && toneOf({ status }) === tone),
  ]),
)

/** Which of the time's tones a ticket has at a moment; null: it is in time. */
export function timeTone({ paused, late, near, due }: MapPoint, now_s: number): Tone | null {
  if (paused) return 'paused'
  if (late || (due != null && due < now_s)) return 'breached'
  return near != null && near <= now_s ? 'near' : null
}

/** The same as an expression of the map's own language, for thousands at once; names of images by `name`. */
export function timeExpression<T>(now_s: number, of: (tone: Tone) => T, calm: unknown): unknown[] {
  const by = (name: string) => ['number', ['get', name], Number.MAX_SAFE_INTEGER]
  return [
    'case',
    ['boolean', ['get', 'paused'], false],
    of('paused'),
    ['any', ['boolean', ['get', 'late'], false], ['<', by('due'), now_s]],
    of('breached'),
    ['<=', by('near'), now_s],
    of('near'),
    calm,
  ]
}

export function stateExpression<T>(of: (tone: Tone) => T): unknown[] {
  const pairs = [...OF_TONE].filter(([tone]) => tone !== 'received').flatMap(([tone, of_]) => [of_, of(tone)])
  return ['match', ['get', 'status'], ...pairs, of('received')]
}

const CORNERS = 120

/** A drawn line as corners of a shape: steps of a hand's tremble are left out, and no more than an address can carry. */
export function cornersOf(line: readonly (readonly [number, number])[]): [number, number][] {
  const kept: [number, number][] = []
  for (const [x, y] of line) {
    const last = kept[kept.length - 1]
    if (!last || Math.hypot(x - last[0], y - last[1]) >= 4) kept.push([x, y])
  }
  const every = Math.max(1, Math.ceil(kept.length / CORNERS))
  return kept.filter((_, index) => index % every === 0)
}

/** As the address and the API have a shape: `lon,lat` with semicolons. */
export function withinOf(corners: readonly Position[]): string {
  return corners.map(({ lon, lat }) => `${lon.toFixed(6)},${lat.toFixed(6)}`).join(';')
}

/** The shape for the map to draw; null where the address has none that can be read. */
export function shapeOf(within: string | null): Ring | null {
  const ring = within?.split(';').map((pair) => pair.split(',').map(Number) as [number, number]) ?? []
  return ring.length >= 3 && ring.every(([lon, lat]) => Number.isFinite(lon) && Number.isFinite(lat))
    ? [...ring, ring[0]!]
    : null
}
