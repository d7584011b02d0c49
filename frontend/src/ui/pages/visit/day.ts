import { language } from '../../text/index.svelte'

/** A day of the calendar, as the server named it: 2026-09-30 → 9月30日. */
export function dayWords(day: string): string {
  const [year, month, date] = day.slice(0, 10).split('-').map(Number)
  const long = language() === 'zh'
  return new Intl.DateTimeFormat(long ? 'zh-CN' : 'en-GB', {
    month: long ? 'long' : 'short',
    day: 'numeric',
  }).format(new Date(year!, month! - 1, date!))
}
