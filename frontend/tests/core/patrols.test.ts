/** A walk on the phone: what is recorded, how small it is written, and what is said of it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  address,
  dependents,
  due,
  envelope,
  makeFact,
  waitsFor,
  type Item,
  type Maker,
} from '../../src/core/operations'
import {
  CODE,
  inFence,
  isWorth,
  legsOf,
  readFixes,
  sumOf,
  touched,
  typedCode,
  writeFixes,
  type Fix,
} from '../../src/core/patrols'
import { linesIn, placeAt, pointsIn, rotaOf, weekdaysOf } from '../../src/core/patrols_desk'
import type { Geometry } from '../../src/core/shapes'
import { verdictOf } from '../../src/core/verdicts'

const EAST = 1 / 102_500
const at = (second: number, metres = 0): Fix => ({
  at: 1_790_000_000 + second,
  lon: 113.1 + metres * EAST,
  lat: 23,
  accuracy_m: 6,
})
const walked = (from: number, to: number) =>
  Array.from({ length: Math.ceil((to - from) / 5) }, (_, n) => at(from + 5 * n, 1.2 * (from + 5 * n)))

describe('a walk', () => {
  test('comes out of its text as it went in, whatever it was', () => {
    const fix = fc.record({
      at: fc.integer({ min: 0, max: 200_000 }),
      lon: fc.integer({ min: -18_000_000, max: 18_000_000 }).map((one) => one / 100_000),
      lat: fc.integer({ min: -9_000_000, max: 9_000_000 }).map((one) => one / 100_000),
      accuracy_m: fc.option(fc.integer({ min: 0, max: 5_000 })),
    })
    fc.assert(
      fc.property(fc.array(fix), (fixes) => {
        expect(readFixes(writeFixes(fixes, 0), 0)).toEqual(fixes)
      }),
    )
  })

  test('is drawn with gaps as gaps', () => {
    const legs = legsOf([...walked(0, 300), ...walked(700, 1000)])
    expect(legs).toHaveLength(2)
    const sum = sumOf(legs, at(0).at, at(1000).at)
    expect(sum.length_m).toBeGreaterThan(2 * 280 * 1.2)
    expect(sum.length_m).toBeLessThan(2 * 300 * 1.2)
    expect(sum.gap_s).toBeGreaterThan(400)
  })

  test('is not made of jumps or drives', () => {
    expect(legsOf([...walked(0, 300), at(301, 90_000), ...walked(305, 600)])).toHaveLength(1)
    expect(legsOf(Array.from({ length: 200 }, (_, n) => at(5 * n, 80 * n)))).toHaveLength(0)
  })

  test('of four hours takes little room', () => {
    const kept: Fix[] = []
    for (let second = 0; second < 4 * 3600; second++) {
      const fix = at(second, 1.1 * second)
      if (isWorth(kept.at(-1) ?? null, fix)) kept.push(fix)
    }
    expect(kept.length).toBeLessThan(1500)
    expect(writeFixes(kept, kept[0]!.at).length).toBeLessThan(12_000)
    expect(legsOf(kept)).toHaveLength(1)
  })

  test('has entered the grids that it went through, and no other', () => {
    const grid = (from: number, to: number) => {
      const [west, east] = [113.1 + from * EAST, 113.1 + to * EAST]
      const ring = [
        [west, 22.999],
        [east, 22.999],
        [east, 23.001],
        [west, 23.001],
        [west, 22.999],
      ]
      return { boundary: { type: 'Polygon', coordinates: [ring] } as Geometry }
    }
    const grids = [grid(-10, 100), grid(100, 300), grid(300, 900), grid(900, 1100)]
    // A gap of some seven minutes lies over the third: what lies between is not known.
    const legs = legsOf([...walked(0, 200), ...walked(800, 900)])
    expect([...touched(grids, legs)]).toEqual([grids[0], grids[1], grids[3]])
  })

  test('stands still without a gap', () => {
    const kept: Fix[] = []
    for (let second = 0; second < 600; second++)
      if (isWorth(kept.at(-1) ?? null, at(second))) kept.push(at(second))
    expect(legsOf(kept)).toHaveLength(1)
    expect(isWorth(null, { ...at(0), accuracy_m: 300 })).toBe(false)
  })
})

test('a checkpoint is known by its circle or its code', () => {
  const points = [
    { lon: 113.1, lat: 23, fence_m: 30 },
    { lon: 113.1 + 20 * EAST, lat: 23, fence_m: 30 },
  ]
  expect(inFence(points, { lon: 113.1 + 15 * EAST, lat: 23 })).toBe(points[1])
  expect(inFence(points, { lon: 113.2, lat: 23 })).toBe(null)
  expect(typedCode('https://grid.example.org/patrol/at/abc234/')).toBe('ABC234')
  expect(CODE.test(typedCode(' abc 234 '))).toBe(true)
  expect(CODE.test(typedCode('weixin://pay'))).toBe(false)
})

describe('what is told of a walk', () => {
  const maker = (item_id: string, created_at: number): Maker => ({
    item_id,
    person_id: 'me',
    jurisdiction_id: 'here',
    clock: { captured_at: '', tz: '', offset_ms: null, offset_at: null, boot_id: 'b', mono_ms: 0 },
    created_at,
  })
  const tell = (id: string, when: number, after: string | null) =>
    makeFact(
      maker(id, when),
      {
        ticket_id: 'walk',
        type: id,
        path: `/api/v1/patrols/walk/operations/${id}`,
        after,
        says: after ? { type: 'positions' } : {},
        body: { fixes: '??' },
        photos: [],
        label: { kind: '', place: '', picture: null },
      },
      async (text) => `digest-${text.length}`,
    )

  test('goes after its start, one by one, and a broken part holds up no other', async () => {
    const [start, one, two] = await Promise.all([
      tell('walk', 9, null),
      tell('1', 2, 'walk'),
      tell('2', 3, 'walk'),
    ])
    const sent = (items: Item[]) => due(items, 'me', 10).map((item) => item.item_id)
    expect(sent([one, two, start])).toEqual(['walk'])
    expect(sent([one, two])).toEqual(['1'])
    expect(sent([{ ...one, state: 'attention' }, two])).toEqual(['2'])
    const refused: Item = { ...start, state: 'attention' }
    expect(waitsFor([refused, one, two], two)).toBe(refused)
    expect(dependents([refused, one, two], refused)).toHaveLength(2)
    expect(address(one)).toBe('/api/v1/patrols/walk/operations/1')
    expect(JSON.parse(envelope(one))).toMatchObject({
      type: 'positions',
      body: { fixes: '??' },
      digest: one.digest,
    })
  })

  test('is delivered by its own acknowledgement only', async () => {
    const item = await tell('1', 1, 'walk')
    const answer = (said: object, headers: Record<string, string> = { 'x-app-ack': '1' }) =>
      verdictOf(
        {
          status: 200,
          headers: { 'content-type': 'application/json', ...headers },
          text: JSON.stringify(said),
        },
        item,
      ).verdict
    const ours = { op_id: '1', patrol_id: 'walk', digest: item.digest, verdict: 'counted' }
    expect(answer(ours)).toBe('delivered')
    expect(answer({ ...ours, op_id: '2' })).toBe('later')
    expect(answer({ ...ours, digest: 'other' })).toBe('later')
    expect(answer(ours, {})).toBe('later')
  })

  test('keeps which checkpoint a code was of', async () => {
    const item = await tell('1', 1, 'walk')
    const said = { op_id: '1', digest: item.digest, verdict: 'counted', checkpoint_id: 'gate' }
    const headers = { 'content-type': 'application/json', 'x-app-ack': '1' }
    expect(verdictOf({ status: 200, headers, text: JSON.stringify(said) }, item)).toMatchObject({
      receipt: { verdict: 'counted', checkpoint_id: 'gate' },
    })
  })
})

describe('a plan', () => {
  const day = { name: 'd', starts: '08:00', minutes: 120 }
  const names = { early: 'e', late: 'l', night: 'n' }
  const common = { shifts: [day], days: [], names, today: '2026-11-26' }

  test('of four teams has somebody on duty in every shift of every day', () => {
    const teams = ['a', 'b', 'c', 'd'].map((name) => ({ name, members: [name] }))
    const rota = rotaOf({ ...common, rhythm: 'four', teams })
    const duties = rota.turns.map(({ day, shift }) => `${day} ${shift}`)
    expect(new Set(duties).size).toBe(24)
    expect(duties).toHaveLength(24)
  })

  test('of working days begins on a Monday', () => {
    const rota = rotaOf({ ...common, rhythm: 'weekdays', teams: [{ name: 'a', members: ['x'] }] })
    expect(rota.anchor_on).toBe('2026-11-23')
    expect(rota.turns.map(({ day }) => day)).toEqual([0, 1, 2, 3, 4])
    expect(weekdaysOf(rota)).toEqual([0, 1, 2, 3, 4])
  })

  test('of chosen days has a team for each shift of a day', () => {
    const evening = { name: 'e', starts: '19:00', minutes: 150 }
    const teams = ['a', 'b'].map((name) => ({ name, members: [name] }))
    const rota = rotaOf({ ...common, rhythm: 'days', days: [1, 5], shifts: [day, evening], teams })
    expect(rota.turns).toEqual([
      { day: 1, shift: 0, team: 0 },
      { day: 1, shift: 1, team: 1 },
      { day: 5, shift: 0, team: 0 },
      { day: 5, shift: 1, team: 1 },
    ])
    // A rota may begin its week on any day.
    expect(weekdaysOf({ ...rota, anchor_on: '2026-11-26' })).toEqual([1, 4])
    expect(weekdaysOf({ ...rota, cycle_days: 1 })).toHaveLength(7)
    expect(weekdaysOf({ ...rota, cycle_days: 8 })).toEqual([])
  })

  test('takes points from a file and nothing else', () => {
    const point = (coordinates: unknown, type = 'Point') => ({
      type: 'Feature',
      geometry: { type, coordinates },
      properties: { name: '东门' },
    })
    const file = JSON.stringify({
      features: [point([113.1, 23]), point([113.1, 230]), point([[1, 2]], 'LineString')],
    })
    expect(pointsIn(file)).toEqual([{ lon: 113.1, lat: 23, name: '东门' }])
    expect(pointsIn('not a file')).toEqual([])
    expect(pointsIn('{"features": 3}')).toEqual([])
  })
})

test('a route is the lines of a file, whatever else stands in it', () => {
  const line = (...coordinates: unknown[]) => ({ type: 'LineString', coordinates })
  const [a, b] = [
    [113.1, 23, 4],
    [113.2, 23],
  ]
  const features = [line(a, b), line(a), line(a, [200, 23]), { type: 'Point', coordinates: a }, null].map(
    (geometry) => ({ type: 'Feature', geometry }),
  )
  const found = [
    [113.1, 23],
    [113.2, 23],
  ]
  expect(linesIn(JSON.stringify({ type: 'FeatureCollection', features }))).toEqual([found])
  expect(
    linesIn(
      JSON.stringify({
        type: 'MultiLineString',
        coordinates: [
          [a, b],
          [b, a],
        ],
      }),
    ),
  ).toHaveLength(2)
  expect(linesIn('not a file')).toEqual([])
})

test('a replay shows nobody where nothing is known', () => {
  const leg = (from: number, to: number, lon: number) => ({
    path: [
      [lon, 23],
      [lon + 0.001, 23],
    ] as [number, number][],
    started_at: from,
    ended_at: to,
  })
  const walk = { legs: [leg(0, 100, 113), leg(500, 600, 114)] }
  expect(placeAt(walk, 50).place).toEqual({ lon: 113.0005, lat: 23 })
  expect(placeAt(walk, 300).place).toBe(null)
  expect(placeAt(walk, 300).path).toHaveLength(1)
  expect(placeAt(walk, 600).path).toHaveLength(2)
})
