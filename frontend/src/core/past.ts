/** Another system's tickets: which of its columns are read, and what of that somebody has to declare. */

/** Our names of columns, the needed ones first; of several ways to a place one is read. */
export const PAST_COLUMNS = [
  'id',
  'opened',
  'category',
  'due',
  'closed',
  'unit',
  'on_time',
  'overdue',
  'lon',
  'lat',
  'x',
  'y',
  'point',
] as const
export type PastColumn = (typeof PAST_COLUMNS)[number]
export const PAST_NEEDED: ReadonlySet<PastColumn> = new Set(['id', 'opened', 'category'])

export type Picked = Partial<Record<PastColumn, string>>

/**
 * What was chosen otherwise than the headings say. Only that is declared: a batch is named after what was declared, and
 * the command goes on with it where the same is declared there.
 */
export function saidOtherwise(picked: Picked, known: Picked): Record<string, string> {
  const said: Record<string, string> = {}
  for (const name of PAST_COLUMNS) {
    const heading = picked[name]
    if (heading && heading !== known[name]) said[name] = heading
  }
  return said
}

/** What is chosen at first: what the headings say, and what was said of them before, as far as this file has them. */
export function pickedFirst(known: Picked, said: Picked, headings: readonly string[]): Picked {
  const before = Object.entries(said).filter(([, heading]) => headings.includes(heading))
  return { ...known, ...Object.fromEntries(before) }
}

export interface Cell {
  counted: string
  flag: string
  rows: number
}

export const FLAGS = ['on_time', 'overdue', 'none'] as const

/** The table of what the times say against what the file says: one line per reading, its rows in the order of `FLAGS`. */
export function readings(cells: readonly Cell[]): { counted: string; rows: number[] }[] {
  return [...new Set(cells.map((cell) => cell.counted))].map((counted) => ({
    counted,
    rows: FLAGS.map((flag) => cells.find((one) => one.counted === counted && one.flag === flag)?.rows ?? 0),
  }))
}
