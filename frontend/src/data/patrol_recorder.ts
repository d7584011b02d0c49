/**
 * The patrol that is under way on this phone. Positions are recorded from its start to its end and at no other time; what
 * was recorded is on the disk after ten seconds at most, so that a page that is killed goes on where it was.
 */
import {
  isWorth,
  PART_FIXES,
  PART_S,
  readFixes,
  WALK_DRAFT,
  writeFixes,
  type Fix,
  type WalkNumbers,
} from '../core/patrols'
import { readDraft, saveDraft } from './drafts'
import { follow, type NoFix } from './location'
import { newId, tell } from './outbox'
import { currentPerson, onSession } from './session'
import { drain } from './sync'
import { markWalking } from './walking'

const DRAFT = WALK_DRAFT
const OPENS = '/patrol'
const SAVE_MS = 10_000

export interface CheckedIn {
  item_id: string
  checkpoint_id: string | null
  how: 'position' | 'code'
  /** Seconds of the phone's clock. */
  at: number
}

/** What the phone keeps of it. `part`: written positions since `part_since` that are in no message yet; `told`: those that are. */
interface Kept {
  patrol_id: string
  plan_id: string | null
  plan_name: string | null
  started_at: number
  device: string
  told: { since: number; fixes: string }[]
  part: Fix[]
  checked: CheckedIn[]
  /** What could not be said to be saved and may be all the same: it is tried again as it was, under its id. */
  trying?: { item_id: string; count: number } | null
  ending?: string
}

export interface Walk extends Omit<Kept, 'told' | 'part' | 'trying' | 'ending'> {
  fixes: readonly Fix[]
}

export interface Standing {
  walk: Walk | null
  /** It goes on from before the page was closed. */
  resumed: boolean
  /** The last position, also one that was not worth keeping. */
  here: Fix | null
  noFix: NoFix | null
  /** The screen stays on by itself; null: this phone cannot. */
  awake: boolean | null
  /** What could not be stored. */
  failed: unknown
}

let kept: Kept | null = null
let fixes: Fix[] = []
let standing: Standing = { walk: null, resumed: false, here: null, noFix: null, awake: null, failed: null }
let stop: (() => void) | null = null
let lock: WakeLockSentinel | null = null
let saver: ReturnType<typeof setInterval> | undefined
let dirty = false
let owner: string | null = null
let rules: WalkNumbers | undefined
/** One after another: a message is made of what the one before has left. */
let turn: Promise<unknown> = Promise.resolve()
const hearers = new Set<(standing: Standing) => void>()

export function onWalk(hear: (standing: Standing) => void): () => void {
  hearers.add(hear)
  hear(standing)
  return () => hearers.delete(hear)
}

function say(change: Partial<Standing> = {}) {
  const walk = kept && { ...kept, fixes }
  standing = { ...standing, ...change, walk }
  hearers.forEach((hear) => hear(standing))
}

function queue<T>(work: () => Promise<T>): Promise<T> {
  const next = turn.then(work, work)
  turn = next.catch(() => undefined)
  return next
}

/** Resolves when everything that was to be stored is. */
export function settled(): Promise<void> {
  return queue(async () => undefined)
}

let reading: Promise<void> | null = null

/** Goes on with a patrol that was under way when the page was closed. What lies between is a gap. */
export function resume(): Promise<void> {
  reading ??= read().finally(() => (reading = null))
  return reading
}

async function read() {
  if (kept !== null) return
  const found = await readDraft<Kept>(DRAFT)
  if (found === null) {
    markWalking(null)
    return say()
  }
  kept = found
  fixes = [...found.told.flatMap((one) => readFixes(one.fixes, one.since)), ...found.part]
  standing = { ...standing, resumed: true }
  begin()
}

function begin() {
  owner = currentPerson()?.person_id ?? null
  markWalking(owner)
  stop ??= follow(
    (fix) => hear({ at: Math.round(fix.at / 1000), lon: fix.lon, lat: fix.lat, accuracy_m: fix.accuracy_m }),
    (noFix) => say({ noFix }),
  )
  saver ??= setInterval(() => dirty && void queue(save), SAVE_MS)
  void stayAwake()
  document.addEventListener('visibilitychange', seen)
  say()
}

function seen() {
  if (document.visibilityState === 'visible') void stayAwake()
  else if (dirty) void queue(save)
}

async function stayAwake() {
  if (!('wakeLock' in navigator)) return say({ awake: null })
  if (kept === null || (lock && !lock.released)) return
  try {
    lock = await navigator.wakeLock.request('screen')
    lock.addEventListener('release', () => say({ awake: false }))
    say({ awake: true })
  } catch {
    // A phone that saves its battery says no.
    say({ awake: false })
  }
}

onSession((session) => {
  // Another person has this phone now: nobody is followed whose patrol this is not. It stays where it is for its own.
  if (kept !== null && session?.person_id !== owner) pause()
})

function hear(fix: Fix) {
  if (kept === null) return
  if (isWorth(fixes.at(-1) ?? null, fix, rules)) {
    fixes = [...fixes, fix]
    kept.part.push(fix)
    dirty = true
    const first = kept.part[0]!
    if (kept.part.length >= PART_FIXES || fix.at - first.at >= PART_S) void queue(part)
  }
  say({ here: fix, noFix: null })
}

async function save() {
  if (kept === null) return
  dirty = false
  try {
    await saveDraft(DRAFT, kept, OPENS)
    if (standing.failed) say({ failed: null })
  } catch (failed) {
    dirty = true
    say({ failed })
  }
}

const path = (patrol_id: string) => (op_id: string) => `/api/v1/patrols/${patrol_id}/operations/${op_id}`

/** What an item is stands in its type; the screen has the words, also where the recorder runs without one. */
function label(type: string, place = kept?.plan_name) {
  return { kind: type, place: place ?? '', picture: null }
}

/** In one transaction: the message is in the outbox, and the positions in it are no more to be told. */
async function part() {
  if (kept === null || kept.part.length === 0) return
  kept.trying ??= { item_id: newId(), count: kept.part.length }
  const { item_id, count } = kept.trying
  const sent = kept.part.slice(0, count)
  const since = sent[0]!.at
  const text = writeFixes(sent, since)
  const told = [...kept.told, { since, fixes: text }]
  const next: Kept = { ...kept, told, part: kept.part.slice(count), trying: null }
  try {
    await tell(
      {
        item_id,
        ticket_id: kept.patrol_id,
        type: 'positions',
        path: path(kept.patrol_id),
        after: kept.patrol_id,
        says: { type: 'positions' },
        body: { since: new Date(since * 1000).toISOString(), fixes: text, device: kept.device },
        photos: [],
        label: label('positions'),
      },
      { draft_id: DRAFT, content: next, opens: OPENS },
    )
  } catch (failed) {
    return say({ failed })
  }
  // Somebody else may have this phone now.
  if (kept?.patrol_id !== next.patrol_id) return
  // What came while it was stored is the beginning of the next one.
  kept = { ...next, part: kept.part.slice(count), checked: kept.checked }
  dirty = kept.part.length > 0
  say({ failed: null })
  void drain()
}

/** Begins a patrol; throws when it could not be stored. */
export function start(plan: { plan_id: string; name: string } | null, numbers?: WalkNumbers): Promise<void> {
  return queue(async () => {
    // One that could not be said to have begun may be under way all the same.
    await resume()
    if (kept !== null) return
    rules = numbers
    const patrol_id = newId()
    const content: Kept = {
      patrol_id,
      plan_id: plan?.plan_id ?? null,
      plan_name: plan?.name ?? null,
      started_at: Math.round(Date.now() / 1000),
      device: newId().slice(-12),
      told: [],
      part: [],
      checked: [],
    }
    await tell(
      {
        item_id: patrol_id,
        ticket_id: patrol_id,
        type: 'start',
        path: () => `/api/v1/patrols/${patrol_id}`,
        after: null,
        says: {},
        body: { plan_id: content.plan_id },
        photos: [],
        label: label('start', content.plan_name),
      },
      { draft_id: DRAFT, content, opens: OPENS },
    )
    kept = content
    fixes = []
    begin()
    void drain()
  })
}

/** Tells that the walker is at a checkpoint, by position or by the code that hangs there; throws when it was not stored. */
export function checkIn(claim: { checkpoint_id: string; location: Fix } | { code: string }): Promise<void> {
  return queue(async () => {
    if (kept === null) return
    const patrol_id = kept.patrol_id
    const item_id = newId()
    const byCode = 'code' in claim
    const checked: CheckedIn = {
      item_id,
      checkpoint_id: byCode ? null : claim.checkpoint_id,
      how: byCode ? 'code' : 'position',
      at: Math.round(Date.now() / 1000),
    }
    const here = byCode ? standing.here : claim.location
    const next: Kept = { ...kept, checked: [...kept.checked, checked] }
    await tell(
      {
        item_id,
        ticket_id: patrol_id,
        type: 'check_in',
        path: path(patrol_id),
        after: patrol_id,
        says: { type: 'check_in' },
        body: {
          how: checked.how,
          ...(byCode ? { code: claim.code } : { checkpoint_id: claim.checkpoint_id }),
          location: here && { lon: here.lon, lat: here.lat, accuracy_m: here.accuracy_m },
        },
        photos: [],
        label: label('check_in'),
      },
      { draft_id: DRAFT, content: next, opens: OPENS },
    )
    // Somebody else may have this phone now.
    if (kept?.patrol_id === patrol_id) {
      kept = { ...next, part: kept.part }
      say()
    }
    void drain()
  })
}

/** Ends it: what was recorded is in the outbox, and nothing is recorded any more. Throws when it was not stored. */
export function end(): Promise<void> {
  return queue(async () => {
    if (kept === null) return
    const patrol_id = kept.patrol_id
    // Also what comes while the part before it is stored.
    while (kept?.patrol_id === patrol_id && kept.part.length > 0) {
      await part()
      if (standing.failed) throw standing.failed
    }
    if (kept?.patrol_id !== patrol_id) return
    kept.ending ??= newId()
    await tell(
      {
        item_id: kept.ending,
        ticket_id: patrol_id,
        type: 'end',
        path: path(patrol_id),
        after: patrol_id,
        says: { type: 'end' },
        body: {},
        photos: [],
        label: label('end'),
      },
      { draft_id: DRAFT, content: null, opens: null },
    )
    halt()
    void drain()
  })
}

function halt() {
  markWalking(null)
  pause()
}

function pause() {
  stop?.()
  stop = null
  clearInterval(saver)
  saver = undefined
  dirty = false
  kept = null
  fixes = []
  document.removeEventListener('visibilitychange', seen)
  void lock?.release().catch(() => undefined)
  lock = null
  say({ resumed: false, here: null, noFix: null, awake: null, failed: null })
}
