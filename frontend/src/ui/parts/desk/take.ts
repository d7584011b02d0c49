/** Takes a step on a ticket from the desk: through the outbox as everywhere, and says what became of it. */
import type { TicketDetail } from '../../../core/shapes'
import { act, all } from '../../../data/outbox'
import { drain } from '../../../data/sync'
import { seenOf, stepLabel } from '../../pages/ticket/seen'
import { refusalWords } from '../../problem'

/** `waits`: saved on this computer, not answered yet. */
export type Taken = { became: 'done' } | { became: 'waits' } | { became: 'refused'; words: string }

export async function take(
  ticket: TicketDetail,
  type: string,
  body: Record<string, unknown>,
  photos: string[] = [],
): Promise<Taken> {
  const seen = seenOf(ticket)
  const item = await act({ ticket_id: ticket.ticket_id, type, seen, body, photos, label: stepLabel(ticket) })
  await drain()
  const mine = (await all()).find((one) => one.item_id === item.item_id)
  if (mine?.state === 'attention')
    return { became: 'refused', words: refusalWords(mine.refused ?? { code: 'unknown' }) }
  return { became: mine && mine.state !== 'delivered' ? 'waits' : 'done' }
}
