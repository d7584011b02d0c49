/** The state of a ticket in the words of people who are not staff. */
import { putOff, whyNot } from '../core/progress'
import type { TicketBrief, TicketDetail } from '../core/shapes'
import { held } from './held.svelte'
import { me } from './me.svelte'
import { reasonWords } from './reasons'
import { t, tMaybe } from './text/index.svelte'
import { when } from './when.svelte'

type Told = Pick<TicketBrief, 'status' | 'unit_kind'> &
  Partial<Pick<TicketDetail, 'requests' | 'merged_into_id'>>

/** With the day and the number that belong to it, where this phone knows them. */
export function plainState(ticket: Told): string {
  const { status, requests, merged_into_id } = ticket
  const until = status === 'deferred' && requests ? putOff({ status, requests })?.until_at : null
  if (until) return t('plain.deferred_until', { until: when(until, me.now) })
  const other = status === 'merged' && merged_into_id ? held.row(merged_into_id) : null
  if (other) return t('plain.merged_with', { no: other.short_no })
  const unit_kind = tMaybe(`unit_kind.${ticket.unit_kind ?? 'unknown'}`) ?? t('unit_kind.unknown')
  return tMaybe(`plain.${status}`, { unit_kind }) ?? status
}

/** Why it waits or was not taken up; null: that needs no reason, or none is known in words. */
export function plainReason(ticket: TicketDetail): string | null {
  const why = whyNot(ticket)
  if (why === null) return null
  if ('text' in why) return why.text
  const words = reasonWords(ticket, why.code)
  return words === why.code ? null : words
}
