/**
 * The feed as the server pushes it, for as long as a desk is open. A broken stream goes on where it was; when none comes,
 * its reader is told to ask for itself, and another is tried later.
 */
import type { StreamEvent } from '../core/stream'
import type { TicketBrief } from '../core/shapes'
import { ticketsIn, type Counts } from '../core/trays'
import { events, Problem } from './api'
import type { components } from './schema'
import { hello, refused, signInsSeen } from './session'

export type Lease = components['schemas']['LeaseOut']

export interface Hearing {
  tickets: (changed: readonly TicketBrief[]) => void
  counts: (counts: Counts) => void
  leases: (leases: readonly Lease[]) => void
  /** Something may have been missed: read the lists anew. */
  refetch: () => void
  /** Whether what is shown follows the server by itself. */
  live: (live: boolean) => void
}

/** What an event's data may hold, by its kind. */
interface Said {
  changes: { entity: string; data: TicketBrief | null }[]
  counts: Counts
  leases: Lease[]
  code: string
}

const PATH = '/api/v1/changes/stream'
const FIRST_MS = 500
const LAST_MS = 30_000
/** A gap so short is nothing to speak of. */
const QUIET_MS = 2_500

/** Follows the feed until the answer is called. Never throws. */
export function followStream(hear: Hearing): () => void {
  const stop = new AbortController()
  let last: string | null = null
  let failures = 0
  let since = signInsSeen()
  let gap: ReturnType<typeof setTimeout> | undefined

  function heard({ kind, data, id }: StreamEvent) {
    last = id ?? last
    const said = JSON.parse(data) as Said
    if (kind === 'begun') {
      clearTimeout(gap)
      failures = 0
      hear.live(true)
    } else if (kind === 'changes') hear.tickets(ticketsIn(said.changes))
    else if (kind === 'counts') hear.counts(said.counts)
    else if (kind === 'leases') hear.leases(said.leases)
    else if (kind === 'must_refetch') hear.refetch()
    else if (kind === 'ended') void ended(said.code)
  }

  async function ended(code: string) {
    if (code === 'not_signed_in') await refused(code, since)
    if (code !== 'scope_changed') return
    // What may be seen is another now: neither the place in the feed nor the lists are worth anything.
    last = null
    await hello().catch(() => undefined)
    hear.refetch()
  }

  async function run() {
    while (!stop.signal.aborted) {
      let rest = 0
      since = signInsSeen()
      try {
        await events(PATH, last, heard, stop.signal)
      } catch (error) {
        failures += 1
        if (error instanceof Problem) {
          rest = (error.retryAfterS ?? 0) * 1000
          if (error.refused.status === 401) await refused(error.refused.code, since)
          else if (error.refused.status === 422) last = null
        }
      }
      if (stop.signal.aborted) return
      clearTimeout(gap)
      gap = setTimeout(() => hear.live(false), QUIET_MS)
      const own = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(failures, 6))
      await pause(Math.max(rest, own * (0.5 + Math.random())))
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise((over) => {
      const timer = setTimeout(over, ms)
      const now = () => {
        clearTimeout(timer)
        over()
      }
      stop.signal.addEventListener('abort', now, { once: true })
      addEventListener('online', now, { once: true })
    })
  }

  gap = setTimeout(() => hear.live(false), QUIET_MS)
  void run()
  return () => {
    clearTimeout(gap)
    stop.abort()
  }
}
