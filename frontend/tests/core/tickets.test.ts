import { describe, expect, it } from 'vitest'
import { after, apply, isLegal } from '../../src/core/apply'
import { available, foremost } from '../../src/core/available'
import {
  bodyOf,
  endOfDay,
  hasMatter,
  milestonesLeft,
  missing,
  NO_ANSWERS,
  overtaken,
  stepFor,
  stepForMilestone,
  stepOf,
  type Answers,
} from '../../src/core/steps'
import { byDue, mine, nearBy, ofUnits, promisedBy, toneOf, toVerify } from '../../src/core/tickets'
import type { TicketDetail } from '../../src/core/shapes'
import { step, ticket } from '../build'

const aa = { sha256: 'aa', exif: { taken_at: '2026-11-29T09:00:00+08:00', lon: 113.2, lat: 22.8 } }
const none: Answers = { ...NO_ANSWERS }
const plain: Parameters<typeof stepFor>[1] = { verify_way: null, condition: null, photos: [], requests: [] }
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

describe('a delivered step', () => {
  it('is laid over every copy that was made before it, and over none that holds it', async () => {
    const receipt = { ticket_no: '', short_no: '', ticket_id: 'ticket-1', at: '', version: 5 }
    const done = { ...(await step('ticket-1', 'acknowledge')), state: 'delivered' as const, receipt }
    expect(apply(ticket({ version: 4 }), [done]).ticket.status).toBe('in_progress')
    expect(apply(ticket({ version: 5 }), [done]).ticket.status).toBe('assigned')
  })

  it('of an earlier build, which kept no version, is taken for held', async () => {
    const receipt = { ticket_no: '', short_no: '', ticket_id: 'ticket-1', at: '' }
    const done = { ...(await step('ticket-1', 'acknowledge')), state: 'delivered' as const, receipt }
    expect(apply(ticket({ version: 1 }), [done]).ticket.status).toBe('assigned')
  })
})

describe('lists', () => {
  const who = { person_id: 'me', units: [], grids: ['north'] }
  const at = (lon: number) => ({ lon, lat: 22.8341, category: 'litter_full' })

  it('show to a worker what was handed to them, to everybody else what they reported', () => {
    const handed = ticket({ ticket_id: 'handed', assignee_id: 'me', unit_id: 'unit' })
    const told = ticket({ ticket_id: 'told', mine: true })
    expect(mine([handed, told], who)).toEqual([told])
    expect(mine([handed, told], { ...who, units: ['unit'] })).toEqual([handed])
  })

  it('show a unit what it still has to work on, a steward what waits in their grids', () => {
    const open = ticket({ ticket_id: 'open', unit_id: 'unit' })
    const done = ticket({ ticket_id: 'done', unit_id: 'unit', status: 'resolved', grid_id: 'north' })
    const other = ticket({ ticket_id: 'other', unit_id: 'other', status: 'resolved', grid_id: 'south' })
    expect(ofUnits([open, done, other], { ...who, units: ['unit'] })).toEqual([open])
    expect(toVerify([open, done, other], who)).toEqual([done])
  })

  it('know the open ones of a kind around a place, the nearest first', () => {
    const [here, there, far] = [113.2766, 113.2768, 113.28].map((lon) =>
      ticket({ ticket_id: `at ${lon}`, ...at(lon) }),
    )
    const over = ticket({ ...at(113.2765), status: 'closed' })
    const other = ticket({ ...at(113.2765), category: 'manhole' })
    const found = nearBy(
      [far!, there!, over, here!, other],
      'litter_full',
      { lon: 113.2765, lat: 22.8341 },
      50,
    )
    expect(found.map((one) => one.ticket)).toEqual([here, there])
    expect(Math.round(found[0]!.metres)).toBe(10)
  })
})

describe('a step asks for what it must bring', () => {
  it('photo after the work, words with a rework, place or photo on arrival', () => {
    expect(missing(stepOf('resolve')!, none)).toBe('photos')
    expect(missing(stepOf('rework')!, { ...none, photos: [aa] })).toBe('words')
    expect(missing(stepOf('arrive')!, none)).toBe('place')
    expect(missing(stepOf('arrive')!, { ...none, position: { lon: 1, lat: 2, accuracy_m: 5 } })).toBeNull()
    expect(missing(stepOf('hand_to')!, none)).toBe('choice')
  })

  it('and makes the body the server reads', () => {
    const position = { lon: 113.2, lat: 22.8, accuracy_m: 9 }
    expect(bodyOf(stepOf('resolve')!, { ...none, words: ' 已清运 ', photos: [aa], position }, plain)).toEqual(
      {
        note: '已清运',
        photos: [aa],
        ...position,
      },
    )
    expect(
      bodyOf(
        stepOf('ask_send_back')!,
        { ...none, choice: 'outside_area', words: '第 3 条', position },
        plain,
      ),
    ).toEqual({
      reason: 'outside_area',
      clause: '第 3 条',
      lon: 113.2,
      lat: 22.8,
    })
    expect(bodyOf(stepOf('note')!, { ...none, words: '谢谢' }, plain)).toEqual({
      text: '谢谢',
      audience: 'internal',
    })
    expect(bodyOf(stepOf('rate')!, { ...none, choice: false }, plain)).toEqual({
      satisfied: false,
    })
  })
})

describe('what was begun before others went on', () => {
  const begun = { version: 5, assignment_id: 'first turn', resolution_id: 'first result' }

  it('is looked at again when the step hangs on what has changed', () => {
    const again = { version: 9, assignment_id: 'second turn', resolution_id: 'first result' }
    expect(overtaken('resolve', begun, again)).toBe('assignment')
    expect(overtaken('verify', begun, again)).toBeNull()
    const redone = { ...begun, version: 9, resolution_id: 'second result' }
    expect(overtaken('verify', begun, redone)).toBe('resolution')
    expect(overtaken('resolve', begun, redone)).toBeNull()
  })

  it('goes out as it is when nothing has changed but what it does not hang on', () => {
    expect(overtaken('resolve', begun, { ...begun, version: 9 })).toBeNull()
    expect(overtaken('note', begun, { version: 9, assignment_id: null, resolution_id: null })).toBeNull()
  })
})

describe('a step asks for what this ticket wants', () => {
  const after = { kind: 'after' } as (typeof plain.photos)[number]

  it('and is checked the way the ticket says, whatever pictures come with it', () => {
    const answers = { ...none, photos: [aa], words: '说好了' }
    const way = (ticket: typeof plain) => bodyOf(stepFor('verify', ticket)!, answers, ticket)['way']
    expect(way({ ...plain, verify_way: 'spot' })).toBe('spot')
    expect(way({ ...plain, verify_way: 'desk', photos: [after] })).toBe('desk')
    expect(way({ ...plain, verify_way: 'phone' })).toBe('phone')
    expect(missing(stepFor('verify', { ...plain, verify_way: 'phone' })!, none)).toBe('words')
    expect(bodyOf(stepFor('verify', { ...plain, verify_way: 'phone' })!, answers, plain)['call']).toBe(
      '说好了',
    )
  })

  it('on the spot where there is no picture to compare at a desk', () => {
    const bare = { ...plain, verify_way: 'desk' }
    expect(missing(stepFor('verify', bare)!, none)).toBe('photos')
    expect(bodyOf(stepFor('verify', bare)!, { ...none, photos: [aa] }, bare)['way']).toBe('spot')
    expect(missing(stepFor('verify', { ...bare, photos: [after] })!, none)).toBeNull()
  })

  it('a stage by its number, with the proof that the stage asks for', () => {
    const stages = [
      { number: 1, name: '制止', limit_text: '1 紧急工作时', proof: [] },
      { number: 2, name: '拆除', limit_text: '15 自然日', proof: ['after_photo'] },
    ]
    const told = (at: string) => ({ verb: 'milestone.reached', at, detail: { number: 1 } })
    const at = (assigned_at: string, timeline: unknown[], milestones = stages) =>
      ({
        condition: { milestones },
        timeline,
        assignment: { assigned_at },
        clocks: [],
      }) as unknown as TicketDetail
    const since = (assigned_at: string, timeline: unknown[]) =>
      milestonesLeft(at(assigned_at, timeline)).map(({ number }) => number)
    const left = (...of: Parameters<typeof at>) => hasMatter('reach', at(...of))
    expect(since('2026-09-01T00:00:00Z', [])).toEqual([1, 2])
    expect(since('2026-09-01T00:00:00Z', [told('2026-09-01T01:00:00Z')])).toEqual([2])
    expect(since('2026-09-03T00:00:00Z', [told('2026-09-01T01:00:00Z')])).toEqual([1, 2])
    expect(left('2026-09-01T00:00:00Z', [])).toBe(true)
    expect(left('2026-09-01T00:00:00Z', [told('2026-09-01T01:00:00Z')], stages.slice(0, 1))).toBe(false)
    const reach = stepOf('reach')!
    expect(missing(stepForMilestone(reach, stages[1]!.proof), { ...none, choice: 2 })).toBe('photos')
    expect(missing(stepForMilestone(reach, stages[0]!.proof), { ...none, choice: 1 })).toBeNull()
    expect(bodyOf(reach, { ...none, choice: 1 }, plain)).toEqual({ number: 1 })
  })

  it('an appeal only against a limit of a unit that was run over', () => {
    const clock = (breached_at: string | null, exempt: boolean) =>
      ({
        ...plain,
        clocks: [{ key: 'resolve-1-1', unit_id: 'u', breached_at, exempt }],
      }) as unknown as TicketDetail
    expect(hasMatter('appeal', clock('2026-09-01T00:00:00Z', false))).toBe(true)
    expect(hasMatter('appeal', clock('2026-09-01T00:00:00Z', true))).toBe(false)
    expect(hasMatter('appeal', clock(null, false))).toBe(false)
    expect(hasMatter('note', clock(null, false))).toBe(true)
  })

  it('more time by a span, a pause by its last day', () => {
    const extend = stepOf('ask_extend')!
    for (const amount of ['', '0', '-1', '两']) {
      expect(missing(extend, { ...none, choice: 'parts', amount })).toBe('span')
    }
    expect(bodyOf(extend, { ...none, choice: 'parts', amount: '2' }, plain)).toEqual({
      reason: 'parts',
      by: { kind: 'work_day', amount: 2 },
    })
    const defer = stepOf('ask_defer')!
    expect(missing(defer, { ...none, choice: 'rain' })).toBe('until')
    const until = bodyOf(defer, { ...none, choice: 'rain', until: '2026-11-30' }, plain)['until'] as string
    expect(new Date(until)).toEqual(new Date(2026, 11, 1))
    expect(endOfDay('morgen')).toBeNull()
  })

  it('a request is taken back by its name', () => {
    const requests = [
      { request_id: 'r1', kind: 'defer', state: 'refused' },
      { request_id: 'r2', kind: 'defer', state: 'open' },
    ] as typeof plain.requests
    expect(bodyOf(stepOf('withdraw_defer')!, none, { ...plain, requests })).toEqual({ request_id: 'r2' })
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

describe('what is promised to whoever reported it', () => {
  it('is a time as long as it is open and not put off', () => {
    const due_at = '2026-09-01T10:00:00Z'
    expect(promisedBy(ticket({ status: 'in_progress', due_at }))).toBe(due_at)
    expect(promisedBy(ticket({ status: 'received', due_at: null }))).toBeNull()
    for (const status of ['deferred', 'shelved', 'closed', 'merged'] as const)
      expect(promisedBy(ticket({ status, due_at }))).toBeNull()
  })
})
