/** The phone's store. Migrations only add; handles that die in the background are dropped and opened again. */
import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames } from 'idb'
import type { Item } from '../core/operations'

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
  /** Whatever the screen needs to open where it was left. */
  content: unknown
}

export interface Kept {
  key: string
  person_id: string
  at: number
  value: unknown
}

interface Store extends DBSchema {
  outbox: { key: string; value: Item; indexes: { state: string; ticket_id: string } }
  photos: { key: string; value: StoredPhoto }
  drafts: { key: string; value: Draft }
  kept: { key: string; value: Kept }
}

export type Stores = StoreNames<Store>

const NAME = 'gridward'
const VERSION = 1
const TRIES = 3

let handle: Promise<IDBPDatabase<Store>> | null = null

function open(): Promise<IDBPDatabase<Store>> {
  handle ??= openDB<Store>(NAME, VERSION, {
    upgrade(db, before) {
      if (before < 1) {
        const outbox = db.createObjectStore('outbox', { keyPath: 'item_id' })
        outbox.createIndex('state', 'state')
        outbox.createIndex('ticket_id', 'ticket_id')
        db.createObjectStore('photos', { keyPath: 'sha256' })
        db.createObjectStore('drafts', { keyPath: 'draft_id' })
        db.createObjectStore('kept', { keyPath: 'key' })
      }
    },
    blocking: () => drop(),
    terminated: () => drop(),
  })
  handle.catch(() => (handle = null))
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

/**
 * One strict transaction; resolves only when it is complete on disk. `work` may run again on a new handle, so it does
 * nothing but read and write the stores.
 */
export async function transact<S extends Stores, T>(
  stores: S[],
  mode: 'readonly' | 'readwrite',
  work: (tx: IDBPTransaction<Store, S[], 'readwrite'>) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      const db = await open()
      const tx = db.transaction(stores, mode, { durability: 'strict' })
      const result = work(tx as unknown as IDBPTransaction<Store, S[], 'readwrite'>)
      result.catch(() => undefined)
      const [value] = await Promise.all([result, tx.done])
      return value
    } catch (error) {
      if (attempt >= TRIES || !handleDied(error)) throw error
      drop()
    }
  }
}
