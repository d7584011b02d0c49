/** One tab: the whole program with globals of its own, killed at any moment without a word. */
import {
  IDBCursor,
  IDBDatabase,
  IDBIndex,
  IDBKeyRange,
  IDBObjectStore,
  IDBRequest,
  IDBTransaction,
} from 'fake-indexeddb'
import type { Phone, Program } from './program'
import { TabStore, type StoreFault } from './store'
import { sha256, type World } from './world'

/** Bytes to send, readable at once. */
export class Parcel {
  constructor(readonly parts: ArrayBuffer[]) {}
}

interface Place {
  lon: number
  lat: number
  accuracy_m: number
  /** Milliseconds. */
  at: number
}

type Heard = (event: { type: string; data?: unknown }) => void

export class Tab {
  alive = true
  /** Its store failed once: it may have forgotten what it was told. */
  faulted = false
  /** So many steps more until the system kills it; null: it lives. */
  fuse: number | null = null
  /** What befalls its next transactions; null entries go well. */
  storeFaults: (StoreFault | null)[] = []
  visibility: 'visible' | 'hidden' = 'visible'
  readonly phone: Phone
  private readonly store: TabStore
  private readonly ears = new Map<string, Set<Heard>>()
  private readonly channels = new Map<string, Set<Heard>>()
  private readonly watchers: ((found: object) => void)[] = []

  constructor(
    readonly world: World,
    program: Program,
  ) {
    this.store = new TabStore(this)
    world.tabs.push(this)
    this.phone = program(this.globals())
  }

  /** A step of the program that the system may kill it at. */
  tick(_what: string) {
    this.world.activity++
    if (!this.alive || this.fuse === null) return
    if (this.fuse-- <= 0) this.die()
  }

  die() {
    if (!this.alive) return
    this.alive = false
    this.store.die()
    this.world.release(this)
  }

  nextStoreFault(): StoreFault | null {
    const fault = this.storeFaults.shift() ?? null
    if (fault !== null || this.world.full) this.faulted = true
    return fault
  }

  hear(channel: string, message: unknown) {
    for (const hear of this.channels.get(channel) ?? []) hear({ type: 'message', data: message })
  }

  /** `online`, `visibilitychange` and the like. */
  happen(type: string) {
    for (const hear of [...(this.ears.get(type) ?? [])]) hear({ type })
  }

  /** The phone finds out where it is. */
  move({ lon, lat, accuracy_m, at }: Place) {
    if (!this.alive) return
    const found = { coords: { longitude: lon, latitude: lat, accuracy: accuracy_m }, timestamp: at }
    for (const hear of this.watchers) hear?.(found)
  }

  private listen = (type: string, hear: Heard) => {
    this.ears.set(type, (this.ears.get(type) ?? new Set()).add(hear))
  }

  private fetch = async (input: Request | string, init: RequestInit = {}) => {
    const { world } = this
    this.tick('a request leaves')
    const request = typeof input === 'string' ? null : input
    const headers = new Headers(init.headers ?? request?.headers)
    const sent = init.body ?? (request?.body ? await request.text() : null)
    const asked = {
      path: request ? new URL(request.url).pathname : (input as string),
      method: init.method ?? request?.method ?? 'GET',
      body: sent instanceof Parcel ? new Uint8Array(sent.parts[0]!) : typeof sent === 'string' ? sent : null,
      speaker: headers.get('x-person'),
      cookie: world.cookie,
    }
    if (!this.alive) return new Promise<never>(() => undefined)
    return new Promise<unknown>((answered, failed) => {
      const told = (tell: () => void) => {
        this.tick('an answer comes')
        if (this.alive) tell()
      }
      init.signal?.addEventListener('abort', () => failed(new DOMException('timed out', 'AbortError')))
      world.ask(this, asked).then(
        (answer) => told(() => answered(answer)),
        (error: unknown) => told(() => failed(error)),
      )
    })
  }

  private timer = (run: () => void, ms = 0) =>
    this.world.after(ms, () => {
      if (!this.alive) return
      this.tick('a timer')
      if (this.alive) run()
    })

  private every = (run: () => void, ms: number) => {
    let stop = () => undefined as void
    const again = () => {
      stop = this.timer(() => {
        again()
        run()
      }, ms)
    }
    again()
    return () => stop()
  }

  private globals(): Record<string, unknown> {
    const { world, channels, ears, listen } = this
    const opened = world.now
    const visibility = () => this.visibility
    const tell = (channel: string, message: unknown) => {
      if (this.alive) world.tell(this, channel, message)
    }
    class PhoneDate extends Date {
      constructor(...parts: [] | [number | string]) {
        super(parts.length ? parts[0] : world.phoneNow)
      }
      static override now() {
        return world.phoneNow
      }
    }
    class Channel {
      constructor(readonly name: string) {}
      addEventListener(_: string, hear: Heard) {
        channels.set(this.name, (channels.get(this.name) ?? new Set()).add(hear))
      }
      postMessage(message: unknown) {
        tell(this.name, message)
      }
    }
    const chance = Object.create(Math) as Math
    chance.random = () => world.chance()
    const clear = (stop: unknown) => (typeof stop === 'function' ? (stop as () => void)() : undefined)
    const document = {
      addEventListener: listen,
      removeEventListener: (type: string, hear: Heard) => ears.get(type)?.delete(hear),
      get visibilityState() {
        return visibility()
      },
    }
    // As a browser that believes to be online: the event comes as soon as it is asked for.
    const serviceWorker = {
      addEventListener: (type: string, hear: Heard) =>
        listen(`worker's ${type}`, (event) => hear({ ...event, data: { type: 'wake' } })),
      ready: Promise.resolve({
        sync: { register: async () => void this.timer(() => this.happen("worker's message"), 10) },
      }),
    }
    const geolocation = {
      watchPosition: (hear: (found: object) => void) => this.watchers.push(hear),
      clearWatch: (id: number) => delete this.watchers[id - 1],
    }
    const localStorage = {
      getItem: (key: string) => world.kept.get(key) ?? null,
      setItem: (key: string, value: string) => void world.kept.set(key, value),
      removeItem: (key: string) => void world.kept.delete(key),
    }
    return {
      indexedDB: this.store.indexedDB,
      IDBCursor,
      IDBDatabase,
      IDBIndex,
      IDBKeyRange,
      IDBObjectStore,
      IDBRequest,
      IDBTransaction,
      fetch: this.fetch,
      Blob: Parcel,
      Date: PhoneDate,
      Math: chance,
      performance: { now: () => world.now - opened },
      setTimeout: this.timer,
      clearTimeout: clear,
      setInterval: this.every,
      clearInterval: clear,
      BroadcastChannel: Channel,
      navigator: {
        onLine: true,
        geolocation,
        serviceWorker,
        ...(world.hasLocks ? { locks: world.locksFor(this) } : {}),
      },
      localStorage,
      location: { origin: 'http://phone.test', href: 'http://phone.test/report' },
      crypto: {
        randomUUID: () => {
          const hex = Buffer.from(world.bytes(16)).toString('hex')
          return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
        },
        getRandomValues: (into: Uint8Array) => (into.set(world.bytes(into.length)), into),
        subtle: {
          digest: async (_: string, content: ArrayBuffer | Uint8Array) =>
            Uint8Array.from(Buffer.from(sha256(new Uint8Array(content)), 'hex')).buffer,
        },
      },
      document,
      addEventListener: listen,
      removeEventListener: document.removeEventListener,
      console: { ...console, warn: () => undefined, error: () => undefined },
    }
  }
}
