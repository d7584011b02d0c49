/** The phone's store. Migrations only add; handles that die in the background are dropped and opened again. */
import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames } from 'idb'
import type { Item } from '../core/operations'
import type { TicketBrief } from '../core/shapes'
import { dropThumbs } from './thumbs'

export interface StoredPhoto {
  sha256: string
  person_id: string
  /** JPEG, ready to send. ArrayBuffer: some browsers lose Blobs in IndexedDB. */
  bytes: ArrayBuffer
  width: number
  height: number
  taken_at: number
  stored_on_server: boolean
}

export interface Draft {
  draft_id: string
  person_id: string
  changed_at: number
  /** Where the app begins again after it was killed behind a camera; drafts of older builds do not say. */
  opens?: string | null
  /** False: it only remembers where the app was; drafts of older builds do not say. */
  holds?: boolean
  /** Whatever the screen needs to open where it was left. */
  content: unknown
}

export interface Kept {
  key: string
  person_id: string
  at: number
  value: unknown
}

/** A ticket as one of my scopes holds it. */
export interface HeldRow {
  /** `${scope} ${id}` */
  key: string
  scope: string
  id: string
  version: number
  /** The version of the change that spoke last for this scope; absent where a snapshot did. */
  said?: number
  data: TicketBrief
  /** The snapshot that brought it or that it was seen in last; what a new snapshot does not bring again, goes. */
  taken: number
}

/** How far this phone has followed the feed, and for whom. One record. */
export interface Feed {
  key: 'feed'
  person_id: string
  /** Counts the writes: a page that was asked for before another tab wrote is thrown away. */
  turn: number
  cursor: string | null
  /** null: to be asked for. */
  scope_rev: string | null
  wanted: string[]
  /** Scopes that are held whole. */
  scopes: string[]
  /** A snapshot that has begun. `start`: the cursor taken before its first page. */
  taking: { scope: string; after: string; start: string; mark: number } | null
  /** Milliseconds of the phone when it was last in step with the server. */
  at: number | null
}

interface Store extends DBSchema {
  outbox: { key: string; value: Item; indexes: { state: string; ticket_id: string } }
  photos: { key: string; value: StoredPhoto }
  drafts: { key: string; value: Draft }
  kept: { key: string; value: Kept }
  rows: { key: string; value: HeldRow; indexes: { scope: string; id: string } }
  feed: { key: string; value: Feed }
}

export type Stores = StoreNames<Store>
export type Transaction<S extends Stores> = IDBPTransaction<Store, S[], 'readwrite'>

const NAME = 'gridward'
const VERSION = 2
const TRIES = 3
/** What a person made: small pictures that can be fetched again make room for it. */
const OWN: ReadonlySet<string> = new Set<Stores>(['outbox', 'photos', 'drafts'])
/** Some browsers never answer the first opening after the phone woke up; the next one works. */
const OPENING_MS = 6_000

let handle: Promise<IDBPDatabase<Store>> | null = null

type Upgrade = IDBPTransaction<Store, Stores[], 'versionchange'>

function upgrade(db: IDBPDatabase<Store>, before: number, _to: number | null, tx: Upgrade) {
  if (before < 1) {
    const outbox = db.createObjectStore('outbox', { keyPath: 'item_id' })
    outbox.createIndex('state', 'state')
    outbox.createIndex('ticket_id', 'ticket_id')
    db.createObjectStore('photos', { keyPath: 'sha256' })
    db.createObjectStore('drafts', { keyPath: 'draft_id' })
    db.createObjectStore('kept', { keyPath: 'key' })
  }
  if (before < 2) {
    const rows = db.createObjectStore('rows', { keyPath: 'key' })
    rows.createIndex('scope', 'scope')
    rows.createIndex('id', 'id')
    db.createObjectStore('feed', { keyPath: 'key' })
  }
  if (before === 1) nameOwners(tx).catch(() => tx.abort())
}

/** Drafts got their person into the key: two people who share a phone do not write over each other's. */
async function nameOwners(tx: Upgrade): Promise<void> {
  const drafts = tx.objectStore('drafts')
  for (const draft of await drafts.getAll())
    await drafts.put({ ...draft, draft_id: `${draft.person_id} ${draft.draft_id}` })
}

/** A later build may have added to the store while this page was open: what this one knows is still there. */
async function openStore(): Promise<IDBPDatabase<Store>> {
  const ends = { blocking: drop, terminated: drop }
  try {
    return await openDB<Store>(NAME, VERSION, { upgrade, ...ends })
  } catch (error) {
    if ((error as Error | null)?.name !== 'VersionError') throw error
    return openDB<Store>(NAME, undefined, ends)
  }
}

function inTime<T>(opening: Promise<T>): Promise<T> {
  return new Promise((done, fail) => {
    const timer = setTimeout(
      () => fail(new DOMException('the store did not open', 'UnknownError')),
      OPENING_MS,
    )
    opening.then(done, fail).finally(() => clearTimeout(timer))
  })
}

function open(): Promise<IDBPDatabase<Store>> {
  if (handle === null) {
    const opening = inTime(openStore())
    opening.catch(() => {
      if (handle === opening) handle = null
    })
    handle = opening
  }
  return handle
}

function drop() {
  void handle?.then((db) => db.close()).catch(() => undefined)
  handle = null
}

/** A handle that the system closed behind our back; a new one may work. */
function handleDied(error: unknown): boolean {
  return error instanceof Error && ['InvalidStateError', 'UnknownError', 'AbortError'].includes(error.name)
}

/** The phone has no room: nothing was saved, and the screen must say so. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && error.name === 'QuotaExceededError'
}

/** What was written before the fault is taken back, whatever the fault. */
function abort(tx: { abort: () => void }) {
  try {
    tx.abort()
  } catch {
    // It is over already.
  }
}

/**
 * One strict transaction; resolves only when it is complete on disk. `work` may run again on a new handle, so it does
 * nothing but read and write the stores.
 */
export async function transact<S extends Stores, T>(
  stores: S[],
  mode: 'readonly' | 'readwrite',
  work: (tx: Transaction<S>) => Promise<T>,
): Promise<T> {
  let relieved = !stores.some((name) => OWN.has(name))
  for (let attempt = 1; ; attempt++) {
    try {
      const db = await open()
      const tx = db.transaction(stores, mode, { durability: 'strict' })
      const result = work(tx as unknown as Transaction<S>)
      result.catch(() => abort(tx))
      const [value] = await Promise.all([result, tx.done])
      return value
    } catch (error) {
      if (isFull(error) && !relieved) {
        relieved = true
        await dropThumbs()
        continue
      }
      if (attempt >= TRIES || !handleDied(error)) throw error
      drop()
    }
  }
}

/** Finds out whether the handle still lives, so that a save after a long pause does not have to. Never throws. */
export async function probe(): Promise<void> {
  await transact(['feed'], 'readonly', (tx) => tx.objectStore('feed').getKey('feed')).catch(
    (error: unknown) => console.warn('the store does not answer', error),
  )
}
