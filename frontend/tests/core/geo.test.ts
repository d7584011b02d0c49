import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  contains,
  distance,
  distanceTo,
  mapLink,
  nearNames,
  planeAt,
  shifted,
  toBd09,
  toGcj02,
} from '../../src/core/geo'
import type { Feature } from '../../src/core/shapes'

const china = fc.record({
  lon: fc.double({ min: 75, max: 130, noNaN: true }),
  lat: fc.double({ min: 18, max: 52, noNaN: true }),
})

describe('datums', () => {
  it('agree with published pairs', () => {
    // Tiananmen: WGS-84 → GCJ-02 as public converters give it.
    const gcj = toGcj02({ lon: 116.404, lat: 39.915 })
    expect(gcj.lon).toBeCloseTo(116.41024449916938, 6)
    expect(gcj.lat).toBeCloseTo(39.91640428150164, 6)
    const bd = toBd09({ lon: 116.404, lat: 39.915 })
    expect(bd.lon).toBeCloseTo(116.41036949371029, 6)
    expect(bd.lat).toBeCloseTo(39.92133699351022, 6)
  })

  it('shift by hundreds of metres inside, by nothing outside', () => {
    fc.assert(
      fc.property(china, (place) => {
        const moved = distance(place, toGcj02(place))
        expect(moved).toBeGreaterThan(50)
        expect(moved).toBeLessThan(1500)
      }),
    )
    const paris = { lon: 2.35, lat: 48.85 }
    expect(shifted(paris)).toBe(false)
    expect(toGcj02(paris)).toEqual(paris)
  })

  it('reach each map app in its own datum', () => {
    const place = { lon: 113.2765, lat: 22.8341 }
    const gcj = toGcj02(place)
    expect(mapLink('amap', place, '东门')).toContain(`position=${gcj.lon.toFixed(6)},${gcj.lat.toFixed(6)}`)
    expect(mapLink('tencent', place, '东门')).toContain(`coord:${gcj.lat.toFixed(6)},${gcj.lon.toFixed(6)}`)
    expect(mapLink('apple', place, '东门')).toContain(`ll=${gcj.lat.toFixed(6)},${gcj.lon.toFixed(6)}`)
    expect(mapLink('baidu', place, '东门')).toContain('coord_type=bd09ll')
    expect(mapLink('other', place, '东门')).toContain('geo:22.834100,113.276500')
  })
})

describe('a small plane', () => {
  it('goes there and back', () => {
    fc.assert(
      fc.property(
        china,
        fc.double({ min: -2000, max: 2000, noNaN: true }),
        fc.double({ min: -2000, max: 2000, noNaN: true }),
        (origin, x, y) => {
          const plane = planeAt(origin)
          const [bx, by] = plane.toPlane(plane.toPlace(x, y))
          expect(bx).toBeCloseTo(x, 3)
          expect(by).toBeCloseTo(y, 3)
          expect(distance(origin, plane.toPlace(x, y))).toBeCloseTo(Math.hypot(x, y), -1)
        },
      ),
    )
  })
})

const square = (x: number, y: number, side: number): Feature['geometry'] => {
  const { toPlace } = planeAt({ lon: 113.2765, lat: 22.8341 })
  const at = (east: number, north: number): [number, number] => [
    toPlace(east, north).lon,
    toPlace(east, north).lat,
  ]
  return {
    type: 'Polygon',
    coordinates: [[at(x, y), at(x + side, y), at(x + side, y + side), at(x, y + side), at(x, y)]],
  }
}

describe('things near by', () => {
  const here = { lon: 113.2765, lat: 22.8341 }

  it('contain a place or lie some metres away', () => {
    expect(contains(square(-5, -5, 10), here)).toBe(true)
    expect(contains(square(5, 5, 10), here)).toBe(false)
    expect(distanceTo(square(-5, -5, 10), here)).toBe(0)
    expect(distanceTo(square(30, -5, 10), here)).toBeCloseTo(30, 1)
  })

  it('are named nearest first, each name once', () => {
    const named = (name: string, geometry: Feature['geometry']): Feature => ({
      type: 'Feature',
      geometry,
      properties: { name },
    })
    const near = nearNames(
      {
        building: [
          named('12号', square(20, 0, 10)),
          named('12号', square(60, 0, 10)),
          named('', square(0, 0, 1)),
        ],
        landmark: [named('东门', square(8, 0, 1))],
      },
      here,
    )
    expect(near.map(({ name }) => name)).toEqual(['东门', '12号'])
    expect(near[1]!.distance_m).toBeCloseTo(20, 0)
  })
})
