/** The desk's list: its sections, what its address says, and how it follows the feed. Pure. */
import { isOpen } from './tickets'
import type { TicketBrief } from './shapes'

export const SECTIONS = [
  'tray',
  'received',
  'no_unit',
  'sent_back',
  'requests',
  'conflicts',
  'near',
  'breached',
  'open',
  'all',
] as const
export type Section = (typeof SECTIONS)[number]

/** `all` is not counted. */
export type Counts = Partial<Record<Section, number>>

/** What the desk's address says of the list; which ticket is open is no part of it. */
export interface Filters {
  tab: Section
  unit: string | null
  grid: string | null
  category: string | null
  text: string | null
  /** Statuses with commas; `age`: older than so many days; `within`: a shape drawn on the map (see `desk_map`). */
  status: string | null
  age: string | null
  within: string | null
}

const NAMES = ['unit', 'grid', 'category', 'text', 'status', 'age', 'within'] as const
/** A section as it is. */
export const UNFILTERED: Omit<Filters, 'tab'> = {
  unit: null,
  grid: null,
  category: null,
  text: null,
  status: null,
  age: null,
  within: null,
}

/** `query` as a page has it: anything that answers by a field's name. */
export function filtersOf(query: { get: (name: string) => string | null }): Filters {
  const tab = query.get('tab') as Section | null
  const value = (name: (typeof NAMES)[number]) => query.get(name)?.trim() || null
  return {
    tab: tab !== null && SECTIONS.includes(tab) ? tab : 'tray',
    unit: value('unit'),
    grid: value('grid'),
    category: value('category'),
    text: value('text'),
    status: value('status'),
    age: Number(value('age')) > 0 ? value('age') : null,
    within: value('within'),
  }
}

/** The address of a list after the question mark; the same list has the same address. */
export function queryOf(filters: Filters, ticket: string | null = null): string {
  const fields = [['tab', filters.tab], ...NAMES.map((name) => [name, filters[name]]), ['ticket', ticket]]
  return fields.flatMap(([name, value]) => (value ? [`${name}=${encodeURIComponent(value)}`] : [])).join('&')
}

/** Whether more is asked for than a section. */
export function isNarrowed(filters: Filters): boolean {
  return NAMES.some((name) => filters[name] !== null)
}

export type Order = 'due' | 'newest'

export function orderOf(section: Section): Order {
  return section === 'near' || section === 'breached' || section === 'open' ? 'due' : 'newest'
}

/** Whether a ticket stands in a section, as the server says it too. */
export function standsIn(section: Section, ticket: TicketBrief): boolean {
  const why = ticket.tray_reason
  switch (section) {
    case 'tray':
      return why !== null
    case 'received':
      return why !== null && ticket.status === 'received'
    case 'no_unit':
      return why !== null && why !== 'sent_back' && ticket.status === 'accepted'
    case 'sent_back':
      return why === 'sent_back'
    case 'requests':
      return why !== null && (why.startsWith('request_') || why.startsWith('wish_'))
    case 'conflicts':
      return why === 'conflict'
    case 'near':
      return isOpen(ticket) && ticket.near_breach === true && ticket.breached_at === null
    case 'breached':
      return isOpen(ticket) && ticket.breached_at !== null
    case 'open':
      return isOpen(ticket)
    case 'all':
      return true
  }
}

/** Whether a ticket belongs into the list; words, age and shapes are the server's matter: with them a new one never does. */
function belongs(filters: Filters, ticket: TicketBrief, known: boolean): boolean {
  // A conflict hides a request that waits besides: only the server knows of it.
  const hidden = known && filters.tab === 'requests' && ticket.tray_reason === 'conflict'
  return (
    (hidden || standsIn(filters.tab, ticket)) &&
    (filters.unit === null || ticket.unit_id === filters.unit) &&
    (filters.grid === null || ticket.grid_id === filters.grid) &&
    (filters.category === null || ticket.category === filters.category) &&
    (filters.status === null || filters.status.split(',').includes(ticket.status)) &&
    (known || (filters.text === null && filters.age === null && filters.within === null))
  )
}

/** Where a ticket stands in the order: smaller goes first. What has no due time goes last. */
function rank(order: Order, ticket: TicketBrief): number {
  if (order === 'newest') return -Date.parse(ticket.received_at)
  const due = ticket.resolve_due_at ?? ticket.due_at ?? ticket.next_due?.due_at
  return due ? Date.parse(due) : Infinity
}

/**
 * The list after changes of the feed. Of a list that goes on beyond what was read (`more`), what would stand after its last
 * line is left to the next page. An older version never replaces a newer one; a list without changes stays the same object.
 */
export function folded(
  list: readonly TicketBrief[],
  changed: readonly TicketBrief[],
  filters: Filters,
  more: boolean,
): readonly TicketBrief[] {
  const order = orderOf(filters.tab)
  let next: TicketBrief[] | null = null
  for (const ticket of changed) {
    const now: readonly TicketBrief[] = next ?? list
    const at = now.findIndex((one) => one.ticket_id === ticket.ticket_id)
    const held = at >= 0 ? now[at]! : null
    if (held !== null && held.version >= ticket.version) continue
    const wanted = belongs(filters, ticket, held !== null)
    if (held === null && !wanted) continue
    next ??= [...list]
    if (at >= 0) next.splice(at, 1)
    if (!wanted) continue
    const place = rank(order, ticket)
    const before = next.findIndex((one) => rank(order, one) > place)
    if (before >= 0) next.splice(before, 0, ticket)
    else if (!more || held !== null) next.push(ticket)
  }
  return next ?? list
}

/** The newest copy of each ticket that changes of the feed bring. */
export function ticketsIn(
  changes: readonly { entity: string; data: TicketBrief | null }[],
): readonly TicketBrief[] {
  const found = new Map<string, TicketBrief>()
  for (const { entity, data } of changes)
    if (entity === 'ticket' && data && (found.get(data.ticket_id)?.version ?? 0) <= data.version)
      found.set(data.ticket_id, data)
  return [...found.values()]
}

const NEW_MS = 600_000

/** Whether a colleague should be called to it: urgent, just come in, and nobody has taken it on. */
export function isAlarming(ticket: TicketBrief, now: number): boolean {
  return (
    ticket.urgent &&
    isOpen(ticket) &&
    ['received', 'accepted', 'assigned'].includes(ticket.status) &&
    now - Date.parse(ticket.received_at) < NEW_MS
  )
}
