import { describe, expect, it } from 'vitest'
import type { TicketBrief } from '../../src/core/shapes'
import { eventReader, type StreamEvent } from '../../src/core/stream'
import { filtersOf, UNFILTERED, folded, isAlarming, queryOf, standsIn, ticketsIn } from '../../src/core/trays'
import { ticket as brief } from '../build'

const NOON = Date.parse('2026-09-01T04:00:00Z')
const at = (minutes: number) => new Date(NOON + minutes * 60_000).toISOString()

function waiting(id: string, minutes: number, more: Partial<TicketBrief> = {}): TicketBrief {
  return brief({
    ticket_id: id,
    received_at: at(minutes),
    status: 'received',
    tray_reason: 'to_decide',
    version: 1,
    ...more,
  })
}

const everything = filtersOf(new Map<string, string>() as never)
const ids = (list: readonly TicketBrief[]) => list.map((one) => one.ticket_id)

describe('the address of the list', () => {
  it('says the list and nothing else, and reads back to the same', () => {
    const address = queryOf({ ...UNFILTERED, tab: 'near', unit: 'u1', text: '学校 东门' })
    expect(address).toBe('tab=near&unit=u1&text=%E5%AD%A6%E6%A0%A1%20%E4%B8%9C%E9%97%A8')
    expect(queryOf(filtersOf(new URLSearchParams(address)))).toBe(address)
  })

  it('of another program or an older one opens the tray', () => {
    expect(filtersOf(new URLSearchParams('tab=late&unit=')).tab).toBe('tray')
  })
})

describe('the list follows the feed', () => {
  it('a new report stands first, and goes when it was accepted and assigned', () => {
    const list = [waiting('b', 2), waiting('a', 1)]
    const grown = folded(list, [waiting('c', 3)], everything, false)
    expect(ids(grown)).toEqual(['c', 'b', 'a'])
    const gone = folded(
      grown,
      [waiting('c', 3, { version: 3, status: 'assigned', tray_reason: null })],
      everything,
      false,
    )
    expect(ids(gone)).toEqual(['b', 'a'])
  })

  it('an older copy changes nothing, not even the list itself', () => {
    const list = [waiting('a', 1, { version: 5 })]
    expect(folded(list, [waiting('a', 1, { version: 4, status: 'accepted' })], everything, false)).toBe(list)
    expect(folded(list, [waiting('x', 9, { tray_reason: null })], everything, false)).toBe(list)
  })

  it('what would stand below a page that goes on is left to the next page', () => {
    const list = [waiting('b', 5), waiting('a', 4)]
    expect(ids(folded(list, [waiting('old', 1)], everything, true))).toEqual(['b', 'a'])
    expect(ids(folded(list, [waiting('old', 1)], everything, false))).toEqual(['b', 'a', 'old'])
  })

  it('by due time the most pressing goes first', () => {
    const near = { tray_reason: null, near_breach: true, breached_at: null, status: 'assigned' as const }
    const list = [waiting('a', 0, { ...near, resolve_due_at: at(30) })]
    const filters = { ...everything, tab: 'near' as const }
    const more = folded(list, [waiting('b', 0, { ...near, resolve_due_at: at(10) })], filters, false)
    expect(ids(more)).toEqual(['b', 'a'])
  })

  it('a list that was searched for takes in nothing by itself', () => {
    const filters = { ...everything, text: '学校' }
    expect(ids(folded([waiting('a', 1)], [waiting('b', 2)], filters, false))).toEqual(['a'])
  })

  it('of several changes of a ticket the newest counts', () => {
    const changes = [1, 3, 2].map((version) => ({ entity: 'ticket', data: waiting('a', 1, { version }) }))
    expect(ticketsIn([...changes, { entity: 'ticket', data: null }]).map((one) => one.version)).toEqual([3])
  })
})

describe('sections', () => {
  it('a request to send back waits for a decision and is not sent back yet', () => {
    const asked = waiting('a', 0, { status: 'assigned', tray_reason: 'request_send_back' })
    expect(standsIn('requests', asked)).toBe(true)
    expect(standsIn('sent_back', asked)).toBe(false)
  })

  it('an urgent ticket calls while it is new and nobody works on it', () => {
    const urgent = waiting('a', 0, { urgent: true })
    expect(isAlarming(urgent, NOON + 60_000)).toBe(true)
    expect(isAlarming({ ...urgent, status: 'in_progress' }, NOON + 60_000)).toBe(false)
    expect(isAlarming(urgent, NOON + 3_600_000)).toBe(false)
  })
})

describe('server-sent events', () => {
  it('come out whole, wherever the text was cut', () => {
    const text = ': ping\n\nevent: begun\ndata: {"a":1}\nid: c1\n\nevent: changes\ndata: {"b":\ndata: 2}\n\n'
    for (let cut = 1; cut < text.length; cut++) {
      const heard: StreamEvent[] = []
      const read = eventReader((event) => heard.push(event))
      for (let from = 0; from < text.length; from += cut) read(text.slice(from, from + cut))
      expect(heard).toEqual([
        { kind: 'begun', data: '{"a":1}', id: 'c1' },
        { kind: 'changes', data: '{"b":\n2}', id: 'c1' },
      ])
    }
  })
})
