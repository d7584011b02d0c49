/** Reads of tickets, kept for the time without network. */
import type { TicketDetail, TicketPage } from '../core/shapes'
import { body, client } from './api'
import { kept, type Fresh } from './kept'
import type { paths } from './schema'

export type TicketQuery = NonNullable<paths['/api/v1/tickets']['get']['parameters']['query']>

export async function tickets(query: TicketQuery): Promise<Fresh<TicketPage>> {
  return kept(
    `tickets ${JSON.stringify(query)}`,
    async () => (await body(client.GET('/api/v1/tickets', { params: { query } }))) as TicketPage,
  )
}

export async function ticket(ticket_id: string): Promise<Fresh<TicketDetail>> {
  return kept(
    `ticket ${ticket_id}`,
    async () =>
      (await body(
        client.GET('/api/v1/tickets/{ticket_id}', { params: { path: { ticket_id } } }),
      )) as TicketDetail,
  )
}
