/** Spans as the desk adds them up, and limits, in words. */
import { plainLimit } from '../../../core/desk'
import { t, tMaybe } from '../../text/index.svelte'

/** Hours and minutes, never days, so that a column can be summed. */
export function hoursAndMinutes(minutes: number): string {
  const hours = Math.floor(minutes / 60)
  const rest = minutes % 60
  const parts = [
    hours ? t('time.hours', { n: hours }) : '',
    rest || !hours ? t('time.minutes', { n: rest }) : '',
  ]
  return parts.filter(Boolean).join(' ')
}

/** A limit in the language of the screen; what is no plain amount stays in the words of the standard. */
export function limitWords(words: string): string {
  const plain = plainLimit(words)
  return (plain && tMaybe(`limit.${plain.kind}`, { n: plain.amount })) ?? words
}
