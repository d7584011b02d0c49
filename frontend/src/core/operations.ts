/**
 * What the phone sends: a report or an operation on a ticket, made once, stored, and then sent as it is until it is
 * answered. Body, digest and clock never change after they were made.
 */
import type { ReportBody } from './shapes'

export const SCHEMA = 1
/** How many pictures one item takes. */
export const MOST_PHOTOS = 6

export interface Clock {
  captured_at: string
  /** IANA name of the phone's time zone. */
  tz: string
  /** Server time minus phone time at `offset_at`; null when never measured. */
  offset_ms: number | null
  offset_at: string | null
  /** Names this run of the page: `mono_ms` of two items compares only within one. */
  boot_id: string
  mono_ms: number
}

/** What the person had before the eyes: the server judges the step against it. */
export interface Seen {
  version: number
  assignment_id: string | null
  resolution_id: string | null
}

export type ItemState = 'saved' | 'sending' | 'delivered' | 'attention' | 'sign_in'

export interface Refused {
  status: number
  code: string
  facts: Record<string, unknown>
}

export interface Receipt {
  ticket_no: string
  short_no: string
  ticket_id: string
  at: string
  /** How the ticket stood after the step: a copy of it from then on holds the step. Older builds did not keep it. */
  version?: number
  /** What a fact was worth, where the server judges that. */
  verdict?: string
  /** Which checkpoint it was about: a phone that read a code does not know. */
  checkpoint_id?: string
  /** What was odd about a fact that was taken all the same. */
  marks?: string[]
}

interface ItemCommon {
  /** report_id or op_id. */
  item_id: string
  /** The ticket the item is about; a report founds the ticket of its own id. */
  ticket_id: string
  person_id: string
  jurisdiction_id: string
  schema: number
  digest: string
  /** The exact text the digest was made over. */
  body_text: string
  clock: Clock
  photos: string[]
  urgent: boolean
  /** Milliseconds of the phone's clock; orders the queue, nothing else. */
  created_at: number
  state: ItemState
  attempts: number
  next_try_at: number
  /** Milliseconds: before then the server wants to be left alone with it. */
  not_before?: number
  refused: Refused | null
  receipt: Receipt | null
  /** Milliseconds of the phone's clock. */
  delivered_at?: number
  /** Sent together with others, after a wait in which they can be taken back. */
  batch?: { batch_id: string; step: string }
  /** Words for the list: category name, place, kind of step. */
  label: { kind: string; place: string; picture: string | null }
}

export interface ReportItem extends ItemCommon {
  kind: 'report'
}

export interface OperationItem extends ItemCommon {
  kind: 'operation'
  type: string
  after: string | null
  seen: Seen
}

/**
 * Something that happened and is no step of a ticket: part of a walk, a visit. It goes to a `path` of its own; `ticket_id`
 * is the id of the walk or the household whose items go one after another.
 */
export interface FactItem extends ItemCommon {
  kind: 'fact'
  type: string
  path: string
  /** The item that has to be there before this one. */
  after: string | null
  /** Members of the envelope beside the usual ones. */
  says: Record<string, string>
}

export type Item = ReportItem | OperationItem | FactItem

/** JSON with sorted keys and no spaces: the same body is the same text on every phone. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((entry) => canonical(entry ?? null)).join(',')}]`
  if (value !== null && typeof value === 'object') {
    const fields = Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`)
    return `{${fields.join(',')}}`
  }
  return JSON.stringify(value) ?? 'null'
}

/** Hex SHA-256 of a text in UTF-8. */
export type Digest = (text: string) => Promise<string>

export interface Maker {
  item_id: string
  person_id: string
  jurisdiction_id: string
  clock: Clock
  created_at: number
}

const fresh = { state: 'saved', attempts: 0, next_try_at: 0, refused: null, receipt: null } as const

export async function makeReport(
  maker: Maker,
  body: ReportBody,
  words: { urgent: boolean; label: ItemCommon['label'] },
  digest: Digest,
): Promise<ReportItem> {
  const body_text = canonical(body)
  const photos = body.photos.map((photo) => photo.sha256)
  return {
    ...maker,
    ...fresh,
    ...words,
    kind: 'report',
    ticket_id: maker.item_id,
    schema: SCHEMA,
    body_text,
    digest: await digest(body_text),
    photos,
  }
}

/** A step on a ticket as it is wanted. `seen`: what the person had before the eyes. */
export interface WantedStep {
  ticket_id: string
  type: string
  seen: Seen
  body: Record<string, unknown>
  photos: string[]
  label: ItemCommon['label']
}

export async function makeOperation(
  maker: Maker,
  step: WantedStep & { after: string | null },
  digest: Digest,
): Promise<OperationItem> {
  const body_text = canonical(step.body)
  const { ticket_id, type, seen, photos, after, label } = step
  return {
    ...maker,
    ...fresh,
    kind: 'operation',
    ticket_id,
    type,
    seen,
    photos,
    after,
    label,
    schema: SCHEMA,
    body_text,
    digest: await digest(body_text),
    urgent: false,
  }
}

export async function makeFact(
  maker: Maker,
  fact: {
    ticket_id: string
    type: string
    path: string
    after: string | null
    says: Record<string, string>
    body: Record<string, unknown>
    photos: string[]
    label: ItemCommon['label']
  },
  digest: Digest,
): Promise<FactItem> {
  const { body, ...rest } = fact
  const body_text = canonical(body)
  return {
    ...maker,
    ...fresh,
    ...rest,
    kind: 'fact',
    schema: SCHEMA,
    body_text,
    digest: await digest(body_text),
    urgent: false,
  }
}

/** The text of the PUT: the body goes out in the very characters the digest was made over. */
export function envelope(item: Item): string {
  const step =
    item.kind === 'operation'
      ? `"type":${JSON.stringify(item.type)},"after":${JSON.stringify(item.after)},"seen":${canonical(item.seen)},`
      : item.kind === 'fact'
        ? Object.entries(item.says)
            .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)},`)
            .join('')
        : ''
  return `{"schema":${item.schema},"digest":"${item.digest}",${step}"body":${item.body_text},"clock":${canonical(item.clock)}}`
}

export function address(item: Item): string {
  if (item.kind === 'fact') return item.path
  return item.kind === 'report'
    ? `/api/v1/reports/${item.item_id}`
    : `/api/v1/tickets/${item.ticket_id}/operations/${item.item_id}`
}

/** The predecessor a new step on this ticket must name: my last one that is not answered yet, the end of their chain. */
export function predecessor(items: readonly Item[], ticketId: string): string | null {
  const open = items
    .filter((item) => item.kind === 'operation' && item.ticket_id === ticketId && waiting(item))
    .sort(byAge)
  const named = new Set(open.map(buildsOn))
  return open.filter((item) => !named.has(item.item_id)).at(-1)?.item_id ?? null
}

function buildsOn(item: Item): string | null {
  return item.kind === 'report' ? null : item.after
}

export function waiting(item: Item): boolean {
  return item.state === 'saved' || item.state === 'sending' || item.state === 'sign_in'
}

/** Whether it is one of several that were not tried yet and can still be taken back. */
export function isHeldBack(item: Item): boolean {
  return item.batch !== undefined && item.state === 'saved' && item.attempts === 0
}

function byAge(a: Item, b: Item): number {
  return a.created_at - b.created_at || (a.item_id < b.item_id ? -1 : 1)
}

/** Items in the order in which they are sent: along their chain, whatever the phone's clock says, then by age. */
export function inOrder(items: readonly Item[]): Item[] {
  const rest = [...items].sort(byAge)
  const placed: Item[] = []
  while (rest.length) {
    const next = rest.findIndex((item) => !rest.some((other) => other.item_id === buildsOn(item)))
    placed.push(...rest.splice(Math.max(next, 0), 1))
  }
  return placed
}

/**
 * What may go out now, in order: emergencies first, then oldest first; within one ticket one after another, and an
 * item that waits for its next try holds back only its own ticket.
 */
export function due(items: readonly Item[], personId: string, now: number): Item[] {
  return heads(items, personId)
    .filter((item) => isTime(item, now))
    .sort((a, b) => Number(b.urgent) - Number(a.urgent) || byAge(a, b))
}

/** Milliseconds of the phone when the next item may go; null: none waits for its time, only for others or a person. */
export function nextTry(items: readonly Item[], personId: string): number | null {
  const times = heads(items, personId).map((item) => item.next_try_at)
  return times.length ? Math.min(...times) : null
}

/** Of each ticket the one waiting item that nothing stands before. */
function heads(items: readonly Item[], personId: string): Item[] {
  const tickets = new Map<string, Item[]>()
  for (const item of [...items].sort(byAge)) {
    if (item.person_id !== personId || item.state === 'delivered') continue
    tickets.set(item.ticket_id, [...(tickets.get(item.ticket_id) ?? []), item])
  }
  return [...tickets.values()].map(head).filter((item) => item !== undefined && waiting(item)) as Item[]
}

/** A wait longer than any that `backoff` makes comes from a clock that was set back. */
function isTime(item: Item, now: number): boolean {
  return item.next_try_at <= now || item.next_try_at > now + 2 * LONGEST_REST_MS
}

/**
 * The one of a ticket's unsent items that goes first: its report, then the steps along their chain. The phone's clock has
 * no say in that: it may have been set back, and two items may bear the same millisecond. A refused report holds all of
 * its ticket, a refused step what builds on it.
 */
function head(unsent: readonly Item[]): Item | undefined {
  const report = unsent.find((item) => item.kind === 'report')
  if (report) return report
  const ids = new Set(unsent.map((item) => item.item_id))
  return unsent.find((item) => waiting(item) && !ids.has(buildsOn(item) ?? ''))
}

/** The refused item that an unsent one waits for: its ticket's report, or the step it builds on. */
export function waitsFor(items: readonly Item[], item: Item): Item | null {
  if (!waiting(item)) return null
  const stuck = (other: Item) => other.state === 'attention' && other.item_id !== item.item_id
  const report = items.find(
    (other) => other.kind === 'report' && other.item_id === item.ticket_id && stuck(other),
  )
  if (report) return report
  const before = items.find((other) => other.item_id === buildsOn(item))
  if (before === undefined) return null
  return stuck(before) ? before : waitsFor(items, before)
}

/** The unsent items that wait for another, in their order. */
export function dependents(items: readonly Item[], on: Item): Follower[] {
  return inOrder(
    items.filter(
      (item) => item.kind !== 'report' && waiting(item) && waitsFor(items, item)?.item_id === on.item_id,
    ),
  ) as Follower[]
}

export type Follower = OperationItem | FactItem

/**
 * A refused item made anew under another id, as the person changed it, and with it the steps that waited for it: these
 * keep body and digest and only follow the new one. Of none of them has the server stored anything under the new id.
 */
export async function remake(
  old: Item,
  followers: readonly Follower[],
  change: { body: Record<string, unknown>; photos: string[]; type?: string; seen?: Seen },
  newId: () => string,
  digest: Digest,
): Promise<Item[]> {
  const body_text = canonical(change.body)
  const item_id = newId()
  const changed = {
    ...old,
    ...fresh,
    item_id,
    body_text,
    digest: await digest(body_text),
    schema: SCHEMA,
    photos: change.photos,
  }
  const made: Item[] = [
    changed.kind === 'report'
      ? { ...changed, ticket_id: item_id }
      : changed.kind === 'fact'
        ? { ...changed, path: changed.path.replace(old.item_id, item_id), after: null }
        : { ...changed, type: change.type ?? changed.type, seen: change.seen ?? changed.seen, after: null },
  ]
  const ids = new Map([[old.item_id, item_id]])
  for (const one of followers) {
    const id = newId()
    ids.set(one.item_id, id)
    const ticket_id = old.kind === 'report' ? item_id : one.ticket_id
    made.push({ ...one, ...fresh, item_id: id, ticket_id, after: ids.get(one.after ?? '') ?? one.after })
  }
  return made
}

const FIRST_STEP_MS = 1_000
const LAST_STEP_MS = 300_000

/** No server of ours asks for more; a gateway between may say a year. */
const LONGEST_REST_MS = 3_600_000

/** How long the server wants to be left alone, in milliseconds, as far as that is heeded. */
export function restMs(retryAfterS: number): number {
  return Math.min(retryAfterS * 1000, LONGEST_REST_MS)
}

/** Full-jitter back-off in milliseconds; `chance` in [0, 1). A server's own wish is never undercut. */
export function backoff(attempts: number, chance: number, retryAfterS: number | null): number {
  const ceiling = Math.min(LAST_STEP_MS, FIRST_STEP_MS * 2 ** Math.min(attempts, 20))
  const own = Math.round(ceiling * chance)
  return retryAfterS === null ? Math.max(250, own) : restMs(retryAfterS) + Math.round(own / 4)
}

/** Before when a wake must not try the item; a rest that a wrong clock has made endless is none. */
export function restsUntil(item: Item, now: number): number {
  const until = item.not_before ?? 0
  return until > now && until <= now + LONGEST_REST_MS ? until : 0
}

export interface OutboxLine {
  unsent: number
  /** `created_at` of the oldest unsent item. */
  oldest: number | null
  attention: number
  signIn: boolean
  sending: boolean
  /** Unsent ones that wait on purpose, to be taken back. */
  held: number
  /** Unsent items of somebody else who used this phone. */
  others: number
}

/** The one line of truth on every phone screen. */
export function outboxLine(items: readonly Item[], personId: string | null): OutboxLine {
  const mine = items.filter((item) => item.person_id === personId)
  const unsent = mine.filter(waiting)
  return {
    unsent: unsent.length,
    oldest: unsent.length ? Math.min(...unsent.map((item) => item.created_at)) : null,
    attention: mine.filter((item) => item.state === 'attention').length,
    signIn: unsent.some((item) => item.state === 'sign_in'),
    sending: unsent.some((item) => item.state === 'sending'),
    held: unsent.filter(isHeldBack).length,
    others: items.filter((item) => item.person_id !== personId && item.state !== 'delivered').length,
  }
}
