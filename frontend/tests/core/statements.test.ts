import { expect, test } from 'vitest'
import { daysOf } from '../../src/core/statements'

test('the tickets of a month are asked for from its first day to its last, also in a leap year', () => {
  expect(daysOf('2026-11')).toEqual({ from: '2026-11-01', to: '2026-11-30' })
  expect(daysOf('2028-02')).toEqual({ from: '2028-02-01', to: '2028-02-29' })
  expect(daysOf('2026-12').to).toBe('2026-12-31')
})
