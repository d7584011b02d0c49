/** Working calendars as the desk changes them: shifts as text, a year's holidays and make-up days as a file would say. */
export interface Shift {
  start_minute: number
  end_minute: number
}

/** A holiday (off) or a make-up day (on, with the shifts of an ordinary Monday), from a first to a last day. */
export interface Stretch {
  from: string
  to: string
  on: boolean
  why: string
}

/** `08:00-12:00, 14:00-18:00` as minutes of the day; null: it cannot be read. */
export function shiftsIn(text: string): Shift[] | null {
  const parts = text.split(/[,，、;；]/).map((part) => part.trim())
  const found = parts
    .filter(Boolean)
    .map((part) => /^(\d{1,2}):(\d{2})\s*[-–—~至]\s*(\d{1,2}):(\d{2})$/.exec(part))
  if (found.some((match) => match === null)) return null
  return found.map((match) => {
    const [a, b, c, d] = match!.slice(1).map(Number) as [number, number, number, number]
    return { start_minute: a * 60 + b, end_minute: c * 60 + d }
  })
}

const DAY_MS = 86_400_000
const MOST_DAYS = 60

/** The days of a stretch, `2027-02-05` …; null when it is backwards, too long, or no days at all. */
export function daysOf({ from, to }: { from: string; to: string }): string[] | null {
  const [first, last] = [Date.parse(`${from}T00:00:00Z`), Date.parse(`${to || from}T00:00:00Z`)]
  const days = (last - first) / DAY_MS + 1
  if (!(days >= 1 && days <= MOST_DAYS)) return null
  return Array.from({ length: days }, (_, n) => new Date(first + n * DAY_MS).toISOString().slice(0, 10))
}

/** What is wrong with a year's stretches: a day twice, outside of the year, backwards, without a name. Null: nothing. */
export function faultOf(
  year: number,
  stretches: readonly Stretch[],
): { fault: 'span' | 'year' | 'twice' | 'why' | 'none'; text: string } | null {
  if (!stretches.length) return { fault: 'none', text: String(year) }
  const seen = new Set<string>()
  for (const one of stretches) {
    const days = daysOf(one)
    if (days === null) return { fault: 'span', text: `${one.from} – ${one.to}` }
    if (!one.why.trim()) return { fault: 'why', text: one.from }
    for (const day of days) {
      // The new year's holiday may begin in the old one.
      if (![year - 1, year, year + 1].includes(Number(day.slice(0, 4)))) return { fault: 'year', text: day }
      if (seen.has(day)) return { fault: 'twice', text: day }
      seen.add(day)
    }
  }
  return null
}

/** From this month on, next year's official holidays are about to be published. */
const NEXT_YEAR_FROM = 10

/**
 * Years whose holidays somebody should see to now: this one, and from October the next. `provisional_years`: what the
 * server says of each calendar; `today`: a local day.
 */
export function yearsToPublish(
  calendars: readonly { provisional_years: readonly number[] }[],
  today: string,
): number[] {
  const [year = 0, month = 0] = today.split('-').map(Number)
  const missing = new Set(calendars.flatMap((one) => one.provisional_years))
  return [year, ...(month >= NEXT_YEAR_FROM ? [year + 1] : [])].filter((one) => missing.has(one))
}

/** The file that says a year's holidays and make-up days of one calendar, and that they are official. */
export function yearDocument(
  calendar: { calendar_id: string; weekly: readonly (readonly string[])[] },
  year: number,
  stretches: readonly Stretch[],
): Record<string, unknown> {
  const ordinary = shiftsIn((calendar.weekly[0] ?? []).join(',')) ?? []
  const exceptions_changed: Record<string, { shifts: Shift[]; why: string }> = {}
  for (const one of stretches)
    for (const day of daysOf(one) ?? [])
      exceptions_changed[day] = { shifts: one.on ? ordinary : [], why: one.why.trim() }
  return { calendar_id: calendar.calendar_id, exceptions_changed, years_added: [year] }
}
