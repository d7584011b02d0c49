/** A walk as the phone keeps it: what is recorded, how it is written for the server, and what can be said of it. Pure. */
import { contains, distance } from './geo'
import type { Geometry, Position } from './shapes'

/** Under which name a walk that is under way lies on the phone: what was recorded since its last message is nowhere else. */
export const WALK_DRAFT = 'patrol'

export interface Fix extends Position {
  /** Whole seconds of the phone's clock since 1970. */
  at: number
  accuracy_m: number | null
}

/** By what the server judges positions; the picture on the phone is the one that counts. */
export interface WalkNumbers {
  gap_s: number
  gap_m: number
  most_accuracy_m: number
  most_speed_ms: number
  /** How far to each side somebody who walks sees, widened to the accuracy of the positions up to the most. */
  swath_m: number
  most_swath_m: number
  /** So much of a line of a route, and the line was walked: a barrier is no shame. */
  route_share: number
}

export const NUMBERS: WalkNumbers = {
  gap_s: 60,
  gap_m: 100,
  most_accuracy_m: 50,
  most_speed_ms: 3,
  swath_m: 15,
  most_swath_m: 25,
  route_share: 0.8,
}

const DEGREES = 100_000
const SLACK_M = 10
/** Between two recorded positions: closer ones cost storage and say nothing. */
const LEAST_S = 4
const LEAST_M = 12
/** Somebody who stands is recorded so often that it is no gap. */
const STANDING_S = 25
/** One message holds so many positions, or so long a time. */
export const PART_FIXES = 240
export const PART_S = 900

/** Whether a position is worth keeping after the last that was kept. */
export function isWorth(last: Fix | null, fix: Fix, rules: WalkNumbers = NUMBERS): boolean {
  if (fix.accuracy_m !== null && fix.accuracy_m > rules.most_accuracy_m) return false
  if (last === null) return true
  const span = fix.at - last.at
  if (span <= 0) return false
  const moved = distance(last, fix) >= LEAST_M
  return (moved && span >= LEAST_S) || span >= STANDING_S
}

function written(value: number): string {
  let rest = value < 0 ? -value * 2 - 1 : value * 2
  let text = ''
  while (rest >= 32) {
    text += String.fromCharCode((rest % 32) + 32 + 63)
    rest = Math.floor(rest / 32)
  }
  return text + String.fromCharCode(rest + 63)
}

/** Positions as the server reads them, times from `since` (seconds). See `domain/patrols/track.read_fixes`. */
export function writeFixes(fixes: readonly Fix[], since: number): string {
  let before = [0, 0, 0, 0]
  let text = ''
  for (const fix of fixes) {
    const now = [
      Math.round(fix.at - since),
      Math.round(fix.lon * DEGREES),
      Math.round(fix.lat * DEGREES),
      fix.accuracy_m === null ? 0 : Math.round(fix.accuracy_m) + 1,
    ]
    text += now.map((value, place) => written(value - before[place]!)).join('')
    before = now
  }
  return text
}

export function readFixes(text: string, since: number): Fix[] {
  const values: number[] = []
  let value = 0
  let scale = 1
  for (const letter of text) {
    const bits = letter.charCodeAt(0) - 63
    value += (bits % 32) * scale
    scale *= 32
    if (bits < 32) {
      values.push(value % 2 ? -(value + 1) / 2 : value / 2)
      value = 0
      scale = 1
    }
  }
  const found: Fix[] = []
  let now = [0, 0, 0, 0]
  for (let at = 0; at + 3 < values.length; at += 4) {
    now = now.map((one, place) => one + values[at + place]!)
    const [seconds, lon, lat, accuracy] = now as [number, number, number, number]
    found.push({
      at: since + seconds,
      lon: lon / DEGREES,
      lat: lat / DEGREES,
      accuracy_m: accuracy ? accuracy - 1 : null,
    })
  }
  return found
}

export interface Leg {
  path: Fix[]
}

function follows(last: Fix, fix: Fix, rules: WalkNumbers): boolean {
  const span = fix.at - last.at
  const way = distance(last, fix)
  return span <= rules.gap_s && way <= rules.gap_m && way <= rules.most_speed_ms * span + SLACK_M
}

/** Stretches without a gap; a position alone is none. Nothing is said about the way between two. */
export function legsOf(fixes: readonly Fix[], rules: WalkNumbers = NUMBERS): Leg[] {
  const runs: Fix[][] = []
  let run: Fix[] = []
  let doubt: Fix | null = null
  for (const fix of fixes) {
    const last = run.at(-1)
    if (last && follows(last, fix, rules)) {
      run.push(fix)
      doubt = null
    } else if (doubt && follows(doubt, fix, rules)) {
      runs.push(run)
      run = [doubt, fix]
      doubt = null
    } else doubt = fix
  }
  runs.push(run)
  return runs.filter((one) => one.length > 1).map((path) => ({ path }))
}

export interface Sum {
  length_m: number
  walked_s: number
  /** Without a position since the start, so far. */
  gap_s: number
}

const STEP_M = 10

/** What was walked, for whoever walks; steps smaller than what a position is worth are no steps. */
export function sumOf(legs: readonly Leg[], startedAt: number, now: number): Sum {
  let length_m = 0
  let walked_s = 0
  for (const { path } of legs) {
    let from = path[0]!
    for (const fix of path) {
      const way = distance(from, fix)
      if (way < STEP_M) continue
      length_m += way
      from = fix
    }
    walked_s += path.at(-1)!.at - path[0]!.at
  }
  return { length_m, walked_s, gap_s: Math.max(0, now - startedAt - walked_s) }
}

/** The nearest checkpoint whose fence holds a place. */
export function inFence<T extends Position & { fence_m: number }>(
  points: readonly T[],
  here: Position | null,
): T | null {
  if (here === null) return null
  const near = points.filter((point) => distance(point, here) <= point.fence_m)
  return near.sort((a, b) => distance(a, here) - distance(b, here))[0] ?? null
}

/** Which of these grids a walk has touched. */
export function touched<T extends { boundary: Geometry }>(grids: readonly T[], legs: readonly Leg[]): Set<T> {
  return new Set(
    grids.filter((grid) => legs.some((leg) => leg.path.some((fix) => contains(grid.boundary, fix)))),
  )
}

/** A code as somebody types it, or the address in a QR that ends in it. */
export function typedCode(text: string): string {
  const last = text.trim().replace(/\/+$/, '').split('/').at(-1) ?? ''
  return last.toUpperCase().replace(/[\s-]/g, '')
}

export const CODE = /^[A-HJ-NP-Z2-9]{6}$/
