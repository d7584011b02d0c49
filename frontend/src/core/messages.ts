/** Messages as the list shows them, also without the network. Pure. */
import type { components } from '../data/schema'
import type { TicketBrief } from './shapes'

export type MessageKind = components['schemas']['MessageKind']
export type Message = Omit<components['schemas']['MessageOut'], 'ticket'> & { ticket: TicketBrief | null }

export interface MessagePage {
  notifications: Message[]
  unread: number
  next: string | null
}

/** The person has seen everything up to here on this phone; `told`: the server knows. */
export interface ReadMark {
  up_to: string
  told: boolean
}

function after(message: Message, up_to: string): boolean {
  return Date.parse(message.made_at) > Date.parse(up_to)
}

export function isUnread(message: Message, mark: ReadMark | null): boolean {
  return message.read_at === null && (mark === null || after(message, mark.up_to))
}

/**
 * How many wait to be read. While the server does not know of the mark, what it counts is too much, and the page, which
 * begins with the newest, tells how many came later.
 */
export function unreadIn(page: MessagePage, mark: ReadMark | null): number {
  if (mark === null || mark.told) return page.unread
  return page.notifications.filter((message) => isUnread(message, mark)).length
}

/** The page of the month that a message is about; null: it is about none. */
export function monthPage({ kind, detail }: Pick<Message, 'kind' | 'detail'>): string | null {
  const month = detail['month']
  if (typeof month !== 'string') return null
  return `/desk/${kind === 'published' ? 'report' : 'statements'}?month=${month}`
}

/** The later of two marks; the same again changes nothing. */
export function marked(before: ReadMark | null, up_to: string): ReadMark {
  if (before !== null && Date.parse(before.up_to) >= Date.parse(up_to)) return before
  return { up_to, told: false }
}
