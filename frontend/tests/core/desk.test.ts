import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  fitted,
  foremostClock,
  gone,
  meant,
  metres,
  minutesThatAddUp,
  moved,
  oneOf,
  reordered,
  ticketAddress,
  type LedgerClock,
  type Need,
  type RoutingRule,
} from '../../src/core/desk'

describe('minutes of a ledger', () => {
  test('the lines add up to the sum, each within a minute of its span', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ min: 0, max: 400_000, noNaN: true })), (spans) => {
        const minutes = minutesThatAddUp(spans)
        const whole = spans.reduce((sum, span) => sum + span, 0)
        expect(minutes.reduce((sum, one) => sum + one, 0)).toBe(Math.floor(whole / 60))
        minutes.forEach((one, at) => expect(Math.abs(one - spans[at]! / 60)).toBeLessThan(1))
      }),
    )
  })

  test('a half minute that is cut off twice appears once', () => {
    expect(minutesThatAddUp([90, 90])).toEqual([1, 2])
  })
})

describe('rules in order', () => {
  test('moving up changes two places and nothing else', () => {
    expect(moved(['a', 'b', 'c'], 2, 1)).toEqual(['a', 'c', 'b'])
  })
  test('beyond the ends nothing moves', () => {
    expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b'])
    expect(moved(['a', 'b'], 1, 2)).toEqual(['a', 'b'])
  })
})

describe('which of two rules goes first on purpose', () => {
  const rule = (rule_id: string, ...before: string[]): RoutingRule => ({
    rule_id,
    name: rule_id,
    when: {},
    choose: { by: 'tray' },
    before,
  })
  const purposes = (rules: readonly RoutingRule[]) =>
    Object.fromEntries(rules.map((one) => [one.rule_id, one.before]))

  test('moving one past the other turns the purpose round', () => {
    const found = reordered([rule('estate', 'duty'), rule('duty', 'lane'), rule('lane')], 2, 1)
    expect(found.map((one) => one.rule_id)).toEqual(['estate', 'lane', 'duty'])
    expect(purposes(found)).toEqual({ estate: ['duty'], lane: ['duty'], duty: [] })
  })
  test('there and back again is where it was', () => {
    const rules = [rule('estate', 'duty'), rule('duty', 'lane'), rule('lane')]
    expect(reordered(reordered(rules, 0, 1), 1, 0)).toEqual(rules)
  })
  test('a purpose is said once', () => {
    expect(purposes(meant(meant([rule('a'), rule('b')], 'a', 'b'), 'a', 'b'))).toEqual({ a: ['b'], b: [] })
  })
})

describe('widths of the panes', () => {
  test('what fits stays as it was wished', () => {
    expect(fitted({ left: 22, right: 30 }, 90)).toEqual({ left: 22, right: 30 })
  })
  test('a narrow window takes from the right pane first and leaves each readable', () => {
    expect(fitted({ left: 22, right: 30 }, 65)).toEqual({ left: 22, right: 25 })
    expect(fitted({ left: 40, right: 60 }, 60)).toEqual({ left: 22, right: 20 })
    expect(fitted({ left: 1, right: 1 }, 90)).toEqual({ left: 15, right: 20 })
  })
  test('two panes have no right one', () => {
    expect(fitted({ left: 26, right: 0 }, 90, false)).toEqual({ left: 26, right: 0 })
  })
})

test('the way to the due time is between nothing and all of it', () => {
  const at = (hour: number) => `2026-03-02T${String(hour).padStart(2, '0')}:00:00Z`
  expect(gone(at(8), at(12), Date.parse(at(9)))).toBe(0.25)
  expect(gone(at(8), at(12), Date.parse(at(20)))).toBe(1)
  expect(gone(at(8), null, Date.parse(at(9)))).toBeNull()
})

test('metres have a decimal only where it decides something', () => {
  expect([metres(3.26), metres(103.3)]).toEqual([3.3, 103])
})

test('the clock that is opened first is the late one of the unit, and never a void one', () => {
  const clock = (key: string, more: Partial<LedgerClock> = {}) =>
    ({ key, clock: key, state: 'stopped', breached_at: null, ...more }) as LedgerClock
  const late = { breached_at: '2026-03-02T08:00:00Z' }
  expect(foremostClock([clock('file'), clock('resolve'), clock('verify')])?.key).toBe('resolve')
  expect(foremostClock([clock('file'), clock('acknowledge', late), clock('resolve')])?.key).toBe(
    'acknowledge',
  )
  expect(foremostClock([clock('file'), clock('resolve', { ...late, state: 'void' })])?.key).toBe('file')
  expect(foremostClock([])).toBeNull()
})

test('a step that must bring one of several says which, until one is there', () => {
  const shown = ['unit_id', 'reason', 'call'].map((name) => ({ name }) as Need)
  expect(oneOf('assign', shown, { unit_id: 'u' })).toEqual(['reason', 'call'])
  expect(oneOf('assign', shown, { unit_id: 'u', call: '张工 9 点' })).toBeNull()
  expect(oneOf('accept', shown, {})).toBeNull()
})

test('a number in a list leads where its reader may read the ticket, and nowhere for whoever may not', () => {
  expect(ticketAddress(['supervisor'], 'T')).toBe('/desk/audit?ticket=T')
  expect(ticketAddress(['unit_lead'], 'T')).toBe('/ticket/T')
  expect(ticketAddress(['unit_lead', 'dispatcher'], 'T')).toBe('/desk/audit?ticket=T')
  expect(ticketAddress(['audit_admin'], 'T')).toBeNull()
  expect(ticketAddress(['system_admin'], 'T')).toBeNull()
})
