/**
 * The rows that this phone holds and how far it has followed the feed: a page's rows and its cursor are one transaction.
 * A page that was asked for before another tab went on is thrown away (`turn`).
 */
import type { TicketBrief } from '../core/shapes'
import { body, client, clockOffset, measureClock, Problem, Unreachable } from './api'
import { transact, type Feed, type HeldRow, type Transaction } from './db'
import { heldKey } from './kept'
import type { components } from './schema'
import { hello, mayKeep } from './session'
import { myScope } from './territory'

type Changes = components['schemas']['FeedOut']
type Page = components['schemas']['SnapshotOut']
type FeedTx = Transaction<'rows' | 'feed' | 'kept' | 'outbox'>

/** How long a ticket of others that is over stays on the phone. */
const KEPT_AFTER_END_MS = 30 * 86_400_000
/** A server that always sends back to the start is not followed for ever. */
const MOST_STARTS = 3

/** What a phone follows: the desk of a whole jurisdiction reads its lists online. */
const HELD = /^(person|unit|community):/

/** Somebody else's session, or nobody's, answered, or they have signed out meanwhile: nothing of it is kept. */
export class NotMine extends Error {
  override readonly name = 'NotMine'
  readonly refused = { status: 401, code: 'not_signed_in', facts: {} }
}

const others = new Map<string, Set<() => void>>()

/** Calls `hear` when the feed tells of a change of such a thing, of which this phone holds a copy made by itself. */
export function onOther(entity: string, hear: () => void): () => void {
  const hearing = others.get(entity) ?? new Set()
  others.set(entity, hearing.add(hear))
  return () => hearing.delete(hear)
}

type Say = (feed: Feed, touched?: boolean) => void

class Overtaken extends Error {}

function fresh(person_id: string, turn: number): Feed {
  const nothing = { cursor: null, scope_rev: null, wanted: [], scopes: [], taking: null, at: null }
  return { key: 'feed', person_id, turn, ...nothing }
}

/** This person's place in the feed; what was held for another person goes. */
export async function openFeed(person_id: string): Promise<Feed> {
  if (!mayKeep(person_id)) throw new NotMine()
  return transact(['rows', 'feed'], 'readwrite', async (tx) => {
    const held = await tx.objectStore('feed').get('feed')
    if (held?.person_id === person_id) return held
    await tx.objectStore('rows').clear()
    const feed = fresh(person_id, (held?.turn ?? 0) + 1)
    await tx.objectStore('feed').put(feed)
    return feed
  })
}

export interface Held {
  feed: Feed | null
  rows: HeldRow[]
}

export async function readHeld(): Promise<Held> {
  return transact(['rows', 'feed'], 'readonly', async (tx) => ({
    feed: (await tx.objectStore('feed').get('feed')) ?? null,
    rows: await tx.objectStore('rows').getAll(),
  }))
}

/** Writes on from `feed`; throws `Overtaken` when another tab has. */
async function write(
  feed: Feed,
  change: Partial<Feed>,
  work: (tx: FeedTx) => Promise<void> = async () => undefined,
): Promise<Feed> {
  if (!mayKeep(feed.person_id)) throw new NotMine()
  return transact(['rows', 'feed', 'kept', 'outbox'], 'readwrite', async (tx) => {
    const now = await tx.objectStore('feed').get('feed')
    if (now?.turn !== feed.turn || now.person_id !== feed.person_id) throw new Overtaken()
    await work(tx)
    const next = { ...feed, ...change, turn: feed.turn + 1 }
    await tx.objectStore('feed').put(next)
    return next
  })
}

/** A ticket that no scope holds any more goes with its details, and with what was sent about it and has arrived. */
async function forget(tx: FeedTx, row: Pick<HeldRow, 'key' | 'id'>) {
  const rows = tx.objectStore('rows')
  await rows.delete(row.key)
  if ((await rows.index('id').count(row.id)) > 0) return
  await tx.objectStore('kept').delete(heldKey.ticket(row.id))
  const outbox = tx.objectStore('outbox')
  for (const item of await outbox.index('ticket_id').getAll(row.id))
    if (item.state === 'delivered') await outbox.delete(item.item_id)
}

/**
 * Brings the phone in step with the server: snapshots of scopes that are new, then the feed to its end. Throws
 * `Unreachable`, `Problem`, or `NotMine`; what came before stays. `heard` is called after each write that may have changed
 * rows or scopes.
 */
export async function follow(person_id: string, heard: () => void): Promise<Feed> {
  let feed = await openFeed(person_id)
  const say: Say = (next, touched = true) => {
    feed = next
    if (touched) heard()
  }
  for (let start = 1; ; start++) {
    try {
      if (feed.scope_rev === null) say(await learnScopes(feed))
      for (const scope of feed.wanted) if (!feed.scopes.includes(scope)) await takeSnapshot(feed, scope, say)
      if (await followChanges(feed, say)) return feed
    } catch (error) {
      const code = error instanceof Problem ? error.refused.code : null
      if (start >= MOST_STARTS) throw error
      if (error instanceof Overtaken) feed = await openFeed(person_id)
      else if (code === 'must_refetch' || code === 'cursor_unreadable')
        say(await write(feed, { cursor: null, scopes: [], taking: null, scope_rev: null }))
      else if (code === 'scope_not_yours' || code === 'page_unreadable')
        say(await write(feed, { taking: null, scope_rev: null }))
      else throw error
    }
    if (start >= MOST_STARTS) return feed
  }
}

async function learnScopes(feed: Feed): Promise<Feed> {
  // The revision first: when it changes before the scopes are read, the feed shows that it is another.
  const { session, scope_rev } = await hello()
  if (session?.person_id !== feed.person_id) throw new NotMine()
  const { value: mine, old } = await myScope()
  if (old) throw new Unreachable()
  const wanted = mine.scopes.filter((scope) => HELD.test(scope))
  const scopes = feed.scopes.filter((scope) => wanted.includes(scope))
  const taking = feed.taking && wanted.includes(feed.taking.scope) ? feed.taking : null
  return write(feed, { wanted, scopes, taking, scope_rev }, async (tx) => {
    for (const row of await tx.objectStore('rows').getAll())
      if (!wanted.includes(row.scope)) await forget(tx, row)
  })
}

async function takeSnapshot(from: Feed, scope: string, say: Say): Promise<void> {
  let feed = from
  const mark = feed.taking?.scope === scope ? feed.taking.mark : feed.turn
  for (;;) {
    const begun = feed.taking?.scope === scope ? feed.taking : null
    const query = { scope, ...(begun ? { after: begun.after } : {}) }
    const page = await asked(() => body(client.GET('/api/v1/snapshot', { params: { query } })))
    const start = begun?.start ?? page.start_cursor
    const more = page.after
    const change: Partial<Feed> =
      more !== null
        ? { taking: { scope, after: more, start, mark } }
        : // Snapshots are taken one after another: the feed is followed from before the first of them.
          { taking: null, scopes: [...feed.scopes, scope], cursor: feed.cursor ?? start }
    feed = await write(feed, change, async (tx) => {
      const rows = tx.objectStore('rows')
      for (const { id, version, data } of ticketsOf(page.rows))
        await rows.put({ key: `${scope} ${id}`, scope, id, version, data, taken: mark })
      if (more === null)
        for (const row of await rows.index('scope').getAll(scope))
          if (row.taken !== mark) await forget(tx, row)
    })
    say(feed)
    if (more === null) return
  }
}

/** Follows the feed to its end; false when the scopes have to be looked at again first. */
async function followChanges(from: Feed, say: Say): Promise<boolean> {
  let feed = from
  for (;;) {
    // Nothing to follow, as for somebody whose last role has ended.
    if (feed.cursor === null) return true
    const query = { cursor: feed.cursor }
    const page = await asked(() => body(client.GET('/api/v1/changes', { params: { query } })))
    if (page.scope_rev !== feed.scope_rev) {
      // It leaves out scopes that are not this person's just now and may be again: nothing is passed over with it.
      say(await write(feed, { scope_rev: null }))
      return false
    }
    const change = { cursor: page.cursor, ...(page.more ? {} : { at: Date.now() }) }
    const scopes = feed.scopes
    feed = await write(feed, change, (tx) => applyChanges(tx, page, scopes))
    say(feed, page.changes.length > 0)
    for (const entity of new Set(page.changes.map((change) => change.entity)))
      others.get(entity)?.forEach((hear) => hear())
    if (!page.more) return true
  }
}

async function applyChanges(tx: FeedTx, page: Changes, scopes: readonly string[]): Promise<void> {
  const rows = tx.objectStore('rows')
  const stale = Date.parse(page.server_time) - KEPT_AFTER_END_MS
  for (const { scope, entity, id, version, op, data } of page.changes) {
    if (entity !== 'ticket' || !scopes.includes(scope)) continue
    const key = `${scope} ${id}`
    const held = await rows.get(key)
    // Changes come in the order of commits: what began earlier may have made the later version, and that one counts.
    const said = held ? (held.said ?? held.version) : 0
    if (op === 'r') {
      if (version >= said) await forget(tx, { key, id })
    } else if (data) {
      const ticket = data as TicketBrief
      if (isStale(scope, ticket, stale)) await forget(tx, { key, id })
      else if (!held || held.version <= ticket.version)
        await rows.put({
          key,
          scope,
          id,
          version: ticket.version,
          said: Math.max(said, version),
          data: ticket,
          taken: held?.taken ?? 0,
        })
    }
  }
}

/** Lets go of what has been over for a month; one's own stays. */
export async function prune(feed: Feed): Promise<void> {
  const stale = Date.now() + (clockOffset()?.offset_ms ?? 0) - KEPT_AFTER_END_MS
  await write(feed, {}, async (tx) => {
    for (const row of await tx.objectStore('rows').getAll())
      if (isStale(row.scope, row.data, stale)) await forget(tx, row)
  })
}

function isStale(scope: string, ticket: TicketBrief, before: number): boolean {
  return ticket.ended_at !== null && !scope.startsWith('person:') && Date.parse(ticket.ended_at) < before
}

function ticketsOf(rows: Page['rows']): { id: string; version: number; data: TicketBrief }[] {
  return rows.filter((row) => row.entity === 'ticket') as { id: string; version: number; data: TicketBrief }[]
}

async function asked<T extends { server_time: string }>(read: () => Promise<T>): Promise<T> {
  const sent = Date.now()
  const answer = await read()
  measureClock(answer.server_time, sent, Date.now())
  return answer
}
