import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromGcj02, planeAt, toGcj02 } from '../../src/core/geo'
import { addressOf, cornerOf, tilesUnder, zoomFor } from '../../src/core/tiles'
import {
  covers,
  fitted,
  fromScreen,
  grouped,
  panned,
  scaleBar,
  toScreen,
  zoomed,
  type View,
} from '../../src/core/view'

const SIZE = { width: 360, height: 500 }
const HERE = { lon: 113.2765, lat: 22.8341 }

const views = fc.record<View>({
  east: fc.double({ min: -3000, max: 3000, noNaN: true }),
  north: fc.double({ min: -3000, max: 3000, noNaN: true }),
  mpp: fc.double({ min: 0.1, max: 10, noNaN: true }),
})
const across = fc.double({ min: 0, max: 360, noNaN: true })
const down = fc.double({ min: 0, max: 500, noNaN: true })

describe('a view', () => {
  it('keeps under the fingers what is under the fingers', () => {
    fc.assert(
      fc.property(views, across, down, fc.double({ min: 0.5, max: 2, noNaN: true }), (view, x, y, factor) => {
        const [east, north] = fromScreen(view, SIZE, x, y)
        const nearer = toScreen(zoomed(view, SIZE, factor, x, y), SIZE, east, north)
        expect(nearer[0]).toBeCloseTo(x, 4)
        expect(nearer[1]).toBeCloseTo(y, 4)
        const moved = toScreen(panned(view, 30, -20), SIZE, east, north)
        expect(moved[0]).toBeCloseTo(x + 30, 4)
        expect(moved[1]).toBeCloseTo(y - 20, 4)
      }),
    )
  })

  it('never comes so near or so far that nothing is to be seen', () => {
    const view = { east: 0, north: 0, mpp: 1 }
    expect(zoomed(view, SIZE, 1e9, 10, 10).mpp).toBeGreaterThan(0.05)
    expect(zoomed(view, SIZE, 1e-9, 10, 10).mpp).toBeLessThan(20)
  })

  it('shows a whole grid with a margin', () => {
    const view = fitted({ west: -100, east: 100, south: 0, north: 400 }, SIZE, 20)
    expect(toScreen(view, SIZE, 0, 400)[1]).toBeCloseTo(20, 6)
    expect(toScreen(view, SIZE, 0, 0)[1]).toBeCloseTo(480, 6)
  })

  it('may be a moved and stretched picture as long as that shows everything and can be read', () => {
    const of = { east: 0, north: 0, mpp: 1 }
    const stands = (view: View) => covers(of, view, SIZE, 0.25)
    expect(stands(of)).toBe(true)
    expect(stands(panned(of, 89, -124))).toBe(true)
    expect(stands(panned(of, 91, 0))).toBe(false)
    expect(stands(panned(of, 0, 126))).toBe(false)
    expect(stands(zoomed(of, SIZE, 2.4, 180, 250))).toBe(true)
    expect(stands(zoomed(of, SIZE, 2.6, 180, 250))).toBe(false)
    expect(stands(zoomed(of, SIZE, 0.7, 180, 250))).toBe(true)
    expect(stands(zoomed(of, SIZE, 0.6, 180, 250))).toBe(false)
  })

  it('has a scale of a round length', () => {
    expect(scaleBar(1, 96)).toEqual({ metres: 50, pixels: 50 })
    expect(scaleBar(0.2, 96).metres).toBe(10)
    expect(scaleBar(12, 96).pixels).toBeLessThanOrEqual(96)
  })
})

describe('marks', () => {
  it('that would cover each other are one, and part when one comes nearer; none is lost', () => {
    const plane = planeAt(HERE)
    const at = (east: number, north: number, name: string) => ({ ...plane.toPlace(east, north), name })
    const things = [at(0, 0, '037'), at(20, 5, '038'), at(200, 0, '039')]
    const names = (mpp: number) =>
      grouped(things, plane, mpp, { width: 90, height: 44 }).map(({ members }) =>
        members.map(({ name }) => name),
      )
    expect(names(1)).toEqual([['037', '038'], ['039']])
    expect(names(0.2)).toEqual([['037'], ['038'], ['039']])
    expect(names(10)).toEqual([['037', '038', '039']])
  })
})

describe('a base map', () => {
  it('lies where its own degrees say', () => {
    // The scheme's own figures: its edge, its middle, and the line of the second zoom.
    expect(cornerOf({ x: 0, y: 0, z: 0 }, 'WGS-84').lat).toBeCloseTo(85.0511287798066, 9)
    expect(cornerOf({ x: 1, y: 1, z: 1 }, 'WGS-84')).toEqual({ lon: 0, lat: 0 })
    expect(cornerOf({ x: 3, y: 1, z: 2 }, 'CGCS2000').lat).toBeCloseTo(66.5132604431, 9)
    expect(cornerOf({ x: 3, y: 1, z: 2 }, 'CGCS2000').lon).toBe(90)
  })

  it('drawn in GCJ-02 is moved back, so that a house stands on its own picture', () => {
    const tiles = tilesUnder({ lon: 113.27, lat: 22.83 }, { lon: 113.28, lat: 22.84 }, 17, 'GCJ-02')
    const gcj = toGcj02(HERE)
    const under = tiles.find((tile) => {
      const [from, to] = [
        cornerOf(tile, 'WGS-84'),
        cornerOf({ ...tile, x: tile.x + 1, y: tile.y + 1 }, 'WGS-84'),
      ]
      return from.lon <= gcj.lon && gcj.lon < to.lon && to.lat <= gcj.lat && gcj.lat < from.lat
    })!
    expect(under).toBeDefined()
    // The same share of the tile's width and height, whether measured in its degrees or on our map.
    const share = (datum: 'WGS-84' | 'GCJ-02', place: typeof HERE) => {
      const [from, to] = [
        cornerOf(under, datum),
        cornerOf({ ...under, x: under.x + 1, y: under.y + 1 }, datum),
      ]
      return [(place.lon - from.lon) / (to.lon - from.lon), (place.lat - from.lat) / (to.lat - from.lat)]
    }
    const [x, y] = share('WGS-84', gcj)
    const [ours, oursY] = share('GCJ-02', HERE)
    // 0.003 of a tile at this zoom is less than a metre.
    expect(Math.abs(x! - ours!)).toBeLessThan(0.003)
    expect(Math.abs(y! - oursY!)).toBeLessThan(0.003)
    expect(fromGcj02(gcj).lon).toBeCloseTo(HERE.lon, 8)
  })

  it('is asked for no finer than it is, and for the tiles of the view only', () => {
    expect(zoomFor(1, 22.8, 18)).toBe(17)
    expect(zoomFor(0.1, 22.8, 18)).toBe(18)
    const tiles = tilesUnder({ lon: 113.27, lat: 22.83 }, { lon: 113.28, lat: 22.84 }, 17, 'WGS-84')
    expect(tiles).toHaveLength(5 * 4)
    expect(addressOf('https://t.example.org/{z}/{x}/{y}.png', { x: 3, y: 4, z: 5 })).toBe(
      'https://t.example.org/5/3/4.png',
    )
  })
})
