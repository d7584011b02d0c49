import { describe, expect, it } from 'vitest'
import { after, apply, isLegal } from '../../src/core/apply'
import { available, foremost } from '../../src/core/available'
import { bodyOf, missing, stepOf, type Answers } from '../../src/core/steps'
import { byDue, toneOf } from '../../src/core/tickets'
import { step, ticket } from '../build'

const none: Answers = { words: '', photos: [], position: null, choice: null, audience: 'internal' }
const offer = (...intents: string[]) => intents.map((intent) => ({ intent }))

describe('my unsent steps are laid over the ticket', () => {
  it('in their order, by the table of the lifecycle', async () => {
    const steps = [
      await step('ticket-1', 'acknowledge'),
      await step('ticket-1', 'resolve'),
      await step('other', 'note'),
    ]
    const { ticket: shown, pending } = apply(ticket(), steps)
    expect(shown.status).toBe('resolved')
    expect(pending.map((item) => item.item_id)).toEqual(steps.slice(0, 2).map((item) => item.item_id))
  })

  it('without those that are answered or that the table does not know from there', async () => {
    const answered = { ...(await step('ticket-1', 'acknowledge')), state: 'delivered' as const }
    const illegal = await step('ticket-1', 'verify')
    expect(apply(ticket(), [answered, illegal]).ticket.status).toBe('assigned')
  })

  it('follows the table', () => {
    expect(isLegal('verify', 'assigned')).toBe(false)
    expect(after('resolved', 'rework')).toBe('assigned')
    expect(after('merged', 'unmerge')).toBe('merged')
  })
})

describe('what is offered', () => {
  it('is what the server allowed and is still a step', () => {
    expect(available(offer('acknowledge', 'verify'), 'assigned', []).map(({ intent }) => intent)).toEqual([
      'acknowledge',
    ])
  })

  it('goes on after my own step before the server has answered', async () => {
    const pending = [await step('ticket-1', 'acknowledge')]
    const next = available(offer('acknowledge', 'ask_send_back'), 'in_progress', pending).map(
      ({ intent }) => intent,
    )
    expect(next).toEqual(['ask_send_back', 'arrive', 'resolve'])
    expect(foremost(offer(...next), 'in_progress')).toBe('resolve')
  })

  it('puts acknowledging before resolving', () => {
    expect(foremost(offer('resolve', 'acknowledge'), 'assigned')).toBe('acknowledge')
    expect(foremost(offer('note'), 'closed')).toBeNull()
  })
})

describe('a step asks for what it must bring', () => {
  it('photo after the work, words with a rework, place or photo on arrival', () => {
    expect(missing(stepOf('resolve')!, none)).toBe('photos')
    expect(missing(stepOf('rework')!, { ...none, photos: ['aa'] })).toBe('words')
    expect(missing(stepOf('arrive')!, none)).toBe('place')
    expect(missing(stepOf('arrive')!, { ...none, position: { lon: 1, lat: 2, accuracy_m: 5 } })).toBeNull()
    expect(missing(stepOf('hand_to')!, none)).toBe('choice')
  })

  it('and makes the body the server reads', () => {
    const position = { lon: 113.2, lat: 22.8, accuracy_m: 9 }
    expect(
      bodyOf(
        stepOf('resolve')!,
        { ...none, words: ' 已清运 ', photos: ['aa'], position },
        { verify_way: null },
      ),
    ).toEqual({
      note: '已清运',
      photos: ['aa'],
      ...position,
    })
    expect(bodyOf(stepOf('verify')!, { ...none, photos: ['aa'] }, { verify_way: 'desk' })).toEqual({
      photos: ['aa'],
      way: 'spot',
    })
    expect(
      bodyOf(
        stepOf('ask_send_back')!,
        { ...none, choice: 'outside_area', words: '第 3 条', position },
        { verify_way: null },
      ),
    ).toEqual({
      reason: 'outside_area',
      clause: '第 3 条',
      lon: 113.2,
      lat: 22.8,
    })
    expect(bodyOf(stepOf('note')!, { ...none, words: '谢谢' }, { verify_way: null })).toEqual({
      text: '谢谢',
      audience: 'internal',
    })
    expect(bodyOf(stepOf('rate')!, { ...none, choice: false }, { verify_way: null })).toEqual({
      satisfied: false,
    })
  })
})

describe('lists', () => {
  it('put the soonest due first and the paused last', () => {
    const [late, soon, paused, timeless] = [
      ticket({ ticket_id: 'a', resolve_due_at: '2026-09-02T00:00:00Z' }),
      ticket({ ticket_id: 'b', resolve_due_at: '2026-09-01T00:00:00Z' }),
      ticket({ ticket_id: 'c', resolve_due_at: '2026-08-01T00:00:00Z', paused: true }),
      ticket({ ticket_id: 'd' }),
    ]
    expect(byDue([paused, late, timeless, soon]).map((one) => one.ticket_id)).toEqual(['b', 'a', 'd', 'c'])
  })

  it('have a look for every status', () => {
    expect(toneOf(ticket({ status: 'shelved' }))).toBe('paused')
    expect(toneOf(ticket({ status: 'accepted' }))).toBe('received')
  })
})
