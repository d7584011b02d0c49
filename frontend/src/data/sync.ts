/** The one drainer: photos, then the report or step; every item by its own verdict. Safe when several tabs run it. */
import { address, backoff, due, envelope, nextTry, restMs, waiting, type Item } from '../core/operations'
import { photoRefused, photoStored, refusalOf, retryAfter, verdictOf, type Reply } from '../core/verdicts'
import { probe } from './db'
import { put, Unreachable } from './api'
import * as outbox from './outbox'
import { currentPerson, hello, isExpired, onSession, refused, signInsSeen } from './session'
import { inTurn } from './turn'

const LANES = 2
const ITEM_MS = 30_000
const PHOTO_MS = 120_000
const PROBE_MS = 60_000
/** A step whose forerunner the server does not know: it may still be on its way, but not for ever. */
const MOST_WAITS = 8
/** The server is too busy, perhaps only for this item. */
const BUSY = new Set([429, 503, 507])

let timer: ReturnType<typeof setTimeout> | undefined
let running: Promise<void> | null = null
let again = false
let signInNeeded = false
/** By the page's own clock, which nobody sets: the server wants to be left alone until then, or the store is out of order. */
let restUntil = 0
/** The item that was last told so: another one right after it shows that the server is too busy for anything. */
let busyWith: string | null = null
let storeFailures = 0
let answered = 0

/** How many items this run of the drainer has had answered. */
export function answeredInRun(): number {
  return answered
}

/** One item that is always answered so must not hold up the others. */
function heed(item: Item, reply: Reply) {
  const retryAfterS = retryAfter(reply)
  if (!BUSY.has(reply.status) || retryAfterS === null) busyWith = null
  else {
    if (busyWith !== null && busyWith !== item.item_id)
      restUntil = Math.max(restUntil, performance.now() + restMs(retryAfterS))
    busyWith = item.item_id
  }
}

async function retryLater(item: Item, reply: Reply | null) {
  const retryAfterS = reply && retryAfter(reply)
  const wait = backoff(item.attempts, Math.random(), retryAfterS)
  const now = Date.now()
  await outbox.tryLater(item, now + wait, retryAfterS === null ? null : now + restMs(retryAfterS))
}

async function needsAttention(item: Item, refusal: NonNullable<Item['refused']>) {
  answered += 1
  await outbox.update(item.item_id, { state: 'attention', refused: refusal })
}

async function sendPhotos(item: Item, since: number): Promise<'sent' | 'stopped'> {
  for (const sha256 of item.photos) {
    const photo = await outbox.photo(sha256)
    if (!photo) {
      await needsAttention(item, { status: 0, code: 'photo_lost_on_phone', facts: {} })
      return 'stopped'
    }
    if (photo.stored_on_server) continue
    const reply = await put(
      `/api/v1/photos/${sha256}`,
      new Blob([photo.bytes]),
      'image/jpeg',
      PHOTO_MS,
      item.person_id,
    )
    heed(item, reply)
    if (photoStored(reply, sha256)) {
      await outbox.markPhoto(sha256, true)
      continue
    }
    const code = reply.status === 401 ? refusalOf(reply)?.code : undefined
    const refusal = photoRefused(reply)
    if (code) await pauseForSignIn(item, code, since)
    else if (refusal) await needsAttention(item, refusal)
    else await retryLater(item, reply)
    return 'stopped'
  }
  return 'sent'
}

/** `since`: what `signInsSeen` said before anything of it was sent. Whoever came in meanwhile is not asked to again. */
async function pauseForSignIn(item: Item, code: string, since: number) {
  if (since !== signInsSeen()) return retryLater(item, null)
  signInNeeded = true
  await outbox.update(item.item_id, { state: 'sign_in' })
  await refused(code, since)
}

/** The step that this one builds on is not on its way to the server any more. */
async function forerunnerIsGone(item: Item): Promise<boolean> {
  if (item.kind === 'report' || item.attempts < MOST_WAITS) return false
  const before = (await outbox.all()).find((other) => other.item_id === item.after)
  return before === undefined || !waiting(before)
}

async function send(item: Item): Promise<void> {
  // A phone that is full must be able to send: that makes room.
  await outbox.update(item.item_id, { state: 'sending' }).catch(() => undefined)
  const since = signInsSeen()
  try {
    if ((await sendPhotos(item, since)) === 'stopped') return
    const reply = await put(address(item), envelope(item), 'application/json', ITEM_MS, item.person_id)
    heed(item, reply)
    const verdict = verdictOf(reply, item)
    switch (verdict.verdict) {
      case 'delivered':
        answered += 1
        return await outbox.delivered(item, verdict.receipt)
      case 'refused':
        return await needsAttention(item, verdict.refused)
      case 'photos_missing':
        for (const sha256 of verdict.missing) await outbox.markPhoto(sha256, false)
        return await retryLater(item, null)
      case 'sign_in':
        return await pauseForSignIn(item, refusalOf(reply)?.code ?? 'not_signed_in', since)
      case 'later': {
        const early = reply.status === 425 ? refusalOf(reply) : null
        if (early && (await forerunnerIsGone(item))) return await needsAttention(item, early)
        return await retryLater(item, reply)
      }
    }
  } catch (error) {
    if (!(error instanceof Unreachable)) console.warn('an item could not be sent', error)
    await retryLater(item, null)
  }
}

async function lane(taken: Set<string>): Promise<void> {
  for (;;) {
    const person = currentPerson()
    if (person === null || signInNeeded || performance.now() < restUntil) return
    const item = due(await outbox.all(), person.person_id, Date.now()).find(
      (candidate) => !taken.has(candidate.ticket_id) && candidate.jurisdiction_id === person.jurisdiction_id,
    )
    if (!item) return
    taken.add(item.ticket_id)
    try {
      await send(item)
      storeFailures = 0
    } finally {
      taken.delete(item.ticket_id)
    }
  }
}

/**
 * Wakes again when the next item is due; when the store does not say, after a while; while a sign-in is waited for, not by
 * itself. Never rejects.
 */
async function wakeUp(): Promise<void> {
  clearTimeout(timer)
  const person = currentPerson()
  if (person === null || signInNeeded) return
  let next = PROBE_MS
  try {
    const first = nextTry(await outbox.all(), person.person_id)
    if (first === null) return
    next = Math.min(PROBE_MS, Math.max(250, first - Date.now(), restUntil - performance.now()))
  } catch (error) {
    console.warn('the outbox cannot be read', error)
  }
  clearTimeout(timer)
  timer = setTimeout(() => void drain(), next)
  askToBeWoken()
}

interface WithSync extends ServiceWorkerRegistration {
  sync?: { register: (tag: string) => Promise<void> }
}

/**
 * Background Sync, where there is one, wakes an open page earlier; nothing depends on it. Asked for with a network it comes
 * at once, and every wait between two tries would be over.
 */
function askToBeWoken() {
  if (navigator.onLine) return
  void navigator.serviceWorker?.ready
    .then((worker: WithSync) => worker.sync?.register('outbox'))
    .catch(() => undefined)
}

/**
 * Sends what is due; resolves when nothing more is due now. Called at start, on `online`, when the page is seen again,
 * after each save, and by its own timer. A call during a run makes the run look once more. Never rejects: what could not
 * be sent stays, and is tried again.
 */
export function drain(): Promise<void> {
  again = true
  running ??= run()
  return running
}

/** Resolves when no sending is under way. */
export function settled(): Promise<void> {
  return running ?? Promise.resolve()
}

/** To the end: whoever waits for a run that was asked to look once more waits for that look too. */
async function run(): Promise<void> {
  try {
    do await sendAll()
    while (again)
  } finally {
    running = null
  }
}

async function sendAll(): Promise<void> {
  answered = 0
  try {
    while (again) {
      again = false
      await inTurn('drain', async () => {
        const taken = new Set<string>()
        await Promise.all(Array.from({ length: LANES }, () => lane(taken)))
      })
    }
  } catch (error) {
    console.warn('the outbox cannot be sent now', error)
    // The wait could not be written down.
    restUntil = performance.now() + backoff(++storeFailures, Math.random(), null)
  } finally {
    await wakeUp()
  }
}

/** `sending` is never trusted after a restart; what waited for a sign-in may go once somebody signed in. */
export async function recover(): Promise<void> {
  signInNeeded = false
  await outbox.wakeAll()
}

/** The person asks to try everything now. */
export async function tryNow(): Promise<void> {
  restUntil = 0
  await outbox.hurry(true)
  await drain()
}

/** The network or the page came back: waits that were only guesses are over. Never rejects. */
async function wake(): Promise<void> {
  await outbox.hurry(false).catch((error: unknown) => console.warn('the outbox cannot be read', error))
  await drain()
}

/** The page is seen again; who had to come in again may have done so in another window or browser tab. Never rejects. */
async function seen(): Promise<void> {
  await probe()
  if (signInNeeded || isExpired()) await hello().catch(() => undefined)
  await wake()
}

async function begin(): Promise<void> {
  await recover().catch((error: unknown) => console.warn('the outbox cannot be read', error))
  await drain()
}

export function start() {
  void begin()
  let known = currentPerson()?.person_id ?? null
  onSession((session) => {
    const came = session !== null && session.person_id !== known
    known = session?.person_id ?? null
    if (came || (session && signInNeeded && !isExpired())) void begin()
  })
  outbox.onChange(() => void wakeUp())
  addEventListener('online', () => void hello().then(wake, wake))
  navigator.serviceWorker?.addEventListener('message', ({ data }: MessageEvent<{ type?: string } | null>) => {
    if (data?.type === 'wake') void wake()
  })
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void seen()
  })
}
