/** Shapes and small rules of the desk. Instants are ISO 8601 text, spans seconds. */
import type { TicketBrief } from './shapes'

/** A field of a step's body, as the lifecycle names it. */
export interface Need {
  name: string
  kind: string
  required: boolean
  given: boolean
  choices: string[]
}

export interface Stretch {
  from: string
  to: string
  counted: boolean
  span_s: number
  why: string
  note?: string | null
  basis?: string | null
}

export interface LedgerClock {
  clock: string
  label?: string | null
  limit: string | null
  basis: string | null
  started_at: string
  due_at: string | null
  stopped_at: string | null
  state: string
  round?: number
  breached_at?: string | null
  provisional?: boolean
  stretches: Stretch[]
  counted_s: number
  limit_s: number | null
}

export interface TicketLedger {
  clocks: LedgerClock[]
  whose_time: { who: string; span_s: number }[]
  age_s: number
}

export type TrayTab = 'tray' | 'near' | 'late' | 'open' | 'all'

/** What a tab asks the server for; what the server cannot filter is left to {@link inTab}. */
export function askedFor(tab: TrayTab): { tray?: boolean; order?: 'due' | 'newest'; status?: string } {
  if (tab === 'tray') return { tray: true, order: 'newest' }
  if (tab === 'all') return { order: 'newest', status: 'all' }
  return { order: 'due', status: 'open' }
}

export function inTab(tab: TrayTab, ticket: TicketBrief): boolean {
  if (tab === 'near') return ticket.near_breach === true && ticket.breached_at === null
  if (tab === 'late') return ticket.breached_at !== null
  return true
}

/** Moves the item at `from` to `to`; the list itself stays as it was. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list]
  const [one] = next.splice(from, 1)
  if (one === undefined || to < 0 || to > next.length) return [...list]
  next.splice(to, 0, one)
  return next
}

/** The share of a span in a whole, in percent of a bar; never NaN. */
export function share(span_s: number, whole_s: number): number {
  return whole_s > 0 ? Math.min(100, (100 * span_s) / whole_s) : 0
}

/** Why a unit was chosen, as the rules keep it with the ticket and answer it for any point. Distances in metres. */
export interface Routing {
  rule_id: string | null
  rule_name?: string | null
  version: number
  outcome: 'assign' | 'tray'
  unit_id: string | null
  meant_unit_id: string | null
  sure: boolean
  doubts: string[]
  boundaries: {
    of: string
    id: string
    name: string
    inside: boolean
    boundary_m: number
    changes_unit: boolean
  }[]
  nearest_change_m: number | null
  accuracy_m: number | null
  reach_m: number | null
  candidates: {
    unit_id: string
    name: string
    kind: string
    source: string
    needed: Record<string, unknown>
  }[]
  twins: { ticket_id: string; distance_m: number; status: string; short_no: number }[]
}

export interface RoutingRule {
  rule_id: string
  name: string
  when: Record<string, unknown>
  choose: { by: string; kind?: string | null; unit_id?: string | null }
  before?: string[]
}
