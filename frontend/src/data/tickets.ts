/** Reads of tickets, kept for the time without network. */
import type { TicketBrief, TicketDetail, TicketPage } from '../core/shapes'
import { body, client, Problem } from './api'
import { dropHeld, held, heldKey, kept, type Fresh } from './kept'
import type { paths } from './schema'

export type TicketQuery = NonNullable<paths['/api/v1/tickets']['get']['parameters']['query']>

export async function tickets(query: TicketQuery): Promise<Fresh<TicketPage>> {
  return kept(
    `tickets ${JSON.stringify(query)}`,
    async () => (await body(client.GET('/api/v1/tickets', { params: { query } }))) as TicketPage,
  )
}

/** Open tickets of a kind in a box, west,south,east,north: asked now, never from what the phone held. */
export async function openNear(category: string, bbox: string): Promise<TicketBrief[]> {
  const page = await body(client.GET('/api/v1/tickets', { params: { query: { category, bbox, limit: 20 } } }))
  return (page as TicketPage).tickets
}

/** A ticket with everything around it; when it is not for this person any more, the phone's copy goes too. */
export async function ticket(ticket_id: string): Promise<Fresh<TicketDetail>> {
  const key = heldKey.ticket(ticket_id)
  try {
    return await kept(
      key,
      async () =>
        (await body(
          client.GET('/api/v1/tickets/{ticket_id}', { params: { path: { ticket_id } } }),
        )) as TicketDetail,
    )
  } catch (error) {
    if (error instanceof Problem && error.refused.status === 404) await dropHeld(key).catch(() => undefined)
    throw error
  }
}

/** What this phone holds of a ticket: its details as they were read last. */
export async function heldTicket(ticket_id: string): Promise<Fresh<TicketDetail> | null> {
  return held(heldKey.ticket(ticket_id))
}
