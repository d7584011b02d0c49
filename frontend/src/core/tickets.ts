/** How tickets read on a screen: tone of a state, what a list puts first. Pure. */
import type { Status, TicketBrief, TicketDetail } from './shapes'

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

export const SHAPES: Record<Tone, string> = {
  received: '○',
  assigned: '◔',
  'in-progress': '◑',
  resolved: '◕',
  closed: '●',
  near: '▲',
  breached: '■',
  paused: '‖',
}

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
