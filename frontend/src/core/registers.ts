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

/**
 * Whether a day of a month is one of its first five: its own figures say next to nothing yet, and the papers of the month
 * before are being made.
 */
export function barelyBegun(dayOfMonth: number): boolean {
  return dayOfMonth <= 5
}

/** Whose papers are being made: on the first days of a month those of the month before, which is over. */
export function monthOfPapers(now: number): string {
  return lastMonths(now, 2)[barelyBegun(new Date(now).getDate()) ? 1 : 0]!
}
