/** Spans as the desk adds them up: hours and minutes, never days, so that a column can be summed. */
import { t } from '../../text/index.svelte'

export function hoursAndMinutes(minutes: number): string {
  const hours = Math.floor(minutes / 60)
  const rest = minutes % 60
  const parts = [
    hours ? t('time.hours', { n: hours }) : '',
    rest || !hours ? t('time.minutes', { n: rest }) : '',
  ]
  return parts.filter(Boolean).join(' ')
}
