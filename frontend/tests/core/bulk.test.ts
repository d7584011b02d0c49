import { describe, expect, it } from 'vitest'
import { allMarked, batchesOf, marked, MOST_AT_ONCE, operationsOf, type Planned } from '../../src/core/bulk'
import { due, outboxLine, type Item } from '../../src/core/operations'
import { step } from '../build'

const planned = (short_no: string, more: Partial<Planned> = {}): Planned => ({
  ticket_id: `t${short_no}`,
  short_no,
  intents: ['accept', 'assign'],
  why_not: null,
  facts: {},
  unit: { unit_id: 'u1', name: '环卫一队', kind: 'work', source: 'service_area' },
  condition_id: 'litter_full-full',
  grid_id: 'g1',
  version: 3,
  assignment_id: null,
  resolution_id: null,
  ...more,
})

describe('what is sent for several tickets', () => {
  it('is what the plan says of each, with what was seen of it', () => {
    const sent = operationsOf([planned('001')], {}, (source) => `因为 ${source}`)
    expect(sent.map((one) => [one.type, one.body])).toEqual([
      ['accept', { condition_id: 'litter_full-full', grid_id: 'g1' }],
      ['assign', { unit_id: 'u1', unit_kind: 'work', reason: '因为 service_area' }],
    ])
    expect(sent[0]!.seen).toEqual({ version: 3, assignment_id: null, resolution_id: null })
  })

  it('leaves out what cannot be done and the ticket that the others are merged into', () => {
    const plan = [
      planned('001', { intents: ['merge'] }),
      planned('002', { intents: ['merge'] }),
      planned('003', { intents: [], why_not: 'ticket.not_a_step' }),
    ]
    const sent = operationsOf(plan, { into: 't001' }, String)
    expect(sent.map((one) => [one.ticket_id, one.body])).toEqual([['t002', { into: 't001' }]])
  })
})

describe('a batch in the outbox', () => {
  const held = async (
    ticket: string,
    more: Partial<Item> = {},
    after: string | null = null,
  ): Promise<Item> => {
    const item = await step(ticket, 'reject', {}, after)
    const batch = { batch_id: 'b1', step: 'reject' }
    const label = { kind: 'reject', place: ticket, picture: null }
    return { ...item, label, batch, next_try_at: 10_000, not_before: 10_000, ...more } as Item
  }

  it('waits to be taken back, and is no unsent work meanwhile', async () => {
    const items = [await held('t1'), await held('t2')]
    const [batch] = batchesOf(items)
    expect([batch!.sent, batch!.over, batch!.sends_at]).toEqual([false, false, 10_000])
    expect(due(items, 'volunteer', 9_999)).toEqual([])
    expect(due(items, 'volunteer', 10_000)).toHaveLength(2)
    expect(outboxLine(items, 'volunteer')).toMatchObject({ unsent: 2, held: 2 })
  })

  it('tells of each ticket what became of it, and of a chain the step that was refused first', async () => {
    const refused = (code: string) => ({ status: 409, code, facts: {} })
    const items = [
      await held('t1', { state: 'delivered' }),
      await held('t2', { state: 'attention', refused: refused('ticket.not_a_step') }),
      await held('t2', { state: 'attention', refused: refused('predecessor_refused') }),
      await held('t3', { state: 'sending', attempts: 0 }),
    ]
    const [batch] = batchesOf(items)
    expect(batch!.outcomes.map((one) => [one.ticket_id, one.state, one.why?.code])).toEqual([
      ['t1', 'done', undefined],
      ['t2', 'not_done', 'ticket.not_a_step'],
      ['t3', 'sending', undefined],
    ])
    expect(batch!.over).toBe(false)
  })
})

describe('marks', () => {
  const list = ['a', 'b', 'c', 'd'].map((ticket_id) => ({ ticket_id }))
  it('are set one by one, taken away again, or set over a run', () => {
    const one = marked(new Set(), list, null, 'b', false)
    expect([...one]).toEqual(['b'])
    expect([...marked(one, list, null, 'b', false)]).toEqual([])
    expect([...marked(one, list, 'd', 'b', true)].sort()).toEqual(['b', 'c', 'd'])
  })

  it('are set on a whole list, and never on more than one step takes', () => {
    expect([...allMarked(new Set(['c']), list)].sort()).toEqual(['a', 'b', 'c', 'd'])
    const long = Array.from({ length: MOST_AT_ONCE + 50 }, (_, n) => ({ ticket_id: String(n) }))
    const last = String(long.length - 1)
    const all = allMarked(new Set([last]), long)
    expect(all.size).toBe(MOST_AT_ONCE)
    expect(all.has(last), 'what was marked by hand stays').toBe(true)
    expect(marked(all, long, null, '249', false).size).toBe(MOST_AT_ONCE - 1)
    expect(marked(all, long, null, '240', false)).toEqual(all)
    expect(marked(new Set(), long, '0', last, true).size).toBe(MOST_AT_ONCE)
  })
})
