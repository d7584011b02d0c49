/** Shapes and small rules of the desk. Instants are ISO 8601 text, spans seconds. */
import { LIFECYCLE } from './lifecycle.gen'
import type { Role } from './shapes'

/** Who reads a whole ticket at the desk; a unit reads its own on its own page. */
const AT_DESK: readonly Role[] = ['dispatcher', 'shift_leader', 'supervisor']
const OF_UNIT: readonly Role[] = ['unit_lead', 'unit_worker']

/** Where somebody with these roles reads a ticket that stands in a list; null: nowhere, its number is only told. */
export function ticketAddress(roles: readonly Role[], ticket_id: string): string | null {
  if (roles.some((role) => AT_DESK.includes(role))) return `/desk/audit?ticket=${ticket_id}`
  return roles.some((role) => OF_UNIT.includes(role)) ? `/ticket/${ticket_id}` : null
}

/** A field of a step's body, as the lifecycle names it. */
export interface Need {
  name: string
  kind: string
  required: boolean
  given: boolean
  choices: string[]
}

/** The fields of a form of which one must be filled in and none is; null when that is settled. */
export function oneOf(
  intent: string,
  shown: readonly Need[],
  body: Record<string, unknown>,
): readonly string[] | null {
  const either: readonly string[] =
    intent in LIFECYCLE ? LIFECYCLE[intent as keyof typeof LIFECYCLE].either : []
  if (either.length === 0 || either.some((name) => body[name] !== undefined)) return null
  return either.filter((name) => shown.some((need) => need.name === name))
}

/** Who let time pass or gave more of it; `role` null: the program; `name` where the reader may see it. */
export interface Approved {
  /** Of the request, or `suspension`. */
  kind: string
  role: string | null
  name: string | null
  at: string
  /** What announced a suspension. */
  notice: string | null
}

/** What the unit said beside a breach; `said_by`, `way`: where a supervisor entered it for the unit. */
export interface Explained {
  words: string
  at: string
  said_by: string | null
  way: 'paper' | 'telephone' | null
}

export interface Stretch {
  from: string
  to: string
  counted: boolean
  span_s: number
  why: string
  note?: string | null
  /** After the due instant. */
  over?: boolean
  approved?: Approved | null
}

/** The step that stopped a clock was sent after it was done. */
export interface SentLate {
  operation_id: string
  captured_at: string
  counted_at: string
  received_at: string
  /** Why less of it counts than was captured. */
  why: string | null
  /** When a supervisor accepted more of it. */
  accepted_at: string | null
}

/** What moved the due instant. */
export interface DueMove {
  at: string
  why: string
  from_due_at: string | null
  to_due_at: string | null
}

export interface LedgerClock {
  clock: string
  key: string
  label?: string | null
  limit: string | null
  basis: string | null
  binding?: string | null
  started_at: string
  due_at: string | null
  first_due_at?: string | null
  stopped_at: string | null
  state: string
  round?: number
  number?: number | null
  breached_at?: string | null
  lifted_at?: string | null
  exempt?: boolean
  provisional?: boolean
  stretches: Stretch[]
  moves?: DueMove[]
  /** `by`: the span in the standard's words. */
  extensions?: { by: string; approved: Approved | null }[]
  explanation?: Explained | null
  counted_s: number
  limit_s: number | null
  late?: SentLate | null
}

export interface TicketLedger {
  standard: {
    name: string
    version: number
    applied: string | null
    which: string | null
    area_class: string | null
    from_at: string | null
    until_at: string | null
    notice: string | null
  } | null
  clocks: LedgerClock[]
  whose_time: { who: string; span_s: number }[]
  age_s: number
  /** When all of it was folded from the entries, and where what is stored says something else (normally nowhere). */
  recomputed_at?: string
  differences?: { clock: string | null; field: string; stored: string; recomputed: string }[]
}

/** Moves the item at `from` to `to`; the list itself stays as it was. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list]
  const [one] = next.splice(from, 1)
  if (one === undefined || to < 0 || to > next.length) return [...list]
  next.splice(to, 0, one)
  return next
}

/**
 * Rules with the one at `from` moved to `to`. Two rules that partly overlap say on purpose which goes first (`before`):
 * whoever moves one past the other has turned that purpose round.
 */
export function reordered(rules: readonly RoutingRule[], from: number, to: number): RoutingRule[] {
  const next = moved(rules, from, to)
  const place = new Map(next.map((rule, at) => [rule.rule_id, at]))
  const turned = next.flatMap((rule, at) =>
    (rule.before ?? [])
      .filter((later) => (place.get(later) ?? at + 1) < at)
      .map((later) => ({ first: later, then: rule.rule_id })),
  )
  return turned.reduce(
    (list, { first, then }) =>
      meant(list, first, then).map((rule) =>
        rule.rule_id === then
          ? { ...rule, before: (rule.before ?? []).filter((one) => one !== first) }
          : rule,
      ),
    next,
  )
}

/** The same rules, where `first` goes before `then` on purpose. */
export function meant(rules: readonly RoutingRule[], first: string, then: string): RoutingRule[] {
  return rules.map((rule) =>
    rule.rule_id === first ? { ...rule, before: [...new Set([...(rule.before ?? []), then])].sort() } : rule,
  )
}

/** Why a list of rules cannot be published; `place` is a rule's id. */
export interface RuleFault {
  code: string
  place: string
  with?: string
  taken_by?: string[]
  named?: string
  example?: Record<string, unknown> | null
}

/** The share of a span in a whole, in percent of a bar; never NaN. */
export function share(span_s: number, whole_s: number): number {
  return whole_s > 0 ? Math.min(100, (100 * span_s) / whole_s) : 0
}

/**
 * Spans as whole minutes that add up to the whole minutes of their sum: a reader who adds the lines of a ledger must get
 * the last one. Each is off by less than a minute.
 */
export function minutesThatAddUp(spans_s: readonly number[]): number[] {
  let sum = 0
  return spans_s.map((span) => {
    const before = Math.floor(sum / 60)
    sum += span
    return Math.floor(sum / 60) - before
  })
}

/** How much of the way from its start to its due time a ticket has gone, 0…1; null without a due time. */
export function gone(started_at: string, due_at: string | null, now: number): number | null {
  if (due_at === null) return null
  const [start, due] = [Date.parse(started_at), Date.parse(due_at)]
  return due <= start ? 1 : Math.min(1, Math.max(0, (now - start) / (due - start)))
}

/** A limit in the standard's own words as amount and kind, where it is one plain amount: `4工作时` → 4, work_hour. */
export function plainLimit(words: string): { amount: number; kind: string } | null {
  const found = /^([\d.]+)(紧急工作时|工作时|工作日|自然日|紧急工作日|工作分钟|紧急分钟)$/.exec(words)
  return found ? { amount: Number(found[1]), kind: LIMIT_KINDS[found[2]!]! } : null
}

const LIMIT_KINDS: Record<string, string> = {
  紧急工作时: 'urgent_hour',
  工作时: 'work_hour',
  工作日: 'work_day',
  自然日: 'natural_day',
  紧急工作日: 'urgent_day',
  工作分钟: 'work_minute',
  紧急分钟: 'urgent_minute',
}

/** The clock that a reader wants first: one that is late, else the unit's, else the first. */
export function foremostClock(clocks: readonly LedgerClock[]): LedgerClock | null {
  const live = clocks.filter((clock) => clock.state !== 'void')
  return (
    live.find((clock) => clock.clock === 'resolve' && clock.breached_at) ??
    live.find((clock) => clock.breached_at && clock.clock !== 'overall') ??
    [...live].reverse().find((clock) => clock.clock === 'resolve') ??
    live[0] ??
    clocks[0] ??
    null
  )
}

/** Why a unit was chosen, as the rules keep it with the ticket and answer it for any point. Distances in metres. */
export interface Routing {
  rule_id: string | null
  /** As the rule was called then. */
  rule_name?: string | null
  version: number
  outcome: 'assign' | 'tray'
  unit_id: string | null
  meant_unit_id: string | null
  sure: boolean
  doubts: string[]
  boundaries: Boundary[]
  nearest_change_m: number | null
  accuracy_m: number | null
  reach_m: number | null
  candidates: {
    unit_id: string
    name?: string
    unit_name?: string
    kind?: string
    source: string
    needed: Record<string, unknown>
  }[]
  twins: { ticket_id: string; distance_m: number; status: string; short_no: number }[]
  names?: { name: string; role: string; mapped: boolean; unit_ids: string[] }[]
}

export interface Boundary {
  of: string
  id: string
  name: string
  inside: boolean
  boundary_m: number
  changes_unit: boolean
}

/** The boundaries that say something (the place lies in them, or beyond them another unit answers), and the rest. */
export function telling(boundaries: readonly Boundary[]): { first: Boundary[]; rest: Boundary[] } {
  return {
    first: boundaries.filter((one) => one.inside || one.changes_unit),
    rest: boundaries.filter((one) => !one.inside && !one.changes_unit),
  }
}

/** Metres as a person reads them: one decimal only where it decides something. */
export function metres(value: number): number {
  return value < 10 ? Math.round(value * 10) / 10 : Math.round(value)
}

export interface RoutingRule {
  rule_id: string
  name: string
  when: Record<string, unknown>
  choose: { by: string; kind?: string | null; unit_id?: string | null }
  before?: string[]
}

/** The widths of the desk's side panes in rem. */
export interface Widths {
  left: number
  right: number
}

const LEAST = { left: 15, middle: 18, right: 20 }

/** Widths that leave each pane readable: what is too much is taken from the right one first. */
export function fitted(wanted: Widths, whole_rem: number, three = true): Widths {
  const left = Math.max(LEAST.left, wanted.left)
  const right = three ? Math.max(LEAST.right, wanted.right) : 0
  const over = Math.max(0, left + right + LEAST.middle - whole_rem)
  const fromRight = Math.min(over, three ? right - LEAST.right : 0)
  return { left: Math.max(LEAST.left, left - (over - fromRight)), right: right - fromRight }
}
