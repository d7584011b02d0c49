/** Takes a step on a ticket from the desk: through the outbox as everywhere, and says what became of it. */
import type { TicketBrief, TicketDetail } from '../../../core/shapes'
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
  return sent({
    ticket_id: ticket.ticket_id,
    type,
    seen: seenOf(ticket),
    body,
    photos,
    label: stepLabel(ticket),
  })
}

/** From the list of orders: a unit answers also where the ticket is another's by now, and cannot be opened. */
export async function answerOrder(ticket: TicketBrief, body: Record<string, unknown>): Promise<Taken> {
  const { ticket_id, version } = ticket
  // An order asks for its answer whatever else is on screen.
  const seen = { version, assignment_id: null, resolution_id: null }
  return sent({
    ticket_id,
    type: 'answer_supervision',
    seen,
    body,
    photos: [],
    label: stepLabel(ticket),
  })
}

async function sent(step: Parameters<typeof act>[0]): Promise<Taken> {
  const item = await act(step)
  await drain()
  const mine = (await all()).find((one) => one.item_id === item.item_id)
  if (mine?.state === 'attention')
    return { became: 'refused', words: refusalWords(mine.refused ?? { code: 'unknown' }) }
  return { became: mine && mine.state !== 'delivered' ? 'waits' : 'done' }
}
