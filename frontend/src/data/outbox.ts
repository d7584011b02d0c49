/** Everything that is sent waits here until it was answered. Nothing unsent is ever deleted by the program. */
import {
  canonical,
  dependents,
  inOrder,
  isHeldBack,
  makeFact,
  makeOperation,
  makeReport,
  predecessor,
  remake,
  restsUntil,
  waiting,
  type Clock,
  type Digest,
  type Item,
  type Maker,
  type OperationItem,
  type Seen,
  type WantedStep,
} from '../core/operations'
import type { ReportBody } from '../core/shapes'
import { afterDelivery } from '../core/visits'
import { hex, uuid7 } from '../core/ids'
import { boot, clockOffset } from './api'
import { transact, type StoredPhoto, type Transaction } from './db'
import { draftKey } from './drafts'
import { currentPerson } from './session'

export type { Item } from '../core/operations'

const hearers = new Set<() => void>()
const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('gridward-outbox')
channel?.addEventListener('message', () => hearers.forEach((hear) => hear()))

/** Calls `hear` after each change of the outbox, also one made by another tab. Returns how to stop. */
export function onChange(hear: () => void): () => void {
  hearers.add(hear)
  return () => hearers.delete(hear)
}

const receivers = new Set<() => void>()

/** Calls `hear` after each item that this tab has delivered. Returns how to stop. */
export function onDelivered(hear: () => void): () => void {
  receivers.add(hear)
  return () => receivers.delete(hear)
}

function changed() {
  hearers.forEach((hear) => hear())
  channel?.postMessage(null)
}

export function newId(): string {
  return uuid7(Date.now(), crypto.getRandomValues(new Uint8Array(10)))
}

export const sha256Text: Digest = async (text) =>
  hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))

function clock(): Clock {
  const offset = clockOffset()
  return {
    captured_at: new Date().toISOString(),
    tz: Intl.DateTimeFormat().resolvedOptions().timeZone,
    offset_ms: offset?.offset_ms ?? null,
    offset_at: offset?.at ?? null,
    boot_id: boot,
    mono_ms: Math.round(performance.now()),
  }
}

function maker(): Maker {
  const person = currentPerson()
  if (person === null) throw new Error('nobody is signed in')
  return { item_id: newId(), ...person, clock: clock(), created_at: Date.now() }
}

export async function all(): Promise<Item[]> {
  return transact(['outbox'], 'readonly', (tx) => tx.objectStore('outbox').getAll())
}

interface Keys {
  getKey: (key: string) => Promise<string | undefined>
}

async function needPhotos(held: Keys, photos: readonly string[]) {
  for (const sha256 of photos)
    if ((await held.getKey(sha256)) === undefined) throw new Error(`photo ${sha256} is not on this phone`)
}

/** A transaction runs again when nobody heard that it had come to its end: what it saved is saved, and is not saved twice. */
async function isThere(outbox: Keys, item: Item): Promise<boolean> {
  return (await outbox.getKey(item.item_id)) !== undefined
}

/** After so long it is another wish, though it be for the same. */
const SAME_WISH_MS = 600_000

/** What could not be said to be saved, with the ids that it may have been saved under. */
const tried = new Map<string, { ids: string[]; at: number }>()

/**
 * Also the last try may have come to its end unheard: who is told that nothing was saved and tries the same again does so
 * under the same ids. `wish`: what is to be saved.
 */
async function underSameIds<T>(wish: unknown, save: (maker: () => Maker) => Promise<T>): Promise<T> {
  const what = canonical({ wish, person_id: maker().person_id })
  const before = tried.get(what)
  const ids = before && performance.now() - before.at < SAME_WISH_MS ? before.ids : []
  tried.set(what, { ids, at: performance.now() })
  let n = 0
  const saved = await save(() => {
    const made = maker()
    return { ...made, item_id: (ids[n++] ??= made.item_id) }
  })
  tried.delete(what)
  return saved
}

/** One strict transaction over the items and the draft they came from; their photos are already stored. */
async function saveAll(items: readonly Item[], draftId: string | null): Promise<void> {
  await transact(['outbox', 'photos', 'drafts'], 'readwrite', async (tx) => {
    const outbox = tx.objectStore('outbox')
    for (const item of items) {
      if (await isThere(outbox, item)) continue
      await needPhotos(tx.objectStore('photos'), item.photos)
      await outbox.add(item)
    }
    if (draftId !== null) await tx.objectStore('drafts').delete(draftKey(draftId))
  })
  changed()
}

async function save<T extends Item>(item: T, draftId: string | null): Promise<T> {
  await saveAll([item], draftId)
  return item
}

export async function fileReport(
  body: ReportBody,
  words: { urgent: boolean; label: Item['label'] },
  draftId: string | null,
): Promise<Item> {
  // How long ago the place was measured is another thing at each try.
  return underSameIds({ ...body, location: null }, async (maker) =>
    save(await makeReport(maker(), body, words, sha256Text), draftId),
  )
}

/** In the order in which they were wanted: those on one ticket follow each other, and what waits there already. */
async function made(steps: readonly WantedStep[]): Promise<OperationItem[]> {
  const known = await all()
  const last = new Map<string, string>()
  const items: OperationItem[] = []
  for (const step of steps) {
    const after = last.get(step.ticket_id) ?? predecessor(known, step.ticket_id)
    const item = await makeOperation(maker(), { ...step, after }, sha256Text)
    last.set(step.ticket_id, item.item_id)
    items.push(item)
  }
  return items
}

/** Queues a step on a ticket. */
export async function act(step: WantedStep, draftId: string | null = null): Promise<Item> {
  const after = predecessor(await all(), step.ticket_id)
  const { ticket_id, type, seen, body } = step
  return underSameIds({ ticket_id, type, seen, body }, async (maker) =>
    save(await makeOperation(maker(), { ...step, after }, sha256Text), draftId),
  )
}

/** Queues what was said at once: all of it or none, and only with all goes the draft. */
export async function actAtOnce(steps: readonly WantedStep[], draftId: string): Promise<void> {
  if (steps.length) await saveAll(await made(steps), draftId)
}

/**
 * Queues something that happened (see `FactItem`) in one transaction with what the screen keeps of it: `content` becomes
 * the draft, null drops it. `item_id`: where the thing itself has the item's id.
 */
export async function tell(
  fact: Omit<Parameters<typeof makeFact>[1], 'path'> & {
    path: (item_id: string) => string
    item_id?: string
  },
  draft: { draft_id: string; content: unknown; opens: string | null } | null = null,
): Promise<Item> {
  const { item_id, path, ...rest } = fact
  const made = maker()
  const id = item_id ?? made.item_id
  const item = await makeFact({ ...made, item_id: id }, { ...rest, path: path(id) }, sha256Text)
  await transact(['outbox', 'photos', 'drafts'], 'readwrite', async (tx) => {
    const outbox = tx.objectStore('outbox')
    if (!(await isThere(outbox, item))) {
      await needPhotos(tx.objectStore('photos'), item.photos)
      await outbox.add(item)
    }
    if (draft === null) return
    const drafts = tx.objectStore('drafts')
    const draft_id = draftKey(draft.draft_id)
    const { content, opens } = draft
    if (content === null) await drafts.delete(draft_id)
    else await drafts.put({ draft_id, person_id: item.person_id, changed_at: Date.now(), opens, content })
  })
  changed()
  return item
}

/** Several things that were said at once: all are saved with what was written going, or none. `wish`: what they say. */
export async function saveTogether(
  wish: unknown,
  make: (maker: () => Maker, after: (ticket_id: string) => string | null) => Promise<Item>[],
  draftId: string,
): Promise<void> {
  const known = await all()
  await underSameIds(wish, async (maker) => {
    const items = await Promise.all(make(maker, (ticket_id) => predecessor(known, ticket_id)))
    await transact(['outbox', 'drafts'], 'readwrite', async (tx) => {
      const outbox = tx.objectStore('outbox')
      for (const item of items) if (!(await isThere(outbox, item))) await outbox.add(item)
      await tx.objectStore('drafts').delete(draftKey(draftId))
    })
  })
  changed()
}

/**
 * Queues steps on several tickets, or several on one, that wait `wait_ms` for somebody to take them back. All of them are
 * stored or none: a reload changes nothing.
 */
export async function actTogether(
  batch: NonNullable<Item['batch']>,
  steps: readonly WantedStep[],
  wait_ms: number,
): Promise<void> {
  const until = Date.now() + wait_ms
  const items = await made(steps)
  await saveAll(
    items.map((item) => ({ ...item, batch, next_try_at: until, not_before: until })),
    null,
  )
}

/**
 * Takes back what of a batch was not sent yet; how many steps that were. What was to follow one of them and was not sent
 * either follows what that one followed.
 */
export async function takeBack(batch_id: string): Promise<number> {
  const taken = await transact(['outbox'], 'readwrite', async (tx) => {
    const outbox = tx.objectStore('outbox')
    const items = await outbox.getAll()
    const gone = new Map<string, string | null>()
    const before = (after: string | null) => (after !== null && gone.has(after) ? gone.get(after)! : after)
    for (const item of inOrder(items))
      if (item.batch?.batch_id === batch_id && isHeldBack(item)) {
        gone.set(item.item_id, item.kind === 'report' ? null : before(item.after))
        await outbox.delete(item.item_id)
      } else if (item.kind !== 'report' && before(item.after) !== item.after)
        await outbox.put({ ...item, after: before(item.after) })
    return gone.size
  })
  changed()
  return taken
}

export async function update(itemId: string, change: Partial<Item>): Promise<void> {
  await transact(['outbox'], 'readwrite', async (tx) => {
    const store = tx.objectStore('outbox')
    const item = await store.get(itemId)
    // Delivered is final: another tab may have been quicker.
    if (item !== undefined && item.state !== 'delivered') await store.put({ ...item, ...change } as Item)
  })
  changed()
}

/**
 * Tries an item again at `next`. `wish`: the server wants it left alone until then; what it wished of another page that
 * sent the same item meanwhile stands as well.
 */
export async function tryLater(item: Item, next: number, wish: number | null): Promise<void> {
  await transact(['outbox'], 'readwrite', async (tx) => {
    const held = await tx.objectStore('outbox').get(item.item_id)
    if (held === undefined || held.state === 'delivered') return
    const later: Item = {
      ...held,
      state: 'saved',
      attempts: item.attempts + 1,
      not_before: wish ?? held.not_before ?? 0,
    }
    await tx
      .objectStore('outbox')
      .put({ ...later, next_try_at: Math.max(next, restsUntil(later, Date.now())) })
  })
  changed()
}

/** Deletes those of the photos that nothing unsent and no draft on this phone needs any more: a picture may be chosen twice. */
async function letGo(
  tx: Transaction<'outbox' | 'photos' | 'drafts'>,
  photos: readonly string[],
): Promise<void> {
  const unsent = (await tx.objectStore('outbox').getAll()).filter((item) => item.state !== 'delivered')
  const needed = new Set(unsent.flatMap((item) => item.photos))
  const drafts = JSON.stringify(await tx.objectStore('drafts').getAll())
  for (const sha256 of photos)
    if (!needed.has(sha256) && !drafts.includes(sha256)) await tx.objectStore('photos').delete(sha256)
}

/** Marks delivered and lets go of its photos. Fields that another build has put into the item stay. */
export async function delivered(item: Item, receipt: NonNullable<Item['receipt']>): Promise<void> {
  await transact(['outbox', 'photos', 'drafts'], 'readwrite', async (tx) => {
    const now = (await tx.objectStore('outbox').get(item.item_id)) ?? item
    await tx
      .objectStore('outbox')
      .put({ ...afterDelivery(now), state: 'delivered', receipt, refused: null, delivered_at: Date.now() })
    await letGo(tx, item.photos)
  })
  changed()
  receivers.forEach((hear) => hear())
}

export async function photo(sha256: string): Promise<StoredPhoto | undefined> {
  return transact(['photos'], 'readonly', (tx) => tx.objectStore('photos').get(sha256))
}

export async function markPhoto(sha256: string, stored: boolean): Promise<void> {
  await transact(['photos'], 'readwrite', async (tx) => {
    const held = await tx.objectStore('photos').get(sha256)
    if (held) await tx.objectStore('photos').put({ ...held, stored_on_server: stored })
  })
}

/**
 * A person looked at a refused item and does not need it any more. Only such items can be put away. What waited for it
 * could never be done: it needs attention as well, and is not lost with it.
 */
export async function putAway(itemId: string): Promise<void> {
  await transact(['outbox', 'photos', 'drafts'], 'readwrite', async (tx) => {
    const outbox = tx.objectStore('outbox')
    const item = await outbox.get(itemId)
    if (item === undefined || waiting(item)) return
    for (const one of dependents(await outbox.getAll(), item))
      await outbox.put({
        ...one,
        state: 'attention',
        refused: { status: 0, code: 'predecessor_refused', facts: { after: itemId } },
      })
    await outbox.delete(itemId)
    await letGo(tx, item.photos)
  })
  changed()
}

/**
 * Sends a refused item again as the person changed it, under a new id and with what waited for it. The old one goes in
 * the transaction that saves the new one. Null: it was not refused (any more).
 */
export async function sendChanged(
  itemId: string,
  change: { body: Record<string, unknown>; photos: string[]; type?: string; seen?: Seen },
): Promise<Item | null> {
  const items = await all()
  const old = items.find((item) => item.item_id === itemId)
  if (old?.state !== 'attention') return null
  const followers = dependents(items, old)
  const made = await remake(old, followers, change, newId, sha256Text)
  const replaced = [old, ...followers]
  const saved = await transact(['outbox', 'photos', 'drafts'], 'readwrite', async (tx) => {
    const outbox = tx.objectStore('outbox')
    if (await isThere(outbox, made[0]!)) return true
    for (const { item_id, state } of replaced) if ((await outbox.get(item_id))?.state !== state) return false
    await needPhotos(tx.objectStore('photos'), change.photos)
    for (const item of made) await outbox.add(item)
    for (const { item_id } of replaced) await outbox.delete(item_id)
    await letGo(tx, old.photos)
    return true
  })
  changed()
  return saved ? made[0]! : null
}

/** Long enough for a reader to find out what became of it; the phone's clock has no say beyond tidiness. */
const DELIVERED_KEPT_MS = 14 * 86_400_000

/**
 * After a start: `sending` is never trusted, what waited for a sign-in may go, a state that this build does not know is
 * taken for saved, and what was delivered long ago goes.
 */
export async function wakeAll(): Promise<void> {
  const before = Date.now() - DELIVERED_KEPT_MS
  await transact(['outbox'], 'readwrite', async (tx) => {
    const outbox = tx.objectStore('outbox')
    for (const item of await outbox.getAll())
      if (item.state === 'delivered') {
        if (item.created_at < before) await outbox.delete(item.item_id)
      } else if (item.state !== 'attention') await tryAt(tx, item, restsUntil(item, Date.now()))
  })
  changed()
}

async function tryAt(tx: Transaction<'outbox'>, item: Item, next_try_at: number): Promise<void> {
  if (item.state === 'saved' && item.next_try_at <= next_try_at) return
  await tx.objectStore('outbox').put({ ...item, state: 'saved', next_try_at })
}

/**
 * Lets everything that waits be tried now; unless a person asks for it, not what the server wants to have later, and never
 * what can still be taken back: its few seconds pass by themselves.
 */
export async function hurry(asked: boolean): Promise<void> {
  await transact(['outbox'], 'readwrite', async (tx) => {
    for (const item of await tx.objectStore('outbox').getAll())
      if (item.state === 'saved')
        await tryAt(tx, item, asked && !isHeldBack(item) ? 0 : restsUntil(item, Date.now()))
  })
  changed()
}
