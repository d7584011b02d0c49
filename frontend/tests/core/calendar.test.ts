import { expect, test } from 'vitest'
import { daysOf, faultOf, shiftsIn, yearDocument, yearsToPublish } from '../../src/core/calendar'

const WORK = ['08:30–12:00', '14:00–17:30']

test('the National Day holiday with its make-up Saturday becomes the file that says so', () => {
  const calendar = { calendar_id: 'city', weekly: [WORK, WORK, WORK, WORK, WORK, [], []] }
  const stretches = [
    { from: '2027-10-01', to: '2027-10-07', on: false, why: '国庆节' },
    { from: '2027-10-09', to: '', on: true, why: '国庆调休' },
  ]
  const document = yearDocument(calendar, 2027, stretches)
  const days = document['exceptions_changed'] as Record<string, { shifts: unknown[]; why: string }>
  expect(Object.keys(days)).toHaveLength(8)
  expect(days['2027-10-07']).toEqual({ shifts: [], why: '国庆节' })
  expect(days['2027-10-09']!.shifts).toEqual([
    { start_minute: 510, end_minute: 720 },
    { start_minute: 840, end_minute: 1050 },
  ])
  expect(document['years_added']).toEqual([2027])
  expect(faultOf(2027, stretches)).toBeNull()
})

test('a day named twice, a stretch that runs backwards and one without a name are found', () => {
  const day = { from: '2027-05-01', to: '2027-05-05', on: false, why: '劳动节' }
  expect(faultOf(2027, [day, { ...day, from: '2027-05-05', to: '' }])).toEqual({
    fault: 'twice',
    text: '2027-05-05',
  })
  expect(faultOf(2027, [{ ...day, to: '2027-04-30' }])?.fault).toBe('span')
  expect(faultOf(2027, [{ ...day, why: ' ' }])?.fault).toBe('why')
  expect(faultOf(2027, [{ ...day, from: '2029-05-01', to: '2029-05-01' }])?.fault).toBe('year')
  expect(faultOf(2027, [])?.fault).toBe('none')
  expect(daysOf({ from: '2027-02-28', to: '2027-03-01' })).toEqual(['2027-02-28', '2027-03-01'])
  expect(shiftsIn('八点到十二点')).toBeNull()
})

test('a missing year is told of while it runs, and the next one from October on', () => {
  const calendars = [{ provisional_years: [2027] }, { provisional_years: [] }, { provisional_years: [2027] }]
  expect(yearsToPublish(calendars, '2026-09-30')).toEqual([])
  expect(yearsToPublish(calendars, '2026-10-01')).toEqual([2027])
  expect(yearsToPublish([{ provisional_years: [2027, 2028] }], '2027-03-01')).toEqual([2027])
  expect(yearsToPublish([{ provisional_years: [2027, 2028] }], '2027-12-31')).toEqual([2027, 2028])
  expect(yearsToPublish([], '2026-12-31')).toEqual([])
})
