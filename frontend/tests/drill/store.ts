/** IndexedDB as a tab has it: in memory, with faults, and gone with its tab. Also read past the program, by the drill. */
import { IDBOpenDBRequest, forceCloseDatabase } from 'fake-indexeddb'
import type { Item } from '../../src/core/operations'
import type { Draft, StoredPhoto } from '../../src/data/db'
import type { Tab } from './tab'

/** What may go wrong with the next transaction. `unheard`: it is on the disk, and the handle died before it could say so. */
export type StoreFault = 'handle_died' | 'closed' | 'aborted' | 'unknown' | 'full' | 'unheard'

/** The parts of the in-memory database that are not its public face. */
interface Inside extends IDBTransaction {
  _state: string
  _requests: unknown[]
  _start: () => void
  _abort: (error: string | null) => void
}
interface RawStore {
  records: { values(): Iterable<{ value: unknown }> }
}
interface RawFactory {
  _databases: Map<string, { rawObjectStores: Map<string, RawStore> }>
}

function rows(factory: IDBFactory, store: string): unknown[] {
  const database = (factory as unknown as RawFactory)._databases.get('gridward')
  const raw = database?.rawObjectStores.get(store)
  return raw ? Array.from(raw.records.values(), (record) => record.value) : []
}

/** What is on the phone now, committed or not: ask when nothing moves. */
export const onPhone = {
  items: (factory: IDBFactory) => rows(factory, 'outbox') as Item[],
  photos: (factory: IDBFactory) => rows(factory, 'photos') as StoredPhoto[],
  drafts: (factory: IDBFactory) => rows(factory, 'drafts') as Draft[],
}

/** The store of one tab. */
export class TabStore {
  private readonly handles = new Set<IDBDatabase>()
  private readonly under = new Set<Inside>()

  constructor(private readonly tab: Tab) {}

  /** As `indexedDB`. */
  get indexedDB() {
    return { open: (name: string, version?: number) => this.open(name, version) }
  }

  private open(name: string, version?: number) {
    const { world } = this.tab
    // A dead tab's request is never answered.
    if (!this.tab.alive) return new IDBOpenDBRequest()
    const request = version === undefined ? world.factory.open(name) : world.factory.open(name, version)
    world.pending++
    const over = () => world.pending--
    request.addEventListener('upgradeneeded', (event) => {
      this.tab.tick('the store is made')
      if (this.tab.alive) return
      event.stopImmediatePropagation()
      request.transaction?.abort()
    })
    request.addEventListener('success', (event) => {
      over()
      this.tab.tick('the store is open')
      if (!this.tab.alive) {
        event.stopImmediatePropagation()
        return request.result.close()
      }
      this.watch(request.result)
    })
    request.addEventListener('error', over)
    return request
  }

  private watch(db: IDBDatabase) {
    const begin = db.transaction.bind(db)
    this.handles.add(db)
    db.transaction = ((stores: string[], mode: IDBTransactionMode, options?: IDBTransactionOptions) => {
      this.tab.tick('a transaction begins')
      const fault = this.tab.alive ? this.tab.nextStoreFault() : null
      if (!this.tab.alive || fault === 'handle_died')
        throw new DOMException('it is closing', 'InvalidStateError')
      if (fault === 'closed') {
        forceCloseDatabase(db as never)
        throw new DOMException('it is closed', 'InvalidStateError')
      }
      const tx = begin(stores, mode, options) as unknown as Inside
      this.follow(tx, fault)
      return tx
    }) as typeof db.transaction
  }

  private follow(tx: Inside, fault: StoreFault | null) {
    const { tab } = this
    const { world } = tab
    world.pending++
    this.under.add(tx)
    const over = () => {
      if (this.under.delete(tx)) world.pending--
    }
    tx.addEventListener('abort', over)
    tx.addEventListener('complete', (event) => {
      over()
      // What is on disk may not have been said yet.
      tab.tick('a transaction is complete')
      if (!tab.alive) event.stopImmediatePropagation()
      else if (fault === 'unheard') Object.assign(event, { type: 'abort' })
    })
    let wrote = false
    const store = tx.objectStore.bind(tx)
    tx.objectStore = ((name: string) => {
      const found = store(name)
      for (const verb of ['put', 'add'] as const) {
        const write = Object.getPrototypeOf(found)[verb].bind(found) as typeof found.put
        found[verb] = (value: unknown) => {
          wrote = true
          return write(value)
        }
      }
      return found
    }) as typeof tx.objectStore
    const go = tx._start.bind(tx)
    tx._start = () => {
      world.activity++
      const committing = tx._requests.length === 0 && tx._state !== 'finished'
      const failure = fault !== null && fault !== 'unheard' ? fault : world.full && wrote ? 'full' : null
      if (!committing || failure === null || (failure === 'full' && !wrote)) return go()
      tx._abort(
        { aborted: null, unknown: 'UnknownError', full: 'QuotaExceededError' }[failure as 'full'] ?? null,
      )
    }
  }

  /** The tab is gone: what was not committed never was. */
  die() {
    for (const tx of this.under)
      if (tx._state !== 'finished') {
        tx._state = 'active'
        tx._abort(null)
      }
    for (const tx of [...this.under]) if (this.under.delete(tx)) this.tab.world.pending--
    for (const db of this.handles) db.close()
  }
}
