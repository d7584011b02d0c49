import { expect, test } from 'vitest'
import { lastMonths, monthOfPapers, thisMonth } from '../../src/core/registers'

test('months go back over the end of a year, also from the 31st', () => {
  const newYearsEve = new Date(2026, 0, 31, 23, 59).getTime()
  expect(thisMonth(newYearsEve)).toBe('2026-01')
  expect(lastMonths(newYearsEve, 4)).toEqual(['2026-01', '2025-12', '2025-11', '2025-10'])
})

test('on the first days of a month its papers are still those of the month that is over', () => {
  expect(monthOfPapers(new Date(2026, 0, 1).getTime())).toBe('2025-12')
  expect(monthOfPapers(new Date(2026, 0, 5, 23, 59).getTime())).toBe('2025-12')
  expect(monthOfPapers(new Date(2026, 0, 6).getTime())).toBe('2026-01')
})
