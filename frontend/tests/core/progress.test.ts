import { describe, expect, it } from 'vitest'
import {
  boxBetween,
  doubted,
  moved,
  putOff,
  rated,
  resized,
  unitSentence,
  whyNot,
  type Box,
} from '../../src/core/progress'
import type { TicketDetail } from '../../src/core/shapes'
import { step } from '../build'

type Entry = TicketDetail['timeline'][number]

const at = (minute: number) => new Date(Date.UTC(2026, 10, 1, 0, minute)).toISOString()

function entry(verb: string, minute: number, more: Partial<Entry> = {}): Entry {
  return {
    at: at(minute),
    recorded_at: at(minute),
    verb,
    who: 'unit',
    who_label: 'unit',
    via: 'app',
    text: null,
    texts: {},
    photos: [],
    detail: {},
    ...more,
  }
}

async function rating(satisfied: boolean) {
  return { ...(await step('ticket-1', 'rate')), body_text: JSON.stringify({ satisfied }) }
}

const told = (status: TicketDetail['status'], ...timeline: Entry[]) => ({ status, timeline })
const done = entry('ticket.resolved', 10, { text: '已清运' })

describe("the unit's sentence", () => {
  it('stands while its result stands', () => {
    expect(unitSentence(told('resolved', done))).toBe('已清运')
    expect(unitSentence(told('closed', done, entry('ticket.verified', 12)))).toBe('已清运')
    expect(unitSentence(told('assigned', done, entry('ticket.reworked', 12)))).toBeNull()
  })

  it('is the newest one', () => {
    const again = entry('ticket.resolved', 30, { text: '重新冲洗过' })
    expect(unitSentence(told('resolved', done, again))).toBe('重新冲洗过')
  })
})

describe('what the reporter said of the result', () => {
  it('is known from the story, and before that from this phone', async () => {
    const no = { ...(await rating(false)), created_at: Date.parse(at(20)) }
    expect(rated(told('closed', done), [])).toBeNull()
    expect(rated(told('closed', done), [no])).toBe(false)
    expect(rated(told('closed', done), [await rating(true)])).toBe(true)
    expect(
      rated(told('closed', done, entry('ticket.rated', 21, { detail: { satisfied: true } })), [no]),
    ).toBe(true)
  })

  it('is asked anew in a new round', async () => {
    const before = {
      ...(await rating(false)),
      created_at: Date.parse(at(20)),
      state: 'delivered' as const,
    }
    const story = [
      done,
      entry('ticket.rated', 21, { detail: { satisfied: false } }),
      entry('ticket.reopened', 30),
    ]
    expect(rated(told('closed', ...story), [before])).toBeNull()
  })

  it('is nothing when it was refused', async () => {
    const refused = { ...(await rating(true)), state: 'attention' as const }
    expect(rated(told('closed', done), [refused])).toBeNull()
  })

  it('before anybody has looked is a word about this result only', async () => {
    const older = entry('note.added', 5, { who: 'reporter' })
    expect(doubted(told('resolved', older, done), [])).toBe(false)
    expect(doubted(told('resolved', done, entry('note.added', 11, { who: 'reporter' })), [])).toBe(true)
    expect(doubted(told('resolved', done, entry('note.added', 11, { who: 'desk' })), [])).toBe(false)
    expect(doubted(told('resolved', done), [await step('ticket-1', 'add_photo')])).toBe(true)
  })
})

describe('covered parts', () => {
  it('lie between two corners, whichever came first, and never outside', () => {
    expect(boxBetween([0.6, 0.5], [0.2, 0.1])).toEqual([0.2, 0.1, 0.4, 0.4])
    expect(boxBetween([-0.5, 0.9], [0.3, 1.8])).toEqual([0, 0.9, 0.3, 0.1])
    expect(boxBetween([0.5, 0.5], [0.505, 0.9])).toBeNull()
  })

  it('move and grow by the keyboard within the picture', () => {
    const box: Box = [0.9, 0.1, 0.1, 0.2]
    expect(moved(box, 0.02, -0.2)).toEqual([0.9, 0, 0.1, 0.2])
    expect(resized(box, 0.1, 0.02)).toEqual([0.9, 0.1, 0.1, 0.22])
    expect(resized(box, -1, 0)[2]).toBe(0.01)
  })
})

describe('why nothing happens', () => {
  type Request = TicketDetail['requests'][number]
  const asked = (kind: string, more: Partial<Request> = {}): Request => ({
    request_id: 'r',
    kind,
    state: 'granted',
    reason: 'rain',
    asked_at: at(1),
    until_at: at(90),
    by: null,
    decided_at: at(2),
    ...more,
  })

  it('is told by what was granted last, while it holds', () => {
    const requests = [
      asked('defer', { until_at: at(60), decided_at: at(50), reason: 'season' }),
      asked('defer'),
      asked('defer', { state: 'refused', decided_at: at(55) }),
      asked('shelve', { reason: 'money' }),
    ]
    expect(putOff({ status: 'deferred', requests })?.until_at).toBe(at(60))
    expect(whyNot({ status: 'deferred', requests, timeline: [] })).toEqual({ code: 'season' })
    expect(whyNot({ status: 'shelved', requests, timeline: [] })).toEqual({ code: 'money' })
    expect(putOff({ status: 'in_progress', requests })).toBeNull()
  })

  it('of what was not taken up is the sentence, or the code where nobody wrote one', () => {
    const rejected = (text: string | null) =>
      entry('ticket.rejected', 5, { text, detail: { reason: 'seen_already' } })
    const ticket = (text: string | null) => ({ ...told('rejected', rejected(text)), requests: [] })
    expect(whyNot(ticket('已经有人报过，正在处理'))).toEqual({ text: '已经有人报过，正在处理' })
    expect(whyNot(ticket(null))).toEqual({ code: 'seen_already' })
    expect(whyNot({ ...told('rejected'), requests: [] })).toBeNull()
  })
})
