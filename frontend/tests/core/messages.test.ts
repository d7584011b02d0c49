import { expect, test } from 'vitest'
import {
  isUnread,
  marked,
  monthPage,
  unreadIn,
  type Message,
  type MessagePage,
} from '../../src/core/messages'

function message(made_at: string, read_at: string | null = null): Message {
  return {
    notification_id: made_at,
    kind: 'closed',
    ticket_id: null,
    ticket: null,
    turn: null,
    detail: {},
    made_at,
    read_at,
  }
}
const OLD = '2026-11-29T08:00:00Z'
const NEW = '2026-11-29T09:00:00.250000Z'
const page: MessagePage = { notifications: [message(NEW), message(OLD)], unread: 2, next: null }

test('read without the network counts as read on this phone', () => {
  expect(unreadIn(page, null)).toBe(2)
  const mark = marked(null, OLD)
  expect(unreadIn(page, mark)).toBe(1)
  expect(page.notifications.map((one) => isUnread(one, mark))).toEqual([true, false])
  expect(unreadIn(page, marked(mark, NEW))).toBe(0)
})

test('once the server knows, its count holds: another phone may have read more', () => {
  expect(unreadIn({ ...page, unread: 7 }, { up_to: OLD, told: true })).toBe(7)
})

test('a mark never goes back, and the same one is not said again', () => {
  const told = { up_to: NEW, told: true }
  expect(marked(told, OLD)).toBe(told)
  expect(marked(told, NEW)).toBe(told)
  expect(marked(told, '2026-11-29T09:30:00Z')).toEqual({ up_to: '2026-11-29T09:30:00Z', told: false })
})

test('what was read elsewhere is not new here', () => {
  expect(isUnread(message(NEW, OLD), null)).toBe(false)
})

test('a message about a month leads to the statement, or to the month as it was published', () => {
  const detail = { month: '2026-09' }
  expect(monthPage({ kind: 'statement_made', detail })).toBe('/desk/statements?month=2026-09')
  expect(monthPage({ kind: 'published', detail })).toBe('/desk/report?month=2026-09')
  expect(monthPage({ kind: 'closed', detail: {} })).toBeNull()
})
