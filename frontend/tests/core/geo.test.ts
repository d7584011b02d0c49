import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  contains,
  distance,
  distanceTo,
  fromGcj02,
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

  it('agree with the server, there and back', () => {
    // WGS-84 (or GCJ-02), its GCJ-02, its WGS-84: figures of the server's own `wgs84_to_gcj02` and `gcj02_to_wgs84`.
    const figures: [[number, number], [number, number], [number, number]][] = [
      [
        [113.2765, 22.8341],
        [113.28182068606752, 22.831309631775895],
        [113.27118451710717, 22.83689399724848],
      ],
      [
        [121.4737, 31.2304],
        [121.47822305927693, 31.22845773757727],
        [121.4691622633295, 31.232329239037504],
      ],
      [
        [87.6168, 43.8256],
        [87.61964994946926, 43.82680539311119],
        [87.61395281940622, 43.82439603947834],
      ],
      [
        [126.6424, 45.7567],
        [126.64836981630474, 45.75865110185797],
        [126.63644391917094, 45.754757387045686],
      ],
      [
        [-73.98, 40.75],
        [-73.98, 40.75],
        [-73.98, 40.75],
      ],
    ]
    for (const [[lon, lat], there, back] of figures) {
      const gcj = toGcj02({ lon, lat })
      expect([gcj.lon, gcj.lat].map((value) => value.toFixed(11))).toEqual(there.map((v) => v.toFixed(11)))
      const wgs = fromGcj02({ lon, lat })
      expect([wgs.lon, wgs.lat].map((value) => value.toFixed(11))).toEqual(back.map((v) => v.toFixed(11)))
    }
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
