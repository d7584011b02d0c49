/** Unsent steps laid over what the server said, for display only: the server stays the judge. Pure. */
import { LIFECYCLE } from './lifecycle.gen'
import { inOrder, waiting, type Item } from './operations'
import type { Status, TicketBrief } from './shapes'

export type Intent = keyof typeof LIFECYCLE

type Moves = Partial<Record<Status, readonly Status[]>>

function movesOf(intent: string): Moves | null {
  return intent in LIFECYCLE ? (LIFECYCLE[intent as Intent].moves as Moves) : null
}

/** Whether the table knows this step from this status. */
export function isLegal(intent: string, status: Status): boolean {
  return movesOf(intent)?.[status] !== undefined
}

/** The status after a step: the same where the step changes none, or where only the past knows. */
export function after(status: Status, intent: string): Status {
  const targets = movesOf(intent)?.[status]
  return targets?.length === 1 ? targets[0]! : status
}

export interface Applied<T> {
  ticket: T
  /** My steps on it that the shown copy does not hold yet, in the order in which they are sent. */
  pending: Item[]
}

/** A step that waits, or that was delivered after this copy of the ticket was made. */
function missingFrom(ticket: Pick<TicketBrief, 'version'>, item: Item): boolean {
  return (
    waiting(item) || (item.state === 'delivered' && (item.receipt?.version ?? -Infinity) > ticket.version)
  )
}

export function apply<T extends Pick<TicketBrief, 'ticket_id' | 'status' | 'version'>>(
  ticket: T,
  outbox: readonly Item[],
): Applied<T> {
  const pending = inOrder(
    outbox.filter(
      (item) => item.ticket_id === ticket.ticket_id && item.kind === 'operation' && missingFrom(ticket, item),
    ),
  )
  const status = pending.reduce(
    (now, item) => (item.kind === 'operation' && isLegal(item.type, now) ? after(now, item.type) : now),
    ticket.status,
  )
  return { ticket: status === ticket.status ? ticket : { ...ticket, status }, pending }
}

/** Every ticket as it stands after my own steps. */
export function layOver<T extends Pick<TicketBrief, 'ticket_id' | 'status' | 'version'>>(
  tickets: readonly T[],
  outbox: readonly Item[],
): readonly T[] {
  const touched = new Set(outbox.flatMap((item) => (item.kind === 'operation' ? [item.ticket_id] : [])))
  if (touched.size === 0) return tickets
  return tickets.map((ticket) => (touched.has(ticket.ticket_id) ? apply(ticket, outbox).ticket : ticket))
}

/** Tickets about which something of mine has not reached the server. */
export function unsentAbout(outbox: readonly Item[]): ReadonlySet<string> {
  return new Set(outbox.filter(waiting).map((item) => item.ticket_id))
}

/**
 * What a list shows: each ticket as it stands after my own steps; but which ones are in it is the server's word until the
 * steps have reached it.
 */
export function chosenBy<T extends Pick<TicketBrief, 'ticket_id' | 'status' | 'version'>>(
  tickets: readonly T[],
  outbox: readonly Item[],
  choose: (tickets: readonly T[]) => T[],
): T[] {
  const unsent = unsentAbout(outbox)
  const shown = layOver(tickets, outbox)
  const byId = new Map(shown.map((ticket) => [ticket.ticket_id, ticket]))
  const counted = tickets.map((ticket, n) => (unsent.has(ticket.ticket_id) ? ticket : shown[n]!))
  return choose(counted).map((ticket) => byId.get(ticket.ticket_id)!)
}
