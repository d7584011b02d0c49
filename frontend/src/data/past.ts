/** Another system's tickets from a file: looked at first, then brought in by the thousand. */
import type { Picked } from '../core/past'
import { body, client, Problem, Unreachable, withFile } from './api'
import type { components } from './schema'

type Schemas = components['schemas']
export type PastFile = Schemas['PastFileIn']
export type PastColumnsShown = Schemas['PastColumnsShown']
export type PastShown = Schemas['PastShown']
export type PastAbout = Schemas['PastAbout']
export type PutIn = Schemas['PastPutIn']

/** What the server takes; a larger file is split, or brought by the command. */
export const MOST_BYTES = 6_000_000

/** The columns of a file and what each is taken for; nothing is stored. */
export async function pastColumns(
  file: Pick<PastFile, 'name' | 'content' | 'crs'>,
): Promise<PastColumnsShown> {
  return body(client.POST('/api/v1/past-tickets/columns', { body: file, fetch: withFile }))
}

/** What a file would bring; nothing is stored. */
export async function pastDraft(file: PastFile): Promise<PastShown> {
  return body(client.POST('/api/v1/past-tickets/draft', { body: file, fetch: withFile }))
}

/** The next thousand rows of a file that was looked at. */
export async function putInNext(file: PastFile, seen: string): Promise<PutIn> {
  return body(client.POST('/api/v1/past-tickets/imports', { body: { ...file, seen }, fetch: withFile }))
}

/** What passes by itself: an earlier request that is still at work, a crowd, a slow network. */
const PASSING = new Set(['import_under_way', 'overloaded', 'database_unavailable', 'request_too_slow'])
const TRIES = 20
const PAUSE_S = 3

function passes(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Problem && PASSING.has(error.refused.code))
}

async function wait(seconds: number): Promise<void> {
  await new Promise((done) => setTimeout(done, seconds * 1000))
}

/**
 * Sends again and again until no rows are left or somebody stops it, and tells of each time. A connection that breaks is
 * waited out: the server goes on from what it has, so a request whose answer was lost doubles nothing.
 */
export async function putInAll(
  send: () => Promise<PutIn>,
  tell: (one: PutIn) => unknown,
  stop: AbortSignal,
  pause: (seconds: number) => Promise<void> = wait,
): Promise<void> {
  let failed = 0
  while (!stop.aborted) {
    try {
      const one = await send()
      failed = 0
      tell(one)
      if (one.left === 0) return
    } catch (error) {
      failed += 1
      if (!passes(error) || failed > TRIES) throw error
      await pause((error instanceof Problem && error.retryAfterS) || PAUSE_S)
    }
  }
}

/** What is declared about a file beside its columns and words; empty: as the file says. */
export interface Declared {
  time_zone: string
  crs: string
  dates: '' | 'month-first' | 'day-first'
  exchanged: boolean
  system: string
}

/** All of it, kept so that after a reload the same file is read the same way. */
export interface Said {
  /** Name and size of the file. */
  of: string
  fields: Picked
  categories: Record<string, string>
  units: Record<string, string>
  declared: Declared
}

const SAID = 'setup.past'

/** What was said last, if it was about this file. */
export function saidOf(of: string): Said | null {
  try {
    const kept = JSON.parse(localStorage.getItem(SAID) ?? 'null') as Said | null
    return kept?.of === of ? kept : null
  } catch {
    return null
  }
}

export function keepSaid(said: Said): void {
  localStorage.setItem(SAID, JSON.stringify(said))
}
