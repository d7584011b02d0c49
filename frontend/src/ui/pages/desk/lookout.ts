/** Urgent tickets are heard of on every page of the desk, not at its list alone. */
import { UNFILTERED } from '../../../core/trays'
import { followStream } from '../../../data/stream'
import { pageAfter } from '../../../data/trays'
import { alarm } from './alarm.svelte'

/** Also while nobody looks at this page, which is when it matters most; browsers ask no more often then anyway. */
export const ASK_MS = 60_000
const NEWEST = 20

/** The newest tickets, whatever list is on screen. What cannot be asked now is asked again the next time. */
export async function askForUrgent(): Promise<void> {
  const page = await pageAfter({ ...UNFILTERED, tab: 'all' }, null, NEWEST).catch(() => null)
  if (page !== null) alarm.read(page.tickets)
}

/** Listens until the answer is called: by the stream, and by asking while there is none. */
export function listen(): () => void {
  let live = true
  const leave = followStream({
    tickets: (changed) => alarm.notice(changed),
    counts: () => undefined,
    leases: () => undefined,
    refetch: () => void askForUrgent(),
    live: (now) => {
      if (now !== live) void askForUrgent()
      live = now
    },
  })
  const ask = setInterval(() => !live && void askForUrgent(), ASK_MS)
  return () => {
    leave()
    clearInterval(ask)
  }
}
