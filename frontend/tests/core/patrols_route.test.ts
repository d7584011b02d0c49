/** What is left of a plan's route, as somebody who walks it is told without a signal. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { distance } from '../../src/core/geo'
import { legsOf, NUMBERS, type Fix } from '../../src/core/patrols'
import { routeWalk, type RouteWalk } from '../../src/core/patrols_route'

const EAST = 1 / 102_360
const NORTH = 1 / 111_195
type Place = [number, number]
const place = (east: number, north = 0): Place => [113.1 + east * EAST, 23 + north * NORTH]
/** Along the lane at a walking pace, a position every ten seconds. */
const along = (from: number, to: number, { north = 0, accuracy_m = 6, at = from } = {}): Fix[] =>
  Array.from({ length: Math.floor((to - from) / 12) + 1 }, (_, n) => {
    const [lon, lat] = place(from + 12 * n, north)
    return { at: 1_790_000_000 + at + 10 * n, lon, lat, accuracy_m }
  })
const LANE = [place(0), place(200), place(600)]
const metres = (path: RouteWalk['stretches'][number]['path']) =>
  path.slice(1).reduce((sum, [lon, lat], n) => {
    const [west, south] = path[n]!
    return sum + distance({ lon, lat }, { lon: west, lat: south })
  }, 0)

describe('a route', () => {
  test('is left whole before the first position, and gone when it was walked', () => {
    const before = routeWalk([LANE], [])
    expect(before.left_m).toBeCloseTo(before.length_m)
    expect(before.length_m).toBeGreaterThan(595)
    expect(before.length_m).toBeLessThan(605)
    expect(before.stretches).toEqual([{ walked: false, path: LANE }])
    const after = routeWalk([LANE], legsOf(along(0, 600)))
    expect(after).toMatchObject({ lines: 1, lines_walked: 1, left_m: 0 })
    expect(after.stretches).toEqual([{ walked: true, path: LANE }])
  })

  test('says what is left after its first third, and where', () => {
    const found = routeWalk([LANE], legsOf(along(0, 204)))
    expect(found.lines_walked).toBe(0)
    // What is seen reaches fifteen metres ahead.
    expect(found.left_m).toBeGreaterThan(375)
    expect(found.left_m).toBeLessThan(390)
    const [walked, left] = found.stretches
    expect(found.stretches.map((one) => one.walked)).toEqual([true, false])
    expect(left!.path[0]).toEqual(walked!.path.at(-1))
    expect(metres(left!.path)).toBeCloseTo(found.left_m, 0)
  })

  test('is walked on either side of the lane, and not from the next one', () => {
    expect(routeWalk([LANE], legsOf(along(0, 600, { north: 12 }))).left_m).toBe(0)
    expect(routeWalk([LANE], legsOf(along(0, 600, { north: 20 }))).lines_walked).toBe(0)
    // Where the community chose that more is seen, or the positions are worth less, more is.
    const rules = { ...NUMBERS, swath_m: 22 }
    expect(routeWalk([LANE], legsOf(along(0, 600, { north: 20 })), rules).left_m).toBe(0)
    expect(routeWalk([LANE], legsOf(along(0, 600, { north: 20, accuracy_m: 24 }))).left_m).toBe(0)
    expect(routeWalk([LANE], legsOf(along(0, 600, { north: 30, accuracy_m: 45 }))).lines_walked).toBe(0)
  })

  test('is not walked across a gap', () => {
    const legs = legsOf([...along(0, 120), ...along(480, 600, { at: 900 })])
    expect(legs).toHaveLength(2)
    const found = routeWalk([LANE], legs)
    expect(found.stretches.map((one) => one.walked)).toEqual([true, false, true])
    expect(found.left_m).toBeGreaterThan(320)
    expect(found.left_m).toBeLessThan(340)
  })

  test('tells its lines apart: one of three, and a barrier is no shame', () => {
    const route = [LANE, [place(0, 100), place(400, 100)], [place(0, 200), place(100, 200)]]
    const found = routeWalk(route, legsOf(along(0, 540)))
    expect(found).toMatchObject({ lines: 3, lines_walked: 1 })
    // Fifteen metres beyond the last position were seen.
    expect(found.left_m).toBeGreaterThan(540)
    expect(found.left_m).toBeLessThan(550)
  })

  test('there and back, in any order, is not walked twice', () => {
    const there = along(0, 600)
    const back = [...along(0, 600)]
      .reverse()
      .map((fix, n) => ({ ...fix, at: there.at(-1)!.at + 10 + 10 * n }))
    const found = routeWalk([LANE], legsOf([...there, ...back]))
    expect(found.left_m).toBe(0)
    expect(found.length_m).toBeLessThan(605)
  })

  test('that is none leaves nothing', () => {
    expect(routeWalk([], legsOf(along(0, 600)))).toMatchObject({ lines: 0, length_m: 0, left_m: 0 })
    expect(routeWalk([[place(0), place(0)]], [])).toMatchObject({ lines: 0, left_m: 0 })
  })

  test('keeps its length, whatever is walked of it', () => {
    const spot = fc.tuple(fc.integer({ min: -300, max: 300 }), fc.integer({ min: -300, max: 300 }))
    const line = fc.array(spot, { minLength: 2, maxLength: 6 })
    fc.assert(
      fc.property(fc.array(line, { maxLength: 4 }), fc.integer({ min: 0, max: 300 }), (lines, to) => {
        const route = lines.map((one) => one.map(([east, north]) => place(east, north)))
        const found = routeWalk(route, legsOf(along(0, to)))
        const length = (walked: boolean) =>
          found.stretches
            .filter((one) => one.walked === walked)
            .reduce((sum, { path }) => sum + metres(path), 0)
        expect(length(false) - found.left_m).toBeLessThan(2)
        expect(Math.abs(length(true) + length(false) - found.length_m)).toBeLessThan(2)
        expect(found.lines_walked).toBeLessThanOrEqual(found.lines)
      }),
      { numRuns: 50 },
    )
  })
})
