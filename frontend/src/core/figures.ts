/** Small rules of the page of figures: periods, shares in words, steps of a scale, where a grid lies on paper. */

import { barelyBegun } from './registers'

export interface Period {
  /** Local days, both included. */
  from: string
  to: string
}

export type Preset = 'this_month' | 'last_month' | 'this_quarter' | 'last_quarter' | 'this_year' | 'days_30'
export const PRESETS: readonly Preset[] = [
  'this_month',
  'last_month',
  'this_quarter',
  'last_quarter',
  'days_30',
  'this_year',
]

function text(day: Date): string {
  return day.toISOString().slice(0, 10)
}

/** The period of a preset; `today` is a local day. */
export function periodOf(preset: Preset, today: string): Period {
  const [year, month] = [Number(today.slice(0, 4)), Number(today.slice(5, 7)) - 1]
  const first = (m: number) => new Date(Date.UTC(year, m, 1))
  const dayBefore = (day: Date) => new Date(day.getTime() - 86_400_000)
  const quarter = month - (month % 3)
  switch (preset) {
    case 'this_month':
      return { from: text(first(month)), to: today }
    case 'last_month':
      return { from: text(first(month - 1)), to: text(dayBefore(first(month))) }
    case 'this_quarter':
      return { from: text(first(quarter)), to: today }
    case 'last_quarter':
      return { from: text(first(quarter - 3)), to: text(dayBefore(first(quarter))) }
    case 'this_year':
      return { from: text(first(0)), to: today }
    case 'days_30':
      return { from: text(new Date(Date.parse(today) - 29 * 86_400_000)), to: today }
  }
}

/** How many days of walks are asked for at once. */
const DAYS_WALKED = 100

/** As much of a period as walks are told for: the end of it. */
export function longestWalked({ from, to }: Period): Period {
  const earliest = text(new Date(Date.parse(to) - DAYS_WALKED * 86_400_000))
  return { from: from < earliest ? earliest : from, to }
}

/** What figures begin with: this month, in its first days the one before. */
export function usualPreset(today: string): Preset {
  return barelyBegun(Number(today.slice(8))) ? 'last_month' : 'this_month'
}

/** How finely a period is told: at most some sixty points. */
export function stepOf(period: Period): 'day' | 'week' | 'month' {
  const days = (Date.parse(period.to) - Date.parse(period.from)) / 86_400_000 + 1
  return days <= 62 ? 'day' : days <= 400 ? 'week' : 'month'
}

/** The days of the step that begins on a day (`2026-11-02`), as far as they lie in the period. */
export function daysOfStep(period: Period, begins: string): Period {
  const [year = 0, month = 0, day = 0] = begins.split('-').map(Number)
  const step = stepOf(period)
  const last =
    step === 'day'
      ? begins
      : text(new Date(step === 'week' ? Date.UTC(year, month - 1, day + 6) : Date.UTC(year, month, 0)))
  return { from: begins < period.from ? period.from : begins, to: last > period.to ? period.to : last }
}

/** 87.5 %, never rounded up to 100 nor down to 0 when it is neither. */
export function percent(share: number): string {
  const rounded = Math.round(share * 1000) / 10
  const shown = rounded === 100 && share < 1 ? 99.9 : rounded === 0 && share > 0 ? 0.1 : rounded
  return `${shown}%`
}

export interface SpentSet {
  /** What took so long; null edges: from nothing, without an end. */
  kind: string
  from_s: number | null
  to_s: number | null
}

/** What a set of times is of, by its name: `resolve.spent`, `resolve.spent_7200_14400`; null: a set of something else. */
export function spentSet(name: string): SpentSet | null {
  const found = /^(\w+)\.spent(?:_(\d+)_(\d+|more))?$/.exec(name)
  if (!found) return null
  const [, source = '', from, to] = found
  const seconds = (text: string | undefined) => Number(text) || null
  return { kind: source === 'ticket' ? 'whole' : source, from_s: seconds(from), to_s: seconds(to) }
}

/** Upper edges of at most five steps with about as many values in each; equal values are never parted. */
export function steps(values: readonly number[], most = 5): number[] {
  const sorted = [...values].sort((a, b) => a - b)
  const edges = new Set<number>()
  for (let step = 1; step <= most && sorted.length; step++)
    edges.add(sorted[Math.ceil((sorted.length * step) / most) - 1]!)
  return [...edges]
}

/** The step that a value lies in, from 0. */
export function stepFor(value: number, edges: readonly number[]): number {
  const at = edges.findIndex((edge) => value <= edge)
  return at < 0 ? edges.length - 1 : at
}

type Ring = readonly (readonly number[])[]
export interface Shape {
  type: string
  coordinates: unknown
}

/** All rings of a Polygon or MultiPolygon. */
export function rings(shape: Shape | null | undefined): Ring[] {
  if (shape?.type === 'Polygon') return shape.coordinates as Ring[]
  if (shape?.type === 'MultiPolygon') return (shape.coordinates as Ring[][]).flat()
  return []
}

/** Draws shapes into a box of a given width: degrees to pixels, true in the middle latitude. */
export function drawing(shapes: readonly (Shape | null)[], width: number) {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const shape of shapes)
    for (const ring of rings(shape))
      for (const [lon = 0, lat = 0] of ring) {
        west = Math.min(west, lon)
        east = Math.max(east, lon)
        south = Math.min(south, lat)
        north = Math.max(north, lat)
      }
  if (!(east > west) || !(north > south))
    return { width, height: 0, path: () => '', at: () => [0, 0] as const, place: () => ({ lon: 0, lat: 0 }) }
  const narrow = Math.cos(((south + north) / 2) * (Math.PI / 180))
  const scale = width / ((east - west) * narrow)
  const path = (shape: Shape | null) =>
    rings(shape)
      .map(
        (ring) =>
          'M' +
          ring
            .map(
              ([lon = 0, lat = 0]) =>
                `${((lon - west) * narrow * scale).toFixed(1)} ${((north - lat) * scale).toFixed(1)}`,
            )
            .join('L') +
          'Z',
      )
      .join('')
  /** A place in pixels, and the other way round. */
  const at = (lon: number, lat: number) => [(lon - west) * narrow * scale, (north - lat) * scale] as const
  const place = (x: number, y: number) => ({ lon: west + x / (narrow * scale), lat: north - y / scale })
  return { width, height: (north - south) * scale, path, at, place }
}
