import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { uuid7 } from '../../src/core/ids'
import {
  address,
  backoff,
  canonical,
  due,
  envelope,
  outboxLine,
  predecessor,
  type Item,
} from '../../src/core/operations'
import { digest, report, step } from '../build'

const json = fc.jsonValue()

describe('what is sent', () => {
  it('has the same text whatever the order of the fields', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), (body) => {
        const turned = Object.fromEntries(Object.entries(body).reverse())
        expect(canonical(turned)).toBe(canonical(body))
      }),
    )
  })

  it('is JSON of the same value', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('leaves out what is undefined and keeps null', () => {
    expect(canonical({ b: undefined, a: null, c: [undefined] })).toBe('{"a":null,"c":[null]}')
  })

  it('carries the body in the very characters the digest was made over', async () => {
    const item = await report({}, ['aa'])
    expect(envelope(item)).toContain(`"body":${item.body_text},`)
    expect(item.digest).toBe(await digest(item.body_text))
    expect(JSON.parse(envelope(item))).toMatchObject({
      schema: 1,
      digest: item.digest,
      body: { place_note: '雪圃学校东门旁' },
    })
  })

  it('names the step, what it follows and what was seen', async () => {
    const item = await step('ticket-1', 'resolve', {}, 'earlier')
    expect(JSON.parse(envelope(item))).toMatchObject({
      type: 'resolve',
      after: 'earlier',
      seen: { version: 1 },
      body: {},
    })
    expect(address(item)).toBe(`/api/v1/tickets/ticket-1/operations/${item.item_id}`)
  })

  it('founds a ticket of the report’s own id', async () => {
    const item = await report()
    expect(item.ticket_id).toBe(item.item_id)
    expect(address(item)).toBe(`/api/v1/reports/${item.item_id}`)
  })
})

describe('ids', () => {
  it('are version 7 and sort by time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 47 }),
        fc.uint8Array({ minLength: 10, maxLength: 10 }),
        (now, random) => {
          const id = uuid7(now, random)
          expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
          expect(uuid7(now + 1, random) > id).toBe(true)
        },
      ),
    )
  })
})

const states = ['saved', 'sending', 'delivered', 'attention', 'sign_in'] as const

async function queue(
  shape: { ticket: number; state: number; urgent: boolean; next: number; mine: boolean }[],
): Promise<Item[]> {
  return Promise.all(
    shape.map(async ({ ticket, state, urgent, next, mine }) => ({
      ...(await step(`ticket-${ticket}`, 'note', mine ? {} : { person_id: 'other' })),
      urgent,
      state: states[state]!,
      next_try_at: next,
    })),
  )
}

const anyQueue = fc.array(
  fc.record({
    ticket: fc.integer({ min: 0, max: 4 }),
    state: fc.integer({ min: 0, max: 4 }),
    urgent: fc.boolean(),
    next: fc.integer({ min: 0, max: 10 }),
    mine: fc.boolean(),
  }),
  { maxLength: 20 },
)

describe('what may go out now', () => {
  it('is one item a ticket, mine, waiting, due, and never ahead of an older one of its ticket', async () => {
    await fc.assert(
      fc.asyncProperty(anyQueue, fc.integer({ min: 0, max: 10 }), async (shape, now) => {
        const items = await queue(shape)
        const out = due(items, 'volunteer', now)
        expect(new Set(out.map((item) => item.ticket_id)).size).toBe(out.length)
        for (const item of out) {
          expect(item.person_id).toBe('volunteer')
          expect(['saved', 'sending', 'sign_in']).toContain(item.state)
          expect(item.next_try_at).toBeLessThanOrEqual(now)
          const older = items.filter(
            (other) =>
              other.person_id === 'volunteer' &&
              other.ticket_id === item.ticket_id &&
              other.created_at < item.created_at &&
              !['delivered', 'attention'].includes(other.state),
          )
          expect(older).toEqual([])
        }
      }),
    )
  })

  it('puts emergencies first, then the oldest', async () => {
    const [old, young, urgent] = [await report(), await report(), await report({}, [], true)]
    expect(due([young, urgent, old], 'volunteer', 0).map((item) => item.item_id)).toEqual(
      [urgent, old, young].map((item) => item.item_id),
    )
  })

  it('sends a report before its steps and these along their chain, whatever the phone’s clock says', async () => {
    const filed = await report()
    const earlier = (ms: number) => ({ created_at: filed.created_at - ms })
    const first: Item = { ...(await step(filed.ticket_id, 'note')), ...earlier(1000) }
    const second: Item = { ...(await step(filed.ticket_id, 'note', {}, first.item_id)), ...earlier(2000) }
    expect(due([second, first, filed], 'volunteer', filed.created_at)).toEqual([filed])
    expect(due([second, first], 'volunteer', filed.created_at)).toEqual([first])
    expect(predecessor([second, first], filed.ticket_id)).toBe(second.item_id)
  })

  it('holds the steps on a report that was refused, but not those of other tickets', async () => {
    const refused: Item = { ...(await report()), state: 'attention' }
    const held = await step(refused.ticket_id, 'note')
    const free = await report()
    expect(due([refused, held, free], 'volunteer', 0)).toEqual([free])
  })

  it('lets a later step go past a refused one that it does not follow', async () => {
    const refused: Item = { ...(await step('t', 'arrive')), state: 'attention' }
    const follows = await step('t', 'resolve', {}, refused.item_id)
    const stands = await step('t', 'note')
    expect(due([refused, follows], 'volunteer', 0)).toEqual([])
    expect(due([refused, stands], 'volunteer', 0)).toEqual([stands])
  })
})

describe('a step names its predecessor', () => {
  it('as my last unanswered one on that ticket', async () => {
    const done: Item = { ...(await step('t', 'acknowledge')), state: 'delivered' }
    const open = await step('t', 'arrive')
    expect(predecessor([done], 't')).toBeNull()
    expect(predecessor([done, open, await step('u', 'note')], 't')).toBe(open.item_id)
  })
})

describe('back-off', () => {
  it('stays between a quarter second and five minutes and never undercuts the server', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 1000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.option(fc.nat({ max: 600 })),
        (attempts, chance, retryAfter) => {
          const wait = backoff(attempts, chance, retryAfter)
          if (retryAfter === null) expect(wait >= 250 && wait <= 300_000).toBe(true)
          else expect(wait).toBeGreaterThanOrEqual(retryAfter * 1000)
        },
      ),
    )
  })
})

describe('the line of truth', () => {
  it('counts mine and only tells that others have some', async () => {
    const mine = await report()
    const stuck: Item = { ...(await report()), state: 'attention' }
    const theirs = await report({ person_id: 'other' })
    expect(outboxLine([mine, stuck, theirs], 'volunteer')).toMatchObject({
      unsent: 1,
      oldest: mine.created_at,
      attention: 1,
      others: 1,
    })
  })
})
