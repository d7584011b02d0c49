/** The page that tells how a ticket is getting on: its address, and what somebody lets everybody see. */
import type { Box } from '../core/progress'
import type { Clearing, ProgressLink, WaitingTicket } from '../core/shapes'
import { body, client } from './api'

const ofTicket = (ticket_id: string) => ({ params: { path: { ticket_id } } })

/** The address that I hand out; asked again it is the same one. */
export async function shareProgress(ticket_id: string, lang: 'zh' | 'en'): Promise<ProgressLink> {
  return body(
    client.PUT('/api/v1/tickets/{ticket_id}/progress-link', {
      params: { path: { ticket_id }, query: { lang } },
    }),
  )
}

/** What I handed out stops opening. */
export async function takeProgressBack(ticket_id: string): Promise<void> {
  await client.DELETE('/api/v1/tickets/{ticket_id}/progress-link', ofTicket(ticket_id))
}

/** What anybody handed out stops opening. */
export async function takeAllProgressBack(ticket_id: string): Promise<void> {
  await client.DELETE('/api/v1/tickets/{ticket_id}/progress-links', ofTicket(ticket_id))
}

/** What of a ticket everybody may see; only for those who decide about it. */
export async function clearing(ticket_id: string): Promise<Clearing> {
  return (await body(client.GET('/api/v1/tickets/{ticket_id}/public', ofTicket(ticket_id)))) as Clearing
}

/** `boxes` null: the photo stays inside. */
export async function decidePhoto(
  ticket_id: string,
  sha256: string,
  boxes: readonly Box[] | null,
): Promise<void> {
  await client.PUT('/api/v1/tickets/{ticket_id}/public/photos/{sha256}', {
    params: { path: { ticket_id, sha256 } },
    body: boxes
      ? { decision: 'cleared', boxes: boxes.map((box) => [...box]) }
      : { decision: 'kept_back', boxes: [] },
  })
}

export async function decideWords(ticket_id: string, text_id: string, clear: boolean): Promise<void> {
  await client.PUT('/api/v1/tickets/{ticket_id}/public/words/{text_id}', {
    params: { path: { ticket_id, text_id } },
    body: { decision: clear ? 'cleared' : 'kept_back' },
  })
}

/** Tickets whose page somebody has handed out, with a photo that nobody has decided about. */
export async function waitingForALook(): Promise<WaitingTicket[]> {
  return (await body(client.GET('/api/v1/public/waiting'))).tickets as WaitingTicket[]
}

/** Of the copy that everybody sees; another one after each decision. */
export function copyAddress(ticket_id: string, sha256: string, copy_id: string): string {
  return `/api/v1/tickets/${ticket_id}/public/copies/${sha256}?of=${copy_id}`
}
