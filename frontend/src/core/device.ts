/** What a phone and its browser let the app do, and what a person can do about it. Pure. */
import type { InApp, Platform } from './browser'

export type Permission = 'granted' | 'denied' | 'prompt'

/** What could be found out. null: this browser does not say. */
export interface Facts {
  platform: Platform
  inApp: InApp | null
  /** Opened from the home screen. */
  installed: boolean
  online: boolean
  /** The program itself is on the phone. */
  opensOffline: boolean
  /** The store answers. */
  stores: boolean
  /** The browser agreed not to throw the store away. */
  persisted: boolean | null
  /** Bytes that may still be stored. */
  room: number | null
  location: Permission | null
  camera: Permission | null
  /** The person asked for fewer data. */
  saving: boolean
  /** Milliseconds between the server's clock and the phone's. */
  clock_ms: number | null
}

export type Topic =
  'in_app' | 'install' | 'storage' | 'location' | 'camera' | 'battery' | 'cleaner' | 'private'

export const TOPICS: readonly Topic[] = [
  'in_app',
  'install',
  'location',
  'camera',
  'storage',
  'cleaner',
  'battery',
  'private',
]

export interface Line {
  /** `good` works; `look` may cost something later; `bad` does not work; `open` cannot be known or is a choice. */
  tone: 'good' | 'look' | 'bad' | 'open'
  about:
    | 'browser'
    | 'store'
    | 'offline'
    | 'installed'
    | 'kept'
    | 'room'
    | 'location'
    | 'camera'
    | 'network'
    | 'saving'
    | 'clock'
  topic: Topic | null
  /** Photos that there is room for, or milliseconds of the clock. */
  n?: number
}

export const PHOTO_BYTES = 350_000
const ROOM_LOOK = 100
const ROOM_BAD = 3
const CLOCK_LOOK_MS = 180_000

function permission(about: 'location' | 'camera', state: Permission | null): Line {
  if (state === 'granted') return { about, tone: 'good', topic: null }
  if (state === 'denied') return { about, tone: 'bad', topic: about }
  return { about, tone: 'open', topic: about }
}

/** 「这台手机现在」: one line for each thing that matters, what is wrong first. */
export function lines(facts: Facts): Line[] {
  const found: Line[] = [
    facts.inApp
      ? { about: 'browser', tone: 'bad', topic: 'in_app' }
      : { about: 'browser', tone: 'good', topic: null },
  ]
  if (!facts.stores) found.push({ about: 'store', tone: 'bad', topic: 'private' })
  if (facts.room !== null) {
    const n = Math.floor(facts.room / PHOTO_BYTES)
    const tone = n < ROOM_BAD ? 'bad' : n < ROOM_LOOK ? 'look' : 'good'
    found.push({ about: 'room', tone, topic: tone === 'good' ? null : 'storage', n })
  }
  if (!facts.inApp) {
    found.push(
      facts.opensOffline
        ? { about: 'offline', tone: 'good', topic: null }
        : { about: 'offline', tone: 'look', topic: null },
    )
    found.push(
      facts.installed
        ? { about: 'installed', tone: 'good', topic: null }
        : { about: 'installed', tone: facts.platform === 'iphone' ? 'look' : 'open', topic: 'install' },
    )
    if (facts.persisted !== null)
      found.push(
        facts.persisted
          ? { about: 'kept', tone: 'good', topic: null }
          : { about: 'kept', tone: 'look', topic: 'cleaner' },
      )
  }
  found.push(permission('location', facts.location), permission('camera', facts.camera))
  found.push(
    facts.online
      ? { about: 'network', tone: 'good', topic: null }
      : { about: 'network', tone: 'open', topic: null },
  )
  if (facts.saving) found.push({ about: 'saving', tone: 'open', topic: null })
  if (facts.clock_ms !== null && Math.abs(facts.clock_ms) > CLOCK_LOOK_MS)
    found.push({ about: 'clock', tone: 'look', topic: null, n: facts.clock_ms })
  const weight = { bad: 0, look: 1, open: 2, good: 3 }
  return found.sort((a, b) => weight[a.tone] - weight[b.tone])
}

/** The topics in the order in which this person needs them: asked for, then what is wrong, then the rest. */
export function topicsFor(found: readonly Line[], asked: string | null): Topic[] {
  const wrong = found.flatMap(({ tone, topic }) =>
    topic && (tone === 'bad' || tone === 'look') ? [topic] : [],
  )
  const wanted = TOPICS.filter((topic) => topic === asked)
  return [...new Set([...wanted, ...wrong, ...TOPICS])]
}
