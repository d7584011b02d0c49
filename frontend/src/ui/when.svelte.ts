/** Instants and spans in words. */
import { language, t } from './text/index.svelte'

const DAY_MS = 86_400_000

const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
const forms = new Map<string, Intl.DateTimeFormat>()

/** To make such a form takes as long as to write a hundred instants with it: a list would show late. */
function written(form: Intl.DateTimeFormatOptions, instant: Date | number): string {
  const locale = language() === 'zh' ? 'zh-CN' : 'en-GB'
  const key = locale + JSON.stringify(form)
  let made = forms.get(key)
  if (!made) forms.set(key, (made = new Intl.DateTimeFormat(locale, form)))
  return made.format(instant)
}

export function clockTime(ms: number): string {
  return written(CLOCK, ms)
}

function dayNumber(ms: number): number {
  const day = new Date(ms)
  return Math.round(Date.UTC(day.getFullYear(), day.getMonth(), day.getDate()) / DAY_MS)
}

/** 今天 16:20, 昨天 16:20, 11月21日 16:20, with the year when it is not this one. */
export function when(instant: string | number, now: number): string {
  const ms = typeof instant === 'number' ? instant : Date.parse(instant)
  const clock = clockTime(ms)
  const days = dayNumber(ms) - dayNumber(now)
  if (days === 0) return t('time.today', { clock })
  if (days === -1) return t('time.yesterday', { clock })
  if (days === 1) return t('time.tomorrow', { clock })
  const sameYear = new Date(ms).getFullYear() === new Date(now).getFullYear()
  const year = sameYear ? undefined : 'numeric'
  const date = written({ year, month: language() === 'zh' ? 'long' : 'short', day: 'numeric' }, ms)
  return `${date} ${clock}`
}

/** 2 天 3 小时, 1 小时 20 分, 40 分: at most two units, never negative. */
export function spanWords(ms: number): string {
  const minutes = Math.floor(Math.abs(ms) / 60_000)
  if (minutes < 1) return t('time.under_minute')
  const days = Math.floor(minutes / 1440)
  const hours = Math.floor((minutes % 1440) / 60)
  const rest = minutes % 60
  const parts = days
    ? [t('time.days', { n: days }), hours ? t('time.hours', { n: hours }) : '']
    : [hours ? t('time.hours', { n: hours }) : '', rest ? t('time.minutes', { n: rest }) : '']
  return parts.filter(Boolean).join(' ')
}

/** With its year, for what is printed or quoted: 2026年10月10日 18:00. */
export function onPaper(instant: string): string {
  return written({ dateStyle: 'long', timeStyle: 'short', hourCycle: 'h23' }, Date.parse(instant))
}

/** 9月30日 of a day of the calendar as the server names it (`2026-09-30`). */
export function dayWords(day: string): string {
  const [year, month, date] = day.slice(0, 10).split('-').map(Number)
  const form = { month: language() === 'zh' ? 'long' : 'short', day: 'numeric' } as const
  return written(form, new Date(year!, month! - 1, date!))
}

/** 2026年10月10日 of an instant: the day on a paper that is handed to somebody. */
export function dayInFull(ms: number): string {
  return written({ dateStyle: 'long' }, ms)
}

/** 周一, of a day of the week from 0, Monday. */
export function weekdayName(day: number): string {
  return written({ weekday: 'short' }, new Date(2024, 0, 1 + day))
}

/** 2026年10月, of a month as the server names it (`2026-10`). */
export function monthInFull(month: string): string {
  const form = { year: 'numeric', month: 'long' } as const
  return written(form, new Date(`${month}-01T00:00:00`))
}

/** 2026年 of `2026`. */
export function yearInFull(year: string): string {
  return written({ year: 'numeric' }, new Date(`${year}-01-01T00:00:00`))
}
