/** Details and small pictures of what this person may have to work on without a network, fetched before they are asked for. */
import { isOpen, lookedAfter } from '../core/tickets'
import type { TicketBrief, TicketDetail } from '../core/shapes'
import { Problem } from './api'
import { held, heldKey } from './kept'
import { all } from './outbox'
import { waiting } from '../core/operations'
import { viewer } from './viewer'
import { holdThumbs } from './thumbs'
import { ticket } from './tickets'

const MOST_DETAILS = 60
const MOST_THUMBS = 200
const MOST_THUMBS_SAVING = 40

let running = false

/** Bounded and polite: it stops when the page is left, when something is to be sent, and at the first fault. Never throws. */
export async function holdAhead(tickets: readonly TicketBrief[]): Promise<void> {
  if (running) return
  running = true
  try {
    const who = await viewer()
    if (who === null || (await all()).some(waiting)) return
    const mine = lookedAfter(tickets, who)
    await holdDetails(mine.slice(0, MOST_DETAILS))
    await holdThumbs(thumbsOf(mine, tickets), isSeen)
  } catch (error) {
    console.warn('not everything is held for the time without a network', error)
  } finally {
    running = false
  }
}

function isSeen(): boolean {
  return document.visibilityState === 'visible'
}

async function holdDetails(tickets: readonly TicketBrief[]): Promise<void> {
  for (const { ticket_id, version } of tickets) {
    if (!isSeen()) return
    const before = await held<TicketDetail>(heldKey.ticket(ticket_id))
    if (before && before.value.version >= version) continue
    try {
      if ((await ticket(ticket_id)).old) return
    } catch (error) {
      // This one is not for me any more, as the feed will say; the others are.
      if (!(error instanceof Problem) || error.refused.status !== 404) throw error
    }
  }
}

/** Mine first, then the open ones around, the newest first. */
function thumbsOf(mine: readonly TicketBrief[], tickets: readonly TicketBrief[]): string[] {
  const saving = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true
  const around = saving ? [] : tickets.filter(isOpen).sort((a, b) => (a.received_at < b.received_at ? 1 : -1))
  const shown = [...mine, ...around].flatMap((one) => one.thumbnail ?? [])
  return [...new Set(shown)].slice(0, saving ? MOST_THUMBS_SAVING : MOST_THUMBS)
}
