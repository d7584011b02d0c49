/** The one drainer: photos, then the report or step; every item by its own verdict. Safe when several tabs run it. */
import { address, backoff, due, envelope, waiting, type Item } from '../core/operations'
import { photoStored, refusalOf, verdictOf } from '../core/verdicts'
import { put, Unreachable } from './api'
import * as outbox from './outbox'
import { currentPerson, hello, onSession } from './session'

const LOCK = 'gridward-drain'
const LANES = 2
const ITEM_MS = 30_000
const PHOTO_MS = 120_000
const PROBE_MS = 60_000

let timer: ReturnType<typeof setTimeout> | undefined
let running: Promise<void> | null = null
let again = false
let signInNeeded = false

async function withLock(work: () => Promise<void>): Promise<void> {
  if (typeof navigator.locks === 'undefined') return work()
  await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
    if (lock) await work()
  })
}

async function retryLater(item: Item, retryAfterS: number | null) {
  await outbox.update(item.item_id, {
    state: 'saved',
    attempts: item.attempts + 1,
    next_try_at: Date.now() + backoff(item.attempts, Math.random(), retryAfterS),
  })
}

async function sendPhotos(item: Item): Promise<'sent' | 'stopped'> {
  for (const sha256 of item.photos) {
    const photo = await outbox.photo(sha256)
    if (!photo) {
      await outbox.update(item.item_id, {
        state: 'attention',
        refused: { status: 0, code: 'photo_lost_on_phone', facts: {} },
      })
      return 'stopped'
    }
    if (photo.stored_on_server) continue
    const reply = await put(`/api/v1/photos/${sha256}`, new Blob([photo.bytes]), 'image/jpeg', PHOTO_MS)
    if (photoStored(reply, sha256)) {
      await outbox.markPhoto(sha256, true)
      continue
    }
    const refused = refusalOf(reply)
    if (reply.status === 401 && refused) await pauseForSignIn(item)
    else if ([413, 415, 422].includes(reply.status) && refused)
      await outbox.update(item.item_id, { state: 'attention', refused })
    else await retryLater(item, Number(reply.headers['retry-after']) || null)
    return 'stopped'
  }
  return 'sent'
}

async function pauseForSignIn(item: Item) {
  signInNeeded = true
  await outbox.update(item.item_id, { state: 'sign_in' })
}

async function send(item: Item): Promise<void> {
  await outbox.update(item.item_id, { state: 'sending' })
  try {
    if ((await sendPhotos(item)) === 'stopped') return
    const verdict = verdictOf(await put(address(item), envelope(item), 'application/json', ITEM_MS), item)
    switch (verdict.verdict) {
      case 'delivered':
        return await outbox.delivered(item, verdict.receipt)
      case 'refused':
        return await outbox.update(item.item_id, { state: 'attention', refused: verdict.refused })
      case 'photos_missing':
        for (const sha256 of verdict.missing) await outbox.markPhoto(sha256, false)
        return await retryLater(item, null)
      case 'sign_in':
        return await pauseForSignIn(item)
      case 'later':
        return await retryLater(item, verdict.retryAfterS)
    }
  } catch (error) {
    await retryLater(item, null)
    if (!(error instanceof Unreachable)) throw error
  }
}

async function lane(taken: Set<string>): Promise<void> {
  for (;;) {
    const person = currentPerson()
    if (person === null || signInNeeded) return
    const item = due(await outbox.all(), person.person_id, Date.now()).find(
      (candidate) => !taken.has(candidate.ticket_id) && candidate.jurisdiction_id === person.jurisdiction_id,
    )
    if (!item) return
    taken.add(item.ticket_id)
    try {
      await send(item)
    } finally {
      taken.delete(item.ticket_id)
    }
  }
}

async function wakeUp() {
  const person = currentPerson()
  if (person === null) return
  clearTimeout(timer)
  const open = (await outbox.all()).filter((item) => item.person_id === person.person_id && waiting(item))
  if (open.length === 0) return
  const next = Math.min(...open.map((item) => item.next_try_at))
  timer = setTimeout(() => void drain(), Math.min(PROBE_MS, Math.max(250, next - Date.now())))
}

/**
 * Sends what is due; resolves when nothing more is due now. Called at start, on `online`, when the page is seen again,
 * after each save, and by its own timer. A call during a run makes the run look once more.
 */
export function drain(): Promise<void> {
  again = true
  running ??= run().finally(() => {
    running = null
    if (again) void drain()
  })
  return running
}

async function run(): Promise<void> {
  try {
    while (again) {
      again = false
      await withLock(async () => {
        const taken = new Set<string>()
        await Promise.all(Array.from({ length: LANES }, () => lane(taken)))
      })
    }
  } finally {
    await wakeUp()
  }
}

/** `sending` is never trusted after a restart; what waited for a sign-in may go once somebody signed in. */
export async function recover() {
  signInNeeded = false
  for (const item of await outbox.all())
    if (item.state === 'sending' || item.state === 'sign_in')
      await outbox.update(item.item_id, { state: 'saved', next_try_at: 0 })
}

/** The person asks to try everything now. */
export async function tryNow(): Promise<void> {
  for (const item of await outbox.all())
    if (item.state === 'saved') await outbox.update(item.item_id, { next_try_at: 0 })
  await drain()
}

export function start() {
  void recover().then(drain)
  onSession((session) => {
    if (session && signInNeeded) void recover().then(drain)
  })
  outbox.onChange(() => void wakeUp())
  addEventListener(
    'online',
    () =>
      void hello()
        .catch(() => undefined)
        .then(tryNow),
  )
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void drain()
  })
}
