/** Everything that is sent waits here until it was answered. Nothing unsent is ever deleted by the program. */
import {
  makeOperation,
  makeReport,
  predecessor,
  waiting,
  type Clock,
  type Digest,
  type Item,
  type Seen,
} from '../core/operations'
import type { ReportBody } from '../core/shapes'
import { uuid7 } from '../core/ids'
import { boot, clockOffset } from './api'
import { transact, type StoredPhoto } from './db'
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

export function changed() {
  hearers.forEach((hear) => hear())
  channel?.postMessage(null)
}

export function newId(): string {
  return uuid7(Date.now(), crypto.getRandomValues(new Uint8Array(10)))
}

export const sha256Text: Digest = async (text) =>
  hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))

export function hex(buffer: ArrayBuffer): string {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

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

function maker() {
  const person = currentPerson()
  if (person === null) throw new Error('nobody is signed in')
  return { item_id: newId(), ...person, clock: clock(), created_at: Date.now() }
}

export async function all(): Promise<Item[]> {
  return transact(['outbox'], 'readonly', (tx) => tx.objectStore('outbox').getAll())
}

/** One strict transaction over the item and the draft it came from; its photos are already stored. */
async function save(item: Item, draftId: string | null): Promise<Item> {
  await transact(['outbox', 'photos', 'drafts'], 'readwrite', async (tx) => {
    for (const sha256 of item.photos)
      if ((await tx.objectStore('photos').getKey(sha256)) === undefined) {
        tx.abort()
        throw new Error(`photo ${sha256} is not on this phone`)
      }
    await tx.objectStore('outbox').add(item)
    if (draftId !== null) await tx.objectStore('drafts').delete(draftId)
  })
  changed()
  return item
}

export async function fileReport(
  body: ReportBody,
  words: { urgent: boolean; label: Item['label'] },
  draftId: string | null,
): Promise<Item> {
  return save(await makeReport(maker(), body, words, sha256Text), draftId)
}

/** Queues a step on a ticket. `seen` is what the person had before the eyes. */
export async function act(
  step: {
    ticket_id: string
    type: string
    seen: Seen
    body: Record<string, unknown>
    photos: string[]
    label: Item['label']
  },
  draftId: string | null = null,
): Promise<Item> {
  const after = predecessor(await all(), step.ticket_id)
  return save(await makeOperation(maker(), { ...step, after }, sha256Text), draftId)
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

/** Marks delivered and lets go of photos that nothing else on this phone still has to send. */
export async function delivered(item: Item, receipt: NonNullable<Item['receipt']>): Promise<void> {
  await transact(['outbox', 'photos'], 'readwrite', async (tx) => {
    const outbox = tx.objectStore('outbox')
    await outbox.put({ ...item, state: 'delivered', receipt, refused: null })
    const others = (await outbox.getAll()).filter(
      (other) => other.item_id !== item.item_id && other.state !== 'delivered',
    )
    const needed = new Set(others.flatMap((other) => other.photos))
    for (const sha256 of item.photos) if (!needed.has(sha256)) await tx.objectStore('photos').delete(sha256)
  })
  changed()
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

/** A person looked at a refused item and does not need it any more. Only such items can be put away. */
export async function putAway(itemId: string): Promise<void> {
  await transact(['outbox', 'photos'], 'readwrite', async (tx) => {
    const store = tx.objectStore('outbox')
    const item = await store.get(itemId)
    if (item === undefined || waiting(item)) return
    await store.delete(itemId)
    const needed = new Set((await store.getAll()).flatMap((other) => other.photos))
    for (const sha256 of item.photos) if (!needed.has(sha256)) await tx.objectStore('photos').delete(sha256)
  })
  changed()
}
