import type { Item, Seen } from '../../../core/operations'
import type { TicketBrief, TicketDetail } from '../../../core/shapes'
import { ticketKind } from '../../kinds.svelte'

/** What the person has before the eyes when taking a step on this ticket. */
export function seenOf(ticket: TicketDetail): Seen {
  return {
    version: ticket.version,
    assignment_id: ticket.assignment?.assignment_id ?? ticket.assignment_id,
    resolution_id: ticket.resolution?.resolution_id ?? ticket.resolution_id,
  }
}

export function stepLabel(ticket: TicketBrief): Item['label'] {
  return {
    kind: ticketKind(ticket),
    place: ticket.place_note ?? ticket.grid_name ?? '',
    picture: ticket.category,
  }
}
