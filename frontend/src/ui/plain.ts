/** The state of a ticket in the words of people who are not staff. */
import type { TicketBrief } from '../core/shapes'
import { t, tMaybe } from './text/index.svelte'

export function plainState(ticket: Pick<TicketBrief, 'status' | 'unit_kind'>): string {
  const unit_kind = tMaybe(`unit_kind.${ticket.unit_kind ?? 'unknown'}`) ?? t('unit_kind.unknown')
  return tMaybe(`plain.${ticket.status}`, { unit_kind }) ?? ticket.status
}
