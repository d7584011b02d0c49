/** What may happen in a schedule: what people do, what the system and the network do to them. */
import fc from 'fast-check'
import { FATES, type Fate } from './network'
import type { StoreFault } from './store'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

const PEOPLE = ['liang', 'he'] as const
export type Who = (typeof PEOPLE)[number]

const STORE_FAULTS: StoreFault[] = ['handle_died', 'closed', 'aborted', 'unknown', 'full', 'unheard']

const event = fc.oneof(
  { weight: 2, arbitrary: fc.record({ what: fc.constant('open' as const) }) },
  {
    weight: 9,
    arbitrary: fc.record({
      what: fc.constant('file' as const),
      tab: fc.nat(2),
      photos: fc.nat(2),
      urgent: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constant('step' as const),
      tab: fc.nat(2),
      on: fc.nat(5),
      type: fc.constantFrom('note', 'resolve'),
      photos: fc.nat(1),
      stale: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant('walk' as const),
      tab: fc.nat(2),
      count: fc.nat(24),
      then: fc.constantFrom('nothing' as const, 'nothing' as const, 'check_in' as const, 'end' as const),
      /** At which position the system decides to kill the page, and how many steps of the program later it does. */
      killed: fc.option(fc.record({ at: fc.nat(24), after: fc.nat(6) }), { freq: 2 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant('visit' as const),
      tab: fc.nat(2),
      door: fc.nat(9),
      demand: fc.boolean(),
      on: fc.nat(5),
      unhappy: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('pass' as const),
      ms: fc.constantFrom(50, 400, 3_000, 40_000, 6 * MINUTE, HOUR),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('weather' as const),
      fates: fc.array(fc.constantFrom<Fate>(...FATES), { minLength: 1, maxLength: 10 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant('kill' as const), tab: fc.nat(2), after: fc.nat(25) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('store' as const),
      tab: fc.nat(2),
      faults: fc.array(fc.option(fc.constantFrom(...STORE_FAULTS), { freq: 2 }), {
        minLength: 1,
        maxLength: 6,
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('full' as const), full: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('wake' as const), tab: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('try_now' as const), tab: fc.nat(2) }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('clock' as const), years: fc.constantFrom(-10, -1, 0, 1, 10) }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('expire' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('sign_in' as const),
      tab: fc.nat(2),
      who: fc.constantFrom<Who>(...PEOPLE),
    }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('reassign' as const), on: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('erase' as const), on: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('forget' as const) }) },
)
export type Happening = typeof event extends fc.Arbitrary<infer T> ? T : never

export const schedules = fc.record({
  seed: fc.integer(),
  locks: fc.boolean(),
  events: fc.array(event, { minLength: 6, maxLength: 34, size: 'max' }),
})
export type Schedule = typeof schedules extends fc.Arbitrary<infer T> ? T : never
