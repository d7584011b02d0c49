/**
 * Time, chance and what the tabs of one browser share. Time stands still until nothing moves any more and then jumps to
 * the next thing that was to happen, so a schedule of days takes milliseconds and is the same each time.
 */
import { createHash } from 'node:crypto'
import { IDBFactory } from 'fake-indexeddb'
import type { Answer } from './network'
import type { Tab } from './tab'

const NOON = Date.UTC(2026, 8, 1, 4)
/** More turns of the loop than any work of a phone takes. */
const MOST_TURNS = 200_000

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** Something that may never be the case, in words. */
export class Violation extends Error {
  constructor(invariant: string, words: string) {
    super(`${invariant}: ${words}`)
  }
}

export function mustHold(holds: boolean, invariant: string, words: () => string) {
  if (!holds) throw new Violation(invariant, words())
}

interface Happening {
  at: number
  order: number
  run: () => void
}

export class World {
  /** True time, milliseconds. */
  now = NOON
  /** The phone's clock minus true time. */
  skew = 0
  /** Whose cookie the browser holds; null after it expired or was given back. */
  cookie: string | null = 'liang'
  /** No room on the phone: nothing can be put into its store. */
  full = false
  readonly factory = new IDBFactory()
  readonly startedAt = NOON
  /** `localStorage`, which its tabs share. */
  readonly kept = new Map<string, string>()
  readonly tabs: Tab[] = []
  /** Counts what the tabs do, to see when they do nothing. */
  activity = 0
  /** Found where nobody could be told at once. */
  violation: Violation | null = null
  /** Transactions and openings under way. */
  pending = 0
  private happenings: Happening[] = []
  private order = 0
  private state: number
  private held = new Map<string, Tab>()

  constructor(
    seed: number,
    readonly hasLocks: boolean,
    readonly ask: (tab: Tab, request: Asked) => Promise<Answer>,
  ) {
    this.state = seed | 0
  }

  get phoneNow(): number {
    return this.now + this.skew
  }

  /** In [0, 1); mulberry32. */
  chance(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }

  bytes(count: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length: count }, () => Math.floor(this.chance() * 256))
  }

  after(ms: number, run: () => void): () => void {
    const one = { at: this.now + Math.max(0, ms), order: this.order++, run }
    this.happenings.push(one)
    return () => (this.happenings = this.happenings.filter((other) => other !== one))
  }

  /** Until nothing moves unless time goes on. */
  async quiet(): Promise<void> {
    let still = 0
    for (let turn = 0; still < 4; turn++) {
      if (turn > MOST_TURNS) throw new Violation('liveness', 'the phone works for ever at one moment')
      const before = this.activity
      await new Promise((done) => setImmediate(done))
      still = before === this.activity && this.pending === 0 ? still + 1 : 0
    }
  }

  /** Lets time go on; `each` is called after everything that happens. */
  async pass(ms: number, each: () => void = () => undefined): Promise<void> {
    const end = this.now + ms
    await this.quiet()
    for (;;) {
      let next: Happening | undefined
      for (const one of this.happenings)
        if (one.at <= end && (!next || one.at < next.at || (one.at === next.at && one.order < next.order)))
          next = one
      if (!next) break
      const { at, run } = next
      this.happenings = this.happenings.filter((one) => one !== next)
      this.now = Math.max(this.now, at)
      run()
      await this.quiet()
      each()
    }
    this.now = end
  }

  get live(): Tab[] {
    return this.tabs.filter((tab) => tab.alive)
  }

  tell(from: Tab, name: string, message: unknown) {
    for (const tab of this.live)
      if (tab !== from)
        this.after(1, () => {
          if (tab.alive) tab.hear(name, message)
        })
  }

  /** Web Locks, as far as `ifAvailable` goes. */
  locksFor(tab: Tab) {
    return {
      request: async (
        name: string,
        options: { ifAvailable?: boolean },
        work: (lock: { name: string } | null) => Promise<unknown>,
      ) => {
        if (!options.ifAvailable) throw new Error('the drill knows locks with ifAvailable only')
        if (this.held.has(name)) return work(null)
        this.held.set(name, tab)
        try {
          return await work({ name })
        } finally {
          if (this.held.get(name) === tab) this.held.delete(name)
        }
      },
    }
  }

  /** What a closed tab held is free. */
  release(tab: Tab) {
    for (const [name, holder] of this.held) if (holder === tab) this.held.delete(name)
  }
}

/** A request as it leaves a tab. */
export interface Asked {
  path: string
  method: string
  body: string | Uint8Array | null
  /** X-Person: in whose name the phone says that it speaks. */
  speaker: string | null
  /** The cookie that the browser added. */
  cookie: string | null
}
