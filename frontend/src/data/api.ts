/** The wire: typed reads and commands, and raw PUTs for what the outbox sends. Nothing else calls `fetch`. */
import createClient from 'openapi-fetch'
import type { Refused } from '../core/operations'
import { refusalOf, type Reply } from '../core/verdicts'
import type { paths } from './schema'

const READ_MS = 15_000

/** The server said no, with a stable code. */
export class Problem extends Error {
  constructor(readonly refused: Refused) {
    super(refused.code)
  }
}

/** No answer from our server: no network, a captive page, a time-out. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

/** Names this run of the page; monotonic times compare only within one. */
export const boot = crypto.randomUUID()

let measured: { offset_ms: number; at: string } | null = null

/** Server time minus phone time as last measured, with the phone's time of the measurement. */
export function clockOffset() {
  return measured
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

export const client = createClient<paths>({
  baseUrl: location.origin,
  headers: { 'X-Gridward': '1', Accept: 'application/json' },
  fetch: async (request: Request) => {
    const response = await within(READ_MS, (signal) => fetch(request, { signal, credentials: 'same-origin' }))
    if (response === null) throw new Unreachable()
    if (response.ok) {
      if (!response.headers.get('content-type')?.includes('json') && response.status !== 204)
        throw new Unreachable()
      return response
    }
    const reply = await replyOf(response)
    const refused = refusalOf(reply)
    if (refused === null) throw new Unreachable()
    throw new Problem(refused)
  },
})

/** The data of a call that did not throw. */
export async function body<T>(call: Promise<{ data?: T; error?: unknown }>): Promise<T> {
  const { data } = await call
  if (data === undefined) throw new Unreachable()
  return data
}

/** Sends an item or a photo as it is; never throws for an answer, throws `Unreachable` without one. */
export async function put(path: string, what: string | Blob, type: string, ms: number): Promise<Reply> {
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
