import { describe, expect, it } from 'vitest'
import {
  daysOfStep,
  drawing,
  percent,
  longestWalked,
  periodOf,
  spentSet,
  stepFor,
  stepOf,
  steps,
  usualPreset,
} from '../../src/core/figures'

describe('walks', () => {
  it('are asked for as far back as they are told', () => {
    expect(longestWalked({ from: '2026-09-01', to: '2026-09-30' }).from).toBe('2026-09-01')
    expect(longestWalked({ from: '2026-01-01', to: '2026-09-30' }).from).toBe('2026-06-22')
  })
})

describe('periods', () => {
  it('go over the end of a year', () => {
    expect(periodOf('last_month', '2026-01-15')).toEqual({ from: '2025-12-01', to: '2025-12-31' })
    expect(periodOf('last_quarter', '2026-02-28')).toEqual({ from: '2025-10-01', to: '2025-12-31' })
    expect(periodOf('this_quarter', '2026-11-29')).toEqual({ from: '2026-10-01', to: '2026-11-29' })
    expect(periodOf('days_30', '2026-03-01')).toEqual({ from: '2026-01-31', to: '2026-03-01' })
  })
  it('begin with the month before while this one is five days old', () => {
    expect(['2026-12-01', '2026-12-05'].map(usualPreset)).toEqual(['last_month', 'last_month'])
    expect(['2026-12-06', '2026-11-30'].map(usualPreset)).toEqual(['this_month', 'this_month'])
  })
  it('are told by day, week or month', () => {
    expect(stepOf({ from: '2026-11-01', to: '2026-11-30' })).toBe('day')
    expect(stepOf({ from: '2026-01-01', to: '2026-11-30' })).toBe('week')
    expect(stepOf({ from: '2024-01-01', to: '2026-11-30' })).toBe('month')
  })
  it('have steps that end with them', () => {
    const november = { from: '2026-11-01', to: '2026-11-30' }
    expect(daysOfStep(november, '2026-11-30')).toEqual({ from: '2026-11-30', to: '2026-11-30' })
    const year = { from: '2026-01-01', to: '2026-11-04' }
    expect(daysOfStep(year, '2025-12-29')).toEqual({ from: '2026-01-01', to: '2026-01-04' })
    expect(daysOfStep(year, '2026-02-23')).toEqual({ from: '2026-02-23', to: '2026-03-01' })
    expect(daysOfStep(year, '2026-11-02')).toEqual({ from: '2026-11-02', to: '2026-11-04' })
    const years = { from: '2024-01-01', to: '2026-11-30' }
    expect(daysOfStep(years, '2024-02-01')).toEqual({ from: '2024-02-01', to: '2024-02-29' })
    expect(daysOfStep(years, '2025-12-01')).toEqual({ from: '2025-12-01', to: '2025-12-31' })
  })
})

describe('times', () => {
  it('are told from their sets', () => {
    expect(spentSet('resolve.spent')).toEqual({ kind: 'resolve', from_s: null, to_s: null })
    expect(spentSet('ticket.spent_0_900')).toEqual({ kind: 'whole', from_s: null, to_s: 900 })
    expect(spentSet('verify.spent_7200_14400')).toEqual({ kind: 'verify', from_s: 7200, to_s: 14_400 })
    expect(spentSet('verify.spent_1209600_more')).toEqual({ kind: 'verify', from_s: 1_209_600, to_s: null })
    expect(spentSet('resolve.late')).toBe(null)
  })
})

describe('shares', () => {
  it('are never rounded to all or nothing', () => {
    expect([percent(1), percent(0), percent(0.99996), percent(0.00001), percent(0.875)]).toEqual([
      '100%',
      '0%',
      '99.9%',
      '0.1%',
      '87.5%',
    ])
  })
})

describe('a scale', () => {
  it('has steps with as many in each, and parts no equals', () => {
    const edges = steps([1, 1, 1, 1, 2, 3, 4, 5, 6, 40])
    expect(edges).toEqual([1, 3, 5, 40])
    expect(stepFor(1, edges)).toBe(0)
    expect(stepFor(40, edges)).toBe(edges.length - 1)
    expect(steps([])).toEqual([])
  })
})

describe('a drawing', () => {
  it('puts north on top and keeps proportions', () => {
    const square = {
      type: 'Polygon',
      coordinates: [
        [
          [113, 23],
          [113.01, 23],
          [113.01, 23.01],
          [113, 23.01],
          [113, 23],
        ],
      ],
    }
    const made = drawing([square], 100)
    expect(made.path(square).startsWith('M0.0 108.6')).toBe(true)
    expect(Math.round(made.height)).toBe(109)
    expect(drawing([], 100).height).toBe(0)
  })
})
