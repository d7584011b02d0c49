/** What the desk's list reads: pages, counts, and who else has a ticket open. */
import { olderThan } from '../core/desk_map'
import type { TicketPage } from '../core/shapes'
import { orderOf, type Counts, type Filters } from '../core/trays'
import { body, client } from './api'
import type { Fresh } from './kept'
import type { Lease } from './stream'
import { tickets, type TicketQuery } from './tickets'

const PAGE = 100

function asked({ unit, grid, category, text, status, age, within }: Filters) {
  return {
    ...(unit === null ? {} : { unit_id: unit }),
    ...(grid === null ? {} : { grid_id: grid }),
    ...(category === null ? {} : { category }),
    ...(text === null ? {} : { text }),
    ...(status === null ? {} : { status }),
    ...(age === null ? {} : { received_before: olderThan(Number(age), Date.now()) }),
    ...(within === null ? {} : { within }),
  }
}

/** The first page of a list, as it was held when there is no network. */
export async function firstPage(filters: Filters): Promise<Fresh<TicketPage>> {
  return tickets(pageQuery(filters, PAGE))
}

/** The page after another: asked now, never from what was held. At most `most` lines. */
export async function pageAfter(filters: Filters, after: string | null, most = PAGE): Promise<TicketPage> {
  const query = { ...pageQuery(filters, most), ...(after === null ? {} : { after }) }
  return (await body(client.GET('/api/v1/tickets', { params: { query } }))) as TicketPage
}

function pageQuery(filters: Filters, limit: number): TicketQuery {
  return { section: filters.tab, order: orderOf(filters.tab), limit, ...asked(filters) }
}

export async function countTickets(filters: Filters): Promise<Counts> {
  const query = asked(filters)
  return (await body(client.GET('/api/v1/tickets/counts', { params: { query } }))).counts
}

const RENEW_MS = 60_000

/**
 * Tells colleagues that this person has a ticket open, until the answer is called; `hear` learns who else has. That
 * nobody can be told is no reason to disturb anybody.
 */
export function holdLease(ticket_id: string, hear: (others: readonly Lease[]) => void): () => void {
  const path = { params: { path: { ticket_id } } }
  let over = false
  const renew = async () => {
    if (document.visibilityState !== 'visible') return
    const { leases } = await body(client.PUT('/api/v1/tickets/{ticket_id}/lease', path))
    if (!over) hear(leases)
  }
  const leave = () =>
    void client
      .DELETE('/api/v1/tickets/{ticket_id}/lease', { ...path, keepalive: true })
      .catch(() => undefined)
  const tell = () => void renew().catch(() => undefined)
  tell()
  const timer = setInterval(tell, RENEW_MS)
  addEventListener('pagehide', leave)
  return () => {
    over = true
    clearInterval(timer)
    removeEventListener('pagehide', leave)
    leave()
  }
}
