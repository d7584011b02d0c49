/** Places: distances in metres, datums of the map apps, projection of a small area for a sketch. */
import type { Feature, Geometry, NearName, Position, Ring } from './shapes'

const EARTH_M = 6_371_008.8
const RAD = Math.PI / 180

/** Metres between two WGS-84 positions on a sphere (error below 0.6 %). */
export function distance(a: Position, b: Position): number {
  const half = (x: number) => Math.sin(x / 2) ** 2
  const h =
    half((b.lat - a.lat) * RAD) + Math.cos(a.lat * RAD) * Math.cos(b.lat * RAD) * half((b.lon - a.lon) * RAD)
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)))
}

const AXIS = 6378245
const ECC = 0.006693421622965943

/** The area in which the public maps of mainland China are shifted (a rectangle, as the map makers draw it). */
export function shifted({ lon, lat }: Position): boolean {
  return lon >= 72.004 && lon <= 137.8347 && lat >= 0.8293 && lat <= 55.8271
}

function waves(x: number, y: number): [number, number] {
  const { PI, abs, sin, sqrt } = Math
  const both = 20 * sin(6 * x * PI) + 20 * sin(2 * x * PI)
  const dLat =
    -100 +
    2 * x +
    3 * y +
    0.2 * y * y +
    0.1 * x * y +
    0.2 * sqrt(abs(x)) +
    ((both +
      20 * sin(y * PI) +
      40 * sin((y / 3) * PI) +
      160 * sin((y / 12) * PI) +
      320 * sin((y * PI) / 30)) *
      2) /
      3
  const dLon =
    300 +
    x +
    2 * y +
    0.1 * x * x +
    0.1 * x * y +
    0.1 * sqrt(abs(x)) +
    ((both +
      20 * sin(x * PI) +
      40 * sin((x / 3) * PI) +
      150 * sin((x / 12) * PI) +
      300 * sin((x / 30) * PI)) *
      2) /
      3
  return [dLat, dLon]
}

/** WGS-84 to GCJ-02, the datum of 高德, 腾讯 and Apple's maps in mainland China; unchanged elsewhere. */
export function toGcj02(place: Position): Position {
  if (!shifted(place)) return place
  const [dLat, dLon] = waves(place.lon - 105, place.lat - 35)
  const magic = 1 - ECC * Math.sin(place.lat * RAD) ** 2
  const root = Math.sqrt(magic)
  return {
    lat: place.lat + (dLat * 180) / (((AXIS * (1 - ECC)) / (magic * root)) * Math.PI),
    lon: place.lon + (dLon * 180) / ((AXIS / root) * Math.cos(place.lat * RAD) * Math.PI),
  }
}

const INVERSE_STEPS = 6

/** GCJ-02 to WGS-84 by fixed point: each step shrinks the rest a hundredfold, six leave less than a micrometre. */
export function fromGcj02(place: Position): Position {
  let guess = place
  for (let step = 0; step < INVERSE_STEPS; step++) {
    const moved = toGcj02(guess)
    guess = { lon: guess.lon + (place.lon - moved.lon), lat: guess.lat + (place.lat - moved.lat) }
  }
  return guess
}

/** GCJ-02 to BD-09, the datum of 百度. */
export function toBd09({ lon, lat }: Position): Position {
  const spin = (Math.PI * 3000) / 180
  const z = Math.sqrt(lon * lon + lat * lat) + 0.00002 * Math.sin(lat * spin)
  const theta = Math.atan2(lat, lon) + 0.000003 * Math.cos(lon * spin)
  return { lon: z * Math.cos(theta) + 0.0065, lat: z * Math.sin(theta) + 0.006 }
}

export type MapApp = 'amap' | 'baidu' | 'tencent' | 'apple' | 'other'

/** A link that opens the place (WGS-84) in a map app, in that app's own datum. */
export function mapLink(app: MapApp, place: Position, name: string): string {
  const gcj = toGcj02(place)
  const pair = ({ lon, lat }: Position, first: 'lon' | 'lat') =>
    first === 'lon' ? `${lon.toFixed(6)},${lat.toFixed(6)}` : `${lat.toFixed(6)},${lon.toFixed(6)}`
  const words = encodeURIComponent(name)
  switch (app) {
    case 'amap':
      return `https://uri.amap.com/marker?position=${pair(gcj, 'lon')}&name=${words}&coordinate=gaode&callnative=1`
    case 'baidu': {
      const at = shifted(place) ? pair(toBd09(gcj), 'lat') : pair(place, 'lat')
      const datum = shifted(place) ? 'bd09ll' : 'wgs84'
      return `https://api.map.baidu.com/marker?location=${at}&title=${words}&content=${words}&output=html&coord_type=${datum}&src=gridward`
    }
    case 'tencent':
      return `https://apis.map.qq.com/uri/v1/marker?marker=coord:${pair(gcj, 'lat')};title:${words};addr:${words}&referer=gridward`
    case 'apple':
      return `https://maps.apple.com/?ll=${pair(gcj, 'lat')}&q=${words}`
    case 'other':
      return `geo:${pair(place, 'lat')}?q=${pair(place, 'lat')}(${words})`
  }
}

/** Flat metres east and north of an origin: good to a centimetre within some kilometres. */
export interface Plane {
  toPlane(place: Position): [number, number]
  toPlace(x: number, y: number): Position
}

export function planeAt(origin: Position): Plane {
  const perLat = EARTH_M * RAD
  const perLon = perLat * Math.cos(origin.lat * RAD)
  return {
    toPlane: ({ lon, lat }) => [(lon - origin.lon) * perLon, (lat - origin.lat) * perLat],
    toPlace: (x, y) => ({ lon: origin.lon + x / perLon, lat: origin.lat + y / perLat }),
  }
}

export function rings(geometry: Geometry | null): Ring[] {
  switch (geometry?.type) {
    case 'Polygon':
    case 'MultiLineString':
      return geometry.coordinates
    case 'MultiPolygon':
      return geometry.coordinates.flat()
    case 'LineString':
      return [geometry.coordinates]
    case 'Point':
      return [[geometry.coordinates]]
    default:
      return []
  }
}

/** Whether a polygon (holes and several parts included) contains the place; even–odd rule. */
export function contains(geometry: Geometry | null, { lon, lat }: Position): boolean {
  if (geometry?.type !== 'Polygon' && geometry?.type !== 'MultiPolygon') return false
  let inside = false
  for (const ring of rings(geometry))
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [xi, yi] = ring[i]!
      const [xj, yj] = ring[j]!
      if (yi > lat !== yj > lat && lon < ((xj - xi) * (lat - yi)) / (yj - yi) + xi) inside = !inside
    }
  return inside
}

/** Metres from a place to the nearest point of a geometry; 0 inside a polygon. */
export function distanceTo(geometry: Geometry | null, place: Position): number {
  if (contains(geometry, place)) return 0
  const plane = planeAt(place)
  let best = Infinity
  for (const ring of rings(geometry)) {
    const points = ring.map(([lon, lat]) => plane.toPlane({ lon, lat }))
    if (points.length === 1) best = Math.min(best, Math.hypot(...points[0]!))
    for (let i = 1; i < points.length; i++) {
      const [ax, ay] = points[i - 1]!
      const [bx, by] = points[i]!
      const length = (bx - ax) ** 2 + (by - ay) ** 2
      const along = length === 0 ? 0 : Math.max(0, Math.min(1, -(ax * (bx - ax) + ay * (by - ay)) / length))
      best = Math.min(best, Math.hypot(ax + along * (bx - ax), ay + along * (by - ay)))
    }
  }
  return best
}

/** The middle of a geometry's box: where its name stands on a sketch. */
export function middle(geometry: Geometry | null): Position | null {
  const points = rings(geometry).flat()
  if (points.length === 0) return null
  const lons = points.map(([lon]) => lon)
  const lats = points.map(([, lat]) => lat)
  return {
    lon: (Math.min(...lons) + Math.max(...lons)) / 2,
    lat: (Math.min(...lats) + Math.max(...lats)) / 2,
  }
}

function nameOf(feature: Feature): string {
  const name = feature.properties['name']
  return typeof name === 'string' ? name : ''
}

/** The nearest named things that the phone holds, one of each name, nearest first. */
export function nearNames(
  layers: Partial<Record<string, Feature[]>>,
  place: Position,
  { within = 120, most = 6 } = {},
): NearName[] {
  const best = new Map<string, NearName>()
  for (const [kind, features] of Object.entries(layers))
    for (const feature of features ?? []) {
      const name = nameOf(feature)
      if (!name) continue
      const distance_m = distanceTo(feature.geometry, place)
      const held = best.get(name)
      if (distance_m <= within && (!held || distance_m < held.distance_m))
        best.set(name, { kind, name, distance_m })
    }
  return [...best.values()].sort((a, b) => a.distance_m - b.distance_m).slice(0, most)
}

/** A box `west,south,east,north` in degrees that holds everything within so many metres. */
export function boxAround({ lon, lat }: Position, metres: number): string {
  const north = metres / 111_195
  const east = north / Math.cos((lat * Math.PI) / 180)
  return [lon - east, lat - north, lon + east, lat + north].map((value) => value.toFixed(6)).join(',')
}
