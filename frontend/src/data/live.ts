/**
 * What the server knows, as this phone holds it. The server is asked at the start, after each delivered item, when the
 * network or the page comes back, and every half minute while somebody looks.
 */
import { nearBy } from '../core/tickets'
import type { Position, TicketBrief } from '../core/shapes'
import { Problem } from './api'
import type { Feed, HeldRow } from './db'
import { holdAhead } from './ahead'
import { follow, NotMine, prune, readHeld } from './feed'
import { onDelivered } from './outbox'
import { currentPerson, isExpired, onSession, refused, signInsSeen } from './session'
import { inTurn } from './turn'

const EVERY_MS = 30_000
const LAST_STEP_MS = 300_000
/** During a long snapshot the lists grow in steps, not page by page. */
const SHOW_EVERY_MS = 1_000

export interface Standing {
  /** Every scope of mine is held whole. */
  complete: boolean
  /** Milliseconds of the phone when it was last in step with the server. */
  at: number | null
  /** Why the last try did not come to its end. */
  behind: unknown
}

let tickets: readonly TicketBrief[] | null = null
let reading: Promise<readonly TicketBrief[]> | null = null
let standing: Standing = { complete: false, at: null, behind: null }
let shownAt = 0
let heldFor: string | null = null

const hearers = new Set<() => void>()
const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('gridward-rows')
channel?.addEventListener('message', () => void show().catch(() => undefined))

/** Calls `hear` when what is held has changed, also by another tab. Returns how to stop. */
export function onRows(hear: () => void): () => void {
  hearers.add(hear)
  return () => hearers.delete(hear)
}

/** Every ticket that this phone holds for the person signed in, each once, as its newest copy says. */
export async function rows(): Promise<readonly TicketBrief[]> {
  return tickets ?? (reading ??= show().finally(() => (reading = null)))
}

export function heldStanding(): Standing {
  return standing
}

/** Open tickets of a kind within `radius_m` metres of a place, nearest first, from what this phone holds. */
export async function near(
  category: string,
  place: Position,
  radius_m: number,
): Promise<{ ticket: TicketBrief; metres: number }[]> {
  return nearBy(await rows(), category, place, radius_m)
}

function newest(held: readonly HeldRow[]): TicketBrief[] {
  const found = new Map<string, HeldRow>()
  for (const row of held) {
    const other = found.get(row.id)
    if (!other || other.version < row.version) found.set(row.id, row)
  }
  return [...found.values()].map((row) => row.data)
}

async function show(): Promise<readonly TicketBrief[]> {
  const person = currentPerson()?.person_id ?? null
  const { feed, rows: held } = await readHeld()
  const mine = feed !== null && feed.person_id === person
  if (person === (currentPerson()?.person_id ?? null)) {
    tickets = mine ? newest(held) : []
    heldFor = person
    shownAt = Date.now()
    standing = { ...standing, ...standingOf(mine ? feed : null) }
    hearers.forEach((hear) => hear())
  }
  return tickets ?? []
}

function standingOf(feed: Feed | null): Omit<Standing, 'behind'> {
  return {
    complete:
      feed !== null && feed.scope_rev !== null && feed.wanted.every((one) => feed.scopes.includes(one)),
    at: feed?.at ?? null,
  }
}

let touched = false

function heard() {
  touched = true
  channel?.postMessage(null)
  if (Date.now() - shownAt > SHOW_EVERY_MS) void show().catch(() => undefined)
}

let running: Promise<void> | null = null
let again = false
let pruned = false
let failures = 0
/** By the page's own clock, which nobody sets: before then the server wants to be left alone. */
let notBefore = 0
let timer: ReturnType<typeof setTimeout> | undefined

/** Asks what is new; resolves when the phone is in step, or cannot be now (see `heldStanding`). Never rejects. */
export function pull(): Promise<void> {
  again = true
  running ??= run().finally(() => {
    running = null
    schedule()
  })
  return running
}

async function run(): Promise<void> {
  while (again) {
    again = false
    const person = currentPerson()
    if (person === null || performance.now() < notBefore) return
    const since = signInsSeen()
    try {
      touched = false
      let feed: Feed | null = null
      const did = await inTurn('pull', async () => {
        feed = await follow(person.person_id, heard)
        if (pruned) return
        await prune(feed)
        pruned = touched = true
      })
      failures = 0
      standing = { ...standing, ...(feed ? standingOf(feed) : {}), behind: null }
      // Where nothing has changed, a large list is not read again every half minute.
      if (touched || tickets === null || heldFor !== person.person_id) await show()
      else hearers.forEach((hear) => hear())
      if (did && tickets) void holdAhead(tickets)
    } catch (error) {
      failures += 1
      standing = { ...standing, behind: error }
      if (error instanceof Problem) {
        notBefore = performance.now() + (error.retryAfterS ?? 0) * 1000
        if (error.refused.status === 401) await refused(error.refused.code, since)
      } else if (!(error instanceof NotMine) && (error as Error).name !== 'Unreachable')
        console.warn('the feed cannot be followed', error)
      await show().catch(() => undefined)
      return
    }
  }
}

function schedule() {
  clearTimeout(timer)
  if (typeof document === 'undefined' || document.visibilityState !== 'visible') return
  const step = Math.min(LAST_STEP_MS, EVERY_MS * 2 ** Math.min(failures, 4))
  const own = step * (0.8 + 0.4 * Math.random())
  timer = setTimeout(() => void pull(), Math.max(own, notBefore - performance.now()))
}

export function startLive() {
  onDelivered(() => void pull())
  onSession((session) => {
    if ((session?.person_id ?? null) === heldFor) {
      if (standing.behind instanceof Problem && session && !isExpired()) void pull()
      return
    }
    tickets = null
    heldFor = session?.person_id ?? null
    standing = { complete: false, at: null, behind: null }
    void show().catch(() => undefined)
    void pull()
  })
  addEventListener('online', () => void pull())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void pull()
    else clearTimeout(timer)
  })
  void show().catch(() => undefined)
  void pull()
}
