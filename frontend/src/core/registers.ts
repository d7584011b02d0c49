/** Months by their names, 2026-09, in the local time of this machine. Pure. */

export function thisMonth(now: number): string {
  const day = new Date(now)
  return `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, '0')}`
}

/** The latest `n`, the newest first. */
export function lastMonths(now: number, n: number): string[] {
  const day = new Date(now)
  return Array.from({ length: n }, (_, back) =>
    thisMonth(new Date(day.getFullYear(), day.getMonth() - back, 1).getTime()),
  )
}

const PAPERS_UNTIL = 5

/** Whose papers are being made: in the first five days of a month those of the month before, which is over. */
export function monthOfPapers(now: number): string {
  return lastMonths(now, 2)[new Date(now).getDate() <= PAPERS_UNTIL ? 1 : 0]!
}
