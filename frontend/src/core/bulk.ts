/** Steps on several tickets at once: what is sent for each, and what became of it. Pure. */
import type { Item, Refused, WantedStep } from './operations'
import { waiting } from './operations'

export const BULK_STEPS = ['accept', 'assign', 'accept_assign', 'reject', 'merge', 'note', 'urge'] as const
export type BulkStep = (typeof BULK_STEPS)[number]

/** Tickets in one step, as the server plans them: more than anybody looks through in a preview. */
export const MOST_AT_ONCE = 200

/** So long the steps wait to be taken back. */
export const TAKE_BACK_MS = 10_000

/** What the server says it would do to one ticket. */
export interface Planned {
  ticket_id: string
  short_no: string
  intents: string[]
  why_not: string | null
  facts: Record<string, unknown>
  unit: { unit_id: string; name: string; kind: string; source: string | null } | null
  condition_id: string | null
  grid_id: string | null
  version: number
  assignment_id: string | null
  resolution_id: string | null
}

/** What the person adds to all of them. */
export interface Said {
  reason?: string
  words?: string
  audience?: string
  /** The ticket that the others are merged into. */
  into?: string
}

/** The operations of a plan; `because` gives the words for why a unit is proposed. */
export function operationsOf(
  plan: readonly Planned[],
  said: Said,
  because: (source: string | null) => string,
): WantedStep[] {
  return plan.flatMap((ticket) =>
    ticket.ticket_id === said.into
      ? []
      : ticket.intents.map((type) => ({
          ticket_id: ticket.ticket_id,
          type,
          seen: {
            version: ticket.version,
            assignment_id: ticket.assignment_id,
            resolution_id: ticket.resolution_id,
          },
          body: bodyOf(type, ticket, said, because),
          photos: [],
          label: { kind: type, place: ticket.short_no, picture: null },
        })),
  )
}

function bodyOf(
  type: string,
  ticket: Planned,
  said: Said,
  because: (source: string | null) => string,
): Record<string, unknown> {
  switch (type) {
    case 'accept':
      return { condition_id: ticket.condition_id, grid_id: ticket.grid_id }
    case 'assign':
      return {
        unit_id: ticket.unit!.unit_id,
        unit_kind: ticket.unit!.kind,
        reason: said.words || because(ticket.unit!.source),
      }
    case 'reject':
      return { reason: said.reason, answer: said.words }
    case 'merge':
      return { into: said.into, ...(said.words ? { reason: said.words } : {}) }
    case 'urge':
      return { text: said.words }
    default:
      return { text: said.words, audience: said.audience }
  }
}

/** How one ticket of a batch came out. */
export interface Outcome {
  ticket_id: string
  short_no: string
  state: 'held' | 'sending' | 'done' | 'not_done'
  why: Refused | null
}

export interface Batch {
  batch_id: string
  step: string
  /** Milliseconds of this machine's clock when the first goes out. */
  sends_at: number
  outcomes: Outcome[]
  /** Nothing of it can be taken back any more. */
  sent: boolean
  over: boolean
}

/** The batches of the outbox, newest last; of several steps on a ticket the first that was refused tells. */
export function batchesOf(items: readonly Item[]): Batch[] {
  const found = new Map<string, Item[]>()
  for (const item of items)
    if (item.batch) found.set(item.batch.batch_id, [...(found.get(item.batch.batch_id) ?? []), item])
  return [...found.values()]
    .map((own) => {
      const byTicket = new Map<string, Item[]>()
      for (const item of own) byTicket.set(item.ticket_id, [...(byTicket.get(item.ticket_id) ?? []), item])
      const outcomes = [...byTicket.values()].map(outcomeOf)
      return {
        batch_id: own[0]!.batch!.batch_id,
        step: own[0]!.batch!.step,
        sends_at: Math.min(...own.map((item) => item.not_before ?? 0)),
        outcomes,
        sent: outcomes.every((one) => one.state !== 'held'),
        over: outcomes.every((one) => one.state === 'done' || one.state === 'not_done'),
      }
    })
    .sort((a, b) => a.sends_at - b.sends_at)
}

function outcomeOf(items: readonly Item[]): Outcome {
  const first = items[0]!
  const refused = items.filter((item) => item.state === 'attention')
  // A step after a refused one is refused for that reason alone.
  const told = refused.find((item) => item.refused?.code !== 'predecessor_refused') ?? refused[0]
  const state = told
    ? 'not_done'
    : items.every((item) => item.state === 'delivered')
      ? 'done'
      : items.some((item) => item.state === 'saved' && item.attempts === 0) && items.every(waiting)
        ? 'held'
        : 'sending'
  return { ticket_id: first.ticket_id, short_no: first.label.place, state, why: told?.refused ?? null }
}

/** The list with the line at `to` marked or not, or all from the line at `from` to it; never more than one step takes. */
export function marked(
  chosen: ReadonlySet<string>,
  list: readonly { ticket_id: string }[],
  from: string | null,
  to: string,
  through: boolean,
): Set<string> {
  const next = new Set(chosen)
  const ids = list.map((one) => one.ticket_id)
  const [a, b] = [from === null ? -1 : ids.indexOf(from), ids.indexOf(to)]
  if (through && a >= 0 && b >= 0)
    for (const id of ids.slice(Math.min(a, b), Math.max(a, b) + 1)) next.add(id)
  else if (!next.delete(to)) next.add(to)
  return asOneStep(next)
}

/** The list with every line marked, as far as one step takes: those that were marked before, then from the top. */
export function allMarked(chosen: ReadonlySet<string>, list: readonly { ticket_id: string }[]): Set<string> {
  return asOneStep(new Set([...chosen, ...list.map((one) => one.ticket_id)]))
}

function asOneStep(chosen: ReadonlySet<string>): Set<string> {
  return new Set([...chosen].slice(0, MOST_AT_ONCE))
}
