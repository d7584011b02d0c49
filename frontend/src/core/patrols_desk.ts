/** Small rules of the desk's page of patrols: rhythms of a plan, checkpoints from a file, a walk at a moment. Pure. */
import type { components } from '../data/schema'
import type { Position } from './shapes'

type Walk = components['schemas']['Walk']

export type Rhythm = 'daily' | 'weekdays' | 'days' | 'four'
export const RHYTHMS: readonly Rhythm[] = ['daily', 'weekdays', 'days', 'four']
/** What one plan can hold (`domain/patrols/plans`). */
export const MOST_SHIFTS = 8

export interface Shift {
  name: string
  /** `HH:MM` */
  starts: string
  minutes: number
}

export interface Team {
  name: string
  /** Person ids. */
  members: readonly string[]
}

/** As the server keeps it; turns name shifts and teams by their place. */
export interface Rota {
  cycle_days: number
  anchor_on: string
  shifts: Shift[]
  teams: Team[]
  turns: { day: number; shift: number; team: number }[]
  grace_minutes: number
}

interface Wish {
  rhythm: Rhythm
  /** Of a day, one for each team; four teams round the clock begin the first of theirs with the first of these. */
  shifts: readonly Shift[]
  /** Of the week from 0, Monday; for `days`. */
  days: readonly number[]
  teams: readonly Team[]
  names: { early: string; late: string; night: string }
  /** A local day. */
  today: string
}

const WEEK = 7
const EIGHT = 8

function later(starts: string, hours: number): string {
  const [hour = 0, minute = 0] = starts.split(':').map(Number)
  return `${String((hour + hours) % 24).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}

/** The Monday on or before a local day. */
export function monday(day: string): string {
  const at = new Date(`${day}T00:00:00Z`)
  at.setUTCDate(at.getUTCDate() - ((at.getUTCDay() + 6) % 7))
  return at.toISOString().slice(0, 10)
}

/** A rota as the server reads it (`domain/patrols/plans`). Four teams: two early, two late, two night, two days off. */
export function rotaOf({ rhythm, shifts, days, teams, names, today }: Wish): Rota {
  const common = { teams: teams.map((team) => ({ ...team })), grace_minutes: 30 }
  if (rhythm === 'four') {
    const starts = shifts[0]!.starts
    const pattern = [0, 0, 1, 1, 2, 2]
    return {
      ...common,
      cycle_days: EIGHT,
      anchor_on: today,
      shifts: [
        { name: names.early, starts, minutes: 480 },
        { name: names.late, starts: later(starts, 8), minutes: 480 },
        { name: names.night, starts: later(starts, 16), minutes: 480 },
      ],
      turns: teams.flatMap((_, team) =>
        pattern.map((shift, day) => ({ day: (day + 2 * team) % EIGHT, shift, team })),
      ),
    }
  }
  const walked =
    rhythm === 'days' ? days : Array.from({ length: rhythm === 'daily' ? WEEK : 5 }, (_, day) => day)
  return {
    ...common,
    cycle_days: WEEK,
    anchor_on: monday(today),
    shifts: shifts.map((one) => ({ ...one })),
    turns: walked.flatMap((day) => shifts.map((_, place) => ({ day, shift: place, team: place }))),
  }
}

/** On which days of the week a rota has turns; empty: its cycle is none of weeks. */
export function weekdaysOf({ cycle_days, anchor_on, turns }: Rota): number[] {
  if (cycle_days === 1) return Array.from({ length: WEEK }, (_, day) => day)
  if (cycle_days !== WEEK) return []
  const first = (new Date(`${anchor_on}T00:00:00Z`).getUTCDay() + 6) % WEEK
  return [...new Set(turns.map(({ day }) => (first + day) % WEEK))].sort((a, b) => a - b)
}

export interface Point extends Position {
  name: string
}

/** Points of a GeoJSON text with their names; empty: there are none, or it is no such file. */
export function pointsIn(text: string): Point[] {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    return []
  }
  const features = (read as { features?: unknown[] } | null)?.features
  if (!Array.isArray(features)) return []
  return features.flatMap((one) => {
    const { geometry, properties } = one as {
      geometry?: { type?: string; coordinates?: unknown }
      properties?: Record<string, unknown> | null
    }
    const [lon, lat] = Array.isArray(geometry?.coordinates) ? geometry.coordinates : []
    const degrees = Math.abs(Number(lon)) <= 180 && Math.abs(Number(lat)) <= 90
    if (geometry?.type !== 'Point' || typeof lon !== 'number' || typeof lat !== 'number' || !degrees)
      return []
    const name = properties?.['name'] ?? properties?.['NAME'] ?? properties?.['名称'] ?? ''
    return [{ lon, lat, name: String(name).slice(0, 60) }]
  })
}

/** Lines of a GeoJSON text; empty: there are none, or it is no such file. */
export function linesIn(text: string): [number, number][][] {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    return []
  }
  const features = (read as { features?: unknown[] } | null)?.features
  const geometries = Array.isArray(features)
    ? features.map((one) => (one as { geometry?: unknown } | null)?.geometry)
    : [read]
  return geometries.flatMap((one) => {
    const { type, coordinates } = (one ?? {}) as { type?: string; coordinates?: unknown }
    const lines = type === 'LineString' ? [coordinates] : type === 'MultiLineString' ? coordinates : []
    return Array.isArray(lines) ? lines.flatMap((line) => (isLine(line) ? [line.map(placeOf)] : [])) : []
  })
}

function isLine(line: unknown): line is number[][] {
  return (
    Array.isArray(line) &&
    line.length > 1 &&
    line.every(
      (spot) =>
        Array.isArray(spot) &&
        typeof spot[0] === 'number' &&
        typeof spot[1] === 'number' &&
        Math.abs(spot[0]) <= 180 &&
        Math.abs(spot[1]) <= 90,
    )
  )
}

function placeOf(spot: number[]): [number, number] {
  return [spot[0]!, spot[1]!]
}

/** Where the walker was at a moment (seconds): null where nothing is known. */
export function placeAt(
  walk: Pick<Walk, 'legs'>,
  at: number,
): { place: Position | null; path: Position[][] } {
  const path: Position[][] = []
  let place: Position | null = null
  for (const leg of walk.legs ?? []) {
    if (leg.started_at > at) break
    const share = Math.min(1, (at - leg.started_at) / Math.max(1, leg.ended_at - leg.started_at))
    const steps = share * (leg.path.length - 1)
    const whole = Math.floor(steps)
    const shown = leg.path.slice(0, whole + 1).map(([lon, lat]) => ({ lon, lat }))
    const [from, to] = [leg.path[whole]!, leg.path[Math.min(whole + 1, leg.path.length - 1)]!]
    const here = {
      lon: from[0] + (to[0] - from[0]) * (steps - whole),
      lat: from[1] + (to[1] - from[1]) * (steps - whole),
    }
    path.push([...shown, here])
    place = at <= leg.ended_at ? here : null
  }
  return { place, path }
}
