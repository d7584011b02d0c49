import { describe, expect, it } from 'vitest'
import {
  askedOf,
  cornersOf,
  filtersOf,
  listedOf,
  OF_TONE,
  olderThan,
  shapeOf,
  timeExpression,
  timeTone,
  withinOf,
} from '../../src/core/desk_map'

const NOW = Date.parse('2026-11-29T04:07:00Z')
const filters = (words: string) => filtersOf(new URLSearchParams(words))

describe('what the address asks of the map', () => {
  it('asks tiles for state, unit, grid and category, and lists for the rest', () => {
    const wanted = filters('status=received,accepted&unit=u&grid=g&category=lamp')
    expect(askedOf(wanted)).toEqual({
      status: 'received,accepted',
      unit_id: 'u',
      grid_id: 'g',
      category: 'lamp',
    })
    expect(listedOf(wanted, NOW)).toBeNull()
    expect(askedOf(filters('status=open&tab=tray'))).toEqual({})
    expect(listedOf(filters('text= 学校 '), NOW)).toEqual({ text: '学校' })
    expect(listedOf(filters('age=3'), NOW)).toEqual({ received_before: '2026-11-26T04:00:00.000Z' })
    expect(listedOf(filters('age=never'), NOW)).toBeNull()
    expect(listedOf(filters('status=closed'), NOW)).toEqual({})
  })

  it('asks the same question for a quarter of an hour', () => {
    expect(olderThan(1, NOW)).toBe(olderThan(1, NOW + 60_000))
    expect(olderThan(1, NOW)).not.toBe(olderThan(1, NOW + 900_000))
  })
})

describe('the colours of time', () => {
  const now = 1000
  const cases = [
    [{ paused: true, late: true }, 'paused'],
    [{ late: true, due: 2000 }, 'breached'],
    [{ late: false, due: 999, near: 500 }, 'breached'],
    [{ due: 2000, near: 1000 }, 'near'],
    [{ due: 2000, near: 1001 }, null],
    [{}, null],
  ] as const

  it.each(cases)('says of %j %s', (point, tone) => {
    expect(timeTone({ status: 'assigned', ...point }, now)).toBe(tone)
    expect(
      judged(
        timeExpression(now, (one) => one, null),
        point,
      ),
    ).toBe(tone)
  })
})

/** As the map's own language is defined: a typed value falls back to the next one. */
function judged(expression: unknown, point: Record<string, unknown>): unknown {
  if (!Array.isArray(expression)) return expression
  const [operator, ...rest] = expression as [string, ...unknown[]]
  const value = (one: unknown) => judged(one, point)
  switch (operator) {
    case 'get':
      return point[rest[0] as string]
    case 'number':
    case 'boolean':
      return rest.map(value).find((one) => typeof one === operator)
    case '<':
      return (value(rest[0]) as number) < (value(rest[1]) as number)
    case '<=':
      return (value(rest[0]) as number) <= (value(rest[1]) as number)
    case 'any':
      return rest.some(value)
    case 'case': {
      for (let at = 0; at + 1 < rest.length; at += 2) if (value(rest[at])) return value(rest[at + 1])
      return value(rest[rest.length - 1])
    }
    default:
      throw new Error(operator)
  }
}

it('knows every open status by exactly one tone of the legend', () => {
  const all = [...OF_TONE.values()].flat()
  expect(new Set(all).size).toBe(all.length)
  expect(all).toContain('split')
  expect(all).not.toContain('closed')
})

it('carries a drawn line in the address, without the trembling of a hand', () => {
  const circle = Array.from({ length: 2000 }, (_, n): [number, number] => [
    200 + 150 * Math.cos((n / 2000) * 2 * Math.PI),
    200 + 150 * Math.sin((n / 2000) * 2 * Math.PI),
  ])
  const corners = cornersOf(circle)
  expect(corners.length).toBeGreaterThan(40)
  expect(corners.length).toBeLessThanOrEqual(120)
  const words = withinOf(corners.map(([x, y]) => ({ lon: 113 + x / 1e5, lat: 22 + y / 1e5 })))
  const shape = shapeOf(words)!
  expect(shape[0]).toEqual(shape[shape.length - 1])
  expect(shape).toHaveLength(corners.length + 1)
  expect(shapeOf('1,2;3')).toBeNull()
  expect(shapeOf(null)).toBeNull()
})
