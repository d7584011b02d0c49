/** The wire: typed reads and commands, and raw PUTs for what the outbox sends. Nothing else calls `fetch`. */
import createClient from 'openapi-fetch'
import type { Refused } from '../core/operations'
import { eventReader, type StreamEvent } from '../core/stream'
import { refusalOf, retryAfter, type Reply } from '../core/verdicts'
import type { paths } from './schema'

const READ_MS = 15_000
/** A file is some megabytes, and is read before it is answered. */
const FILE_MS = 60_000
const PICTURE_MS = 20_000
/** Every answer of our server that is no refusal bears it. */
const MARK = 'x-app-ack'

/** The server said no, with a stable code. */
export class Problem extends Error {
  constructor(
    readonly refused: Refused,
    /** How long the server wants to be left alone, in seconds. */
    readonly retryAfterS: number | null = null,
  ) {
    super(refused.code)
  }
}

/** No answer from our server: no network, a captive page, a time-out. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

/** Names this run of the page; monotonic times compare only within one. */
export const boot = crypto.randomUUID()

export interface Measured {
  offset_ms: number
  /** The phone's clock when it was measured. */
  at: string
}

let measured: Measured | null = null

/** Server time minus phone time as last measured, with the phone's time of the measurement. */
export function clockOffset() {
  return measured
}

/** What an earlier run of the page had measured: the last contact may lie days back. */
export function restoreClock(earlier: Measured) {
  measured ??= earlier
}

/** `sent` and `received` in the phone's milliseconds; half of the way is taken off. */
export function measureClock(serverTime: string, sent: number, received: number) {
  const server = Date.parse(serverTime)
  if (Number.isNaN(server)) return
  measured = { offset_ms: Math.round(server - (sent + received) / 2), at: new Date(received).toISOString() }
}

/** A fetch with a limit in time, the answer's body included; null without an answer. */
async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), ms)
  try {
    return await work(stop.signal)
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}

async function replyOf(response: Response): Promise<Reply> {
  const headers: Record<string, string> = {}
  response.headers.forEach((value, name) => (headers[name.toLowerCase()] = value))
  return { status: response.status, headers, text: await response.text().catch(() => null) }
}

let speaker: string | null = null

/**
 * Names the person whose words all reads and commands are; the server refuses them (`other_person`) when the cookie is
 * somebody else's, as it may be on a phone that two people use.
 */
export function speakFor(person_id: string | null) {
  speaker = person_id
}

/** Headers for what the browser fetches for us: tiles of a map. */
export function spoken(): Record<string, string> {
  return speaker === null ? {} : { 'X-Person': speaker }
}

function asking(ms: number): (request: Request) => Promise<Response> {
  return async (request) => {
    if (speaker !== null) request.headers.set('X-Person', speaker)
    const response = await within(ms, (signal) => fetch(request, { signal, credentials: 'same-origin' }))
    if (response === null) throw new Unreachable()
    if (response.ok) {
      // A captive page may answer 200 and JSON: what stays on the phone, nobody else may have said.
      if (!response.headers.has(MARK)) throw new Unreachable()
      if (!response.headers.get('content-type')?.includes('json') && response.status !== 204)
        throw new Unreachable()
      return response
    }
    // Asked with `If-None-Match`: what the phone holds is still so.
    if (response.status === 304) return response
    const reply = await replyOf(response)
    const refused = refusalOf(reply)
    if (refused === null) throw new Unreachable()
    throw new Problem(refused, retryAfter(reply))
  }
}

export const client = createClient<paths>({
  baseUrl: location.origin,
  headers: { 'X-Gridward': '1', Accept: 'application/json' },
  fetch: asking(READ_MS),
})

/** What a call that carries a file is fetched with. */
export const withFile = asking(FILE_MS)

/** The data of a call that did not throw; nothing where the answer has none to give (204). */
export async function body<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, response } = await call
  if (data === undefined && response.status !== 204) throw new Unreachable()
  return data as T
}

const SILENCE_MS = 40_000

/**
 * Server-sent events from where `last` left off, as long as they come; resolves when the server ended them. Throws
 * `Problem`, and `Unreachable` when the connection broke or nothing was said for so long that it must have.
 */
export async function events(
  path: string,
  last: string | null,
  hear: (event: StreamEvent) => void,
  stop: AbortSignal,
): Promise<void> {
  const silent = new AbortController()
  let timer = setTimeout(() => silent.abort(), READ_MS)
  const give = () => silent.abort()
  stop.addEventListener('abort', give)
  try {
    const response = await fetch(path, {
      credentials: 'same-origin',
      cache: 'no-store',
      signal: silent.signal,
      headers: {
        Accept: 'text/event-stream',
        ...(speaker === null ? {} : { 'X-Person': speaker }),
        ...(last === null ? {} : { 'Last-Event-ID': last }),
      },
    })
    if (!response.ok) {
      const reply = await replyOf(response)
      const refused = refusalOf(reply)
      if (refused === null) throw new Unreachable()
      throw new Problem(refused, retryAfter(reply))
    }
    if (!response.headers.has(MARK) || response.body === null) throw new Unreachable()
    const read = eventReader(hear)
    const text = new TextDecoder()
    const reader = response.body.getReader()
    for (;;) {
      clearTimeout(timer)
      timer = setTimeout(() => silent.abort(), SILENCE_MS)
      const { done, value } = await reader.read()
      if (done) return
      read(text.decode(value, { stream: true }))
    }
  } catch (error) {
    if (error instanceof Problem) throw error
    throw new Unreachable()
  } finally {
    clearTimeout(timer)
    silent.abort()
    stop.removeEventListener('abort', give)
  }
}

/** A picture as the server gives it; null without an answer. */
export async function picture(path: string): Promise<Response | null> {
  return within(PICTURE_MS, async (signal) => {
    const headers = speaker === null ? undefined : { 'X-Person': speaker }
    const answer = await fetch(path, { signal, credentials: 'same-origin', headers })
    return new Response(await answer.blob(), { status: answer.status, headers: answer.headers })
  })
}

/** The lines of a long answer as they come; throws what a read throws. Aborting ends it without a word. */
export async function* lines(path: string, signal: AbortSignal): AsyncGenerator<string> {
  const headers = { 'X-Gridward': '1', ...(speaker === null ? {} : { 'X-Person': speaker }) }
  const response = await fetch(path, { signal, credentials: 'same-origin', headers }).catch(() => null)
  if (response === null) {
    if (signal.aborted) return
    throw new Unreachable()
  }
  if (!response.ok || response.body === null) {
    const reply = await replyOf(response)
    const refused = refusalOf(reply)
    throw refused === null ? new Unreachable() : new Problem(refused, retryAfter(reply))
  }
  const reader = response.body.getReader()
  const words = new TextDecoder()
  let rest = ''
  for (;;) {
    const part = await reader.read().catch(() => null)
    if (part === null && !signal.aborted) throw new Unreachable()
    if (part === null || part.done) return
    const whole = (rest + words.decode(part.value, { stream: true })).split('\n')
    rest = whole.pop() ?? ''
    for (const line of whole) if (line) yield line
  }
}

/** Sends an item or a photo as it is, in its person's name; never throws for an answer, throws `Unreachable` without one. */
export async function put(
  path: string,
  what: string | Blob,
  type: string,
  ms: number,
  person_id: string,
): Promise<Reply> {
  const reply = await within(ms, async (signal) =>
    replyOf(
      await fetch(path, {
        method: 'PUT',
        body: what,
        credentials: 'same-origin',
        redirect: 'error',
        cache: 'no-store',
        headers: {
          'Content-Type': type,
          'X-Gridward': '1',
          'X-Person': person_id,
          'X-Client-Now': new Date().toISOString(),
          'X-Client-Boot': boot,
          'X-Client-Mono': String(Math.round(performance.now())),
        },
        signal,
      }),
    ),
  )
  if (reply === null) throw new Unreachable()
  return reply
}
