/** 单案链接: the address by which a unit that never signs in finishes one ticket. */
import { body, client } from './api'
import type { components } from './schema'

export type UnitLink = components['schemas']['UnitLink']

const ofTicket = (ticket_id: string) => ({ params: { path: { ticket_id } } })

/** The address for the unit that has the ticket now; asked again while it opens it is the same. */
export async function shareUnitLink(ticket_id: string): Promise<UnitLink> {
  return body(client.PUT('/api/v1/tickets/{ticket_id}/unit-link', ofTicket(ticket_id)))
}

/** The one that opens now, and who used it. */
export async function unitLink(ticket_id: string): Promise<UnitLink | null> {
  return (await body(client.GET('/api/v1/tickets/{ticket_id}/unit-link', ofTicket(ticket_id)))).link
}

/** It stops opening. */
export async function takeUnitLinkBack(ticket_id: string): Promise<void> {
  await body(client.DELETE('/api/v1/tickets/{ticket_id}/unit-link', ofTicket(ticket_id)))
}
