/** How much of a plan's route a walk has gone, and what is left of it. Pure; metres on a plane, places in WGS-84. */
import { planeAt } from './geo'
import { NUMBERS, type Leg, type WalkNumbers } from './patrols'

type Place = readonly [lon: number, lat: number]
type Spot = readonly [x: number, y: number]

/** A piece of a route without a change in it; pieces of one line that follow each other share a place. */
export interface Stretch {
  walked: boolean
  path: Place[]
}

export interface RouteWalk {
  stretches: Stretch[]
  lines: number
  /** Lines of which so much was walked that they count. */
  lines_walked: number
  length_m: number
  left_m: number
}

/** Finer than anything that a swath decides. */
const STEP_M = 5
const CELL_M = 50

interface Way {
  from: Spot
  to: Spot
  swath_m: number
}

/** As the server does, `domain/patrols/track`: positions that are worth less see no less, up to a limit. */
function swathOf({ path }: Leg, rules: WalkNumbers): number {
  const all = path.map(({ accuracy_m }) => accuracy_m ?? 0).sort((a, b) => a - b)
  const half = all.length >> 1
  const accuracy = all.length % 2 ? all[half]! : (all[half - 1]! + all[half]!) / 2
  return Math.min(Math.max(rules.swath_m, accuracy), Math.max(rules.most_swath_m, rules.swath_m))
}

function sees({ from: [ax, ay], to: [bx, by], swath_m }: Way, [x, y]: Spot): boolean {
  const [ux, uy] = [bx - ax, by - ay]
  const length = ux * ux + uy * uy
  const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * ux + (y - ay) * uy) / length))
  return Math.hypot(x - ax - along * ux, y - ay - along * uy) <= swath_m
}

/** A walk of hours has thousands of positions and is asked anew at each: a place looks only at the ways of its own cell. */
function index(ways: readonly Way[]): (spot: Spot) => boolean {
  const cells = new Map<string, Way[]>()
  const cell = (metres: number) => Math.floor(metres / CELL_M)
  for (const way of ways) {
    const { from, to, swath_m } = way
    for (let x = cell(Math.min(from[0], to[0]) - swath_m); x <= cell(Math.max(from[0], to[0]) + swath_m); x++)
      for (
        let y = cell(Math.min(from[1], to[1]) - swath_m);
        y <= cell(Math.max(from[1], to[1]) + swath_m);
        y++
      ) {
        const key = `${x} ${y}`
        const held = cells.get(key)
        if (held) held.push(way)
        else cells.set(key, [way])
      }
  }
  return (spot) => (cells.get(`${cell(spot[0])} ${cell(spot[1])}`) ?? []).some((way) => sees(way, spot))
}

/**
 * What of a route these legs have gone. A place of it is walked when a leg passed it within its swath; between two legs
 * nothing is known, so nothing is walked there.
 */
export function routeWalk(
  route: readonly (readonly Place[])[],
  legs: readonly Leg[],
  rules: WalkNumbers = NUMBERS,
): RouteWalk {
  const found: RouteWalk = { stretches: [], lines: 0, lines_walked: 0, length_m: 0, left_m: 0 }
  const first = route[0]?.[0]
  if (!first) return found
  const plane = planeAt({ lon: first[0], lat: first[1] })
  const seen = index(
    legs.flatMap((leg) => {
      const swath_m = swathOf(leg, rules)
      const spots = leg.path.map((fix) => plane.toPlane(fix))
      return spots.slice(1).map((to, at) => ({ from: spots[at]!, to, swath_m }))
    }),
  )
  for (const line of route) {
    const spots = line.map(([lon, lat]) => plane.toPlane({ lon, lat }))
    let [walked, left] = [0, 0]
    let stretch = null as Stretch | null
    for (let at = 1; at < spots.length; at++) {
      const [[ax, ay], [bx, by]] = [spots[at - 1]!, spots[at]!]
      const way = Math.hypot(bx - ax, by - ay)
      const steps = Math.max(1, Math.ceil(way / STEP_M))
      const spot = (part: number): Spot => [ax + (bx - ax) * part, ay + (by - ay) * part]
      for (let step = 0; step < steps; step++) {
        const here = seen(spot((step + 0.5) / steps))
        if (stretch?.walked !== here) {
          const begins = plane.toPlace(...spot(step / steps))
          const from: Place = step === 0 ? line[at - 1]! : [begins.lon, begins.lat]
          if (step > 0) stretch?.path.push(from)
          stretch = { walked: here, path: [from] }
          found.stretches.push(stretch)
        }
        if (here) walked += way / steps
        else left += way / steps
      }
      // A corner belongs to the stretch unless a new one begins there.
      stretch?.path.push(line[at]!)
    }
    // Twice the same place is no way.
    if (walked + left === 0) continue
    found.lines += 1
    if (walked >= rules.route_share * (walked + left)) found.lines_walked += 1
    found.length_m += walked + left
    found.left_m += left
  }
  return found
}
