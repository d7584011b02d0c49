/** How tickets read on a screen: tone of a state, what a list puts first. Pure. */
import { distance } from './geo'
import type { Position, Status, TicketBrief, TicketDetail } from './shapes'

/** The eight looks of a state: colour, shape and word always together. */
export type Tone =
  'received' | 'assigned' | 'in-progress' | 'resolved' | 'closed' | 'near' | 'breached' | 'paused'

const TONES: Record<Status, Tone> = {
  received: 'received',
  accepted: 'received',
  assigned: 'assigned',
  in_progress: 'in-progress',
  deferred: 'paused',
  shelved: 'paused',
  resolved: 'resolved',
  closed: 'closed',
  rejected: 'closed',
  split: 'in-progress',
  cancelled: 'closed',
  merged: 'closed',
  withdrawn: 'closed',
}

export const STATUSES = Object.keys(TONES) as readonly Status[]

export function toneOf(ticket: Pick<TicketBrief, 'status'>): Tone {
  return TONES[ticket.status]
}

const ENDED: ReadonlySet<Status> = new Set(['closed', 'rejected', 'cancelled', 'merged', 'withdrawn'])

export function isOpen(ticket: Pick<TicketBrief, 'status'>): boolean {
  return !ENDED.has(ticket.status)
}

/** The due time that the unit works against. */
export function unitDue(ticket: Pick<TicketBrief, 'next_due' | 'resolve_due_at' | 'due_at'>): string | null {
  return ticket.resolve_due_at ?? ticket.next_due?.due_at ?? ticket.due_at
}

/** By when it is to be done, for whoever reported it: while it is put off nothing is promised. */
export function promisedBy(ticket: Pick<TicketBrief, 'status' | 'due_at'>): string | null {
  return isOpen(ticket) && ticket.status !== 'deferred' && ticket.status !== 'shelved' ? ticket.due_at : null
}

/** Running ones by their due time, then paused ones, then those without one. */
export function byDue<T extends TicketBrief>(tickets: readonly T[]): T[] {
  const rank = (ticket: T) => {
    const due = unitDue(ticket)
    return ticket.paused ? Infinity : due === null ? Number.MAX_VALUE : Date.parse(due)
  }
  return [...tickets].sort((a, b) => {
    const [x, y] = [rank(a), rank(b)]
    return x === y ? (a.ticket_id < b.ticket_id ? -1 : 1) : x < y ? -1 : 1
  })
}

/** Open tickets of a kind around a place, nearest first. */
export function nearBy(
  tickets: readonly TicketBrief[],
  category: string,
  place: Position,
  radius_m: number,
): { ticket: TicketBrief; metres: number }[] {
  return tickets
    .flatMap((ticket) =>
      ticket.category === category && isOpen(ticket) && ticket.lon !== null && ticket.lat !== null
        ? [{ ticket, metres: distance(place, { lon: ticket.lon, lat: ticket.lat }) }]
        : [],
    )
    .filter(({ metres }) => metres <= radius_m)
    .sort((a, b) => a.metres - b.metres)
}

/** Who looks at a list. `grids`: those that a steward looks after. */
export interface Viewer {
  person_id: string
  units: readonly string[]
  grids: readonly string[]
}

/** What a person reported; for somebody who works for a unit, what was handed to them. */
export function mine<T extends TicketBrief>(tickets: readonly T[], who: Viewer): T[] {
  return tickets
    .filter((ticket) => (who.units.length ? ticket.assignee_id === who.person_id : ticket.mine))
    .sort((a, b) => (a.received_at < b.received_at ? 1 : -1))
}

/** What the viewer's units have to work on, by its due time. */
export function ofUnits<T extends TicketBrief>(tickets: readonly T[], who: Viewer): T[] {
  const working = (ticket: T) => isOpen(ticket) && ticket.status !== 'resolved'
  return byDue(
    tickets.filter((one) => one.unit_id !== null && who.units.includes(one.unit_id) && working(one)),
  )
}

/** What waits to be looked at in the grids of a steward. */
export function toVerify<T extends TicketBrief>(tickets: readonly T[], who: Viewer): T[] {
  return tickets.filter(
    (ticket) => ticket.status === 'resolved' && ticket.grid_id !== null && who.grids.includes(ticket.grid_id),
  )
}

/** What the viewer may have to work on or wants to know of, without a network too: the most pressing first. */
export function lookedAfter<T extends TicketBrief>(tickets: readonly T[], who: Viewer): T[] {
  const own = mine(tickets, who)
  return [...new Set([...ofUnits(tickets, who), ...toVerify(tickets, who), ...own.filter(isOpen), ...own])]
}

const REQUEST_OF: Record<string, string> = {
  send_back: 'send_back',
  extend: 'extend',
  defer: 'defer',
  shelve: 'shelve',
  reopen: 'reopen',
  appeal: 'appeal',
  exempt: 'appeal',
}

/** The open request that a decision is about, by the decision's own name (`grant_defer`, `refuse_send_back`). */
export function openRequest(ticket: Pick<TicketDetail, 'requests'>, intent: string): string | null {
  const kind = REQUEST_OF[intent.replace(/^(grant|refuse|withdraw)_/, '')]
  return (
    ticket.requests.find((request) => request.kind === kind && request.state === 'open')?.request_id ?? null
  )
}

/** The supervision orders on a ticket that the unit has not answered. */
export function openOrders(
  ticket: Pick<TicketDetail, 'timeline'>,
): { order_id: string; no: string; text: string }[] {
  const answered = new Set(
    ticket.timeline
      .filter((entry) => entry.verb === 'supervision.answered')
      .map((entry) => entry.detail['order_id']),
  )
  return ticket.timeline
    .filter((entry) => entry.verb === 'supervision.ordered' && !answered.has(entry.detail['order_id']))
    .map(({ detail, text }) => ({
      order_id: String(detail['order_id']),
      no: `${detail['order_year'] ?? ''}-${detail['order_no'] ?? ''}`,
      text: text ?? '',
    }))
}

/** The clocks that a unit may appeal against: those that it ran over. */
export function appealable(ticket: Pick<TicketDetail, 'clocks'>): TicketDetail['clocks'] {
  return ticket.clocks.filter((clock) => clock.breached_at && !clock.exempt && clock.unit_id)
}
