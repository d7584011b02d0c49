/** Tiles of a base map in the Web-Mercator scheme: which of them lie under a view, and where their corners are. Pure. */
import { fromGcj02, toGcj02 } from './geo'
import type { Position } from './shapes'

export interface BaseMap {
  /** Addresses with `{x}`, `{y}` and `{z}`, drawn over one another. */
  tiles: string[]
  datum: 'WGS-84' | 'CGCS2000' | 'GCJ-02'
  attribution: string
  /** 审图号, or empty. */
  approval: string
  most_zoom: number
}

export interface Tile {
  x: number
  y: number
  z: number
}

const EQUATOR_MPP = 156_543.034
const RAD = Math.PI / 180

/** The zoom whose tiles are shown between 0.7 and 1.4 times their size. `mpp`: metres to a pixel of the screen's own. */
export function zoomFor(mpp: number, lat: number, most: number): number {
  return Math.max(1, Math.min(most, Math.round(Math.log2((EQUATOR_MPP * Math.cos(lat * RAD)) / mpp))))
}

function column(lon: number, z: number): number {
  return ((lon + 180) / 360) * 2 ** z
}

function row(lat: number, z: number): number {
  return ((1 - Math.asinh(Math.tan(lat * RAD)) / Math.PI) / 2) * 2 ** z
}

/** The column and row that a place (in the tiles' own degrees) lies in, with the part of the tile before it. */
export function tileUnder({ lon, lat }: Position, z: number): [number, number] {
  return [column(lon, z), row(lat, z)]
}

/** The north-west corner in WGS-84, where the base map's own degrees are turned back when it is drawn in GCJ-02. */
export function cornerOf({ x, y, z }: Tile, datum: BaseMap['datum']): Position {
  const lon = (x / 2 ** z) * 360 - 180
  const lat = Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / 2 ** z))) / RAD
  return datum === 'GCJ-02' ? fromGcj02({ lon, lat }) : { lon, lat }
}

/** The tiles under a box given by two WGS-84 corners, one more on each side where a shift bends the edges. */
export function tilesUnder(
  southWest: Position,
  northEast: Position,
  z: number,
  datum: BaseMap['datum'],
): Tile[] {
  const [a, b] = [southWest, northEast].map((place) => (datum === 'GCJ-02' ? toGcj02(place) : place)) as [
    Position,
    Position,
  ]
  const tiles: Tile[] = []
  for (let y = Math.floor(row(b.lat, z)); y <= Math.floor(row(a.lat, z)); y++)
    for (let x = Math.floor(column(a.lon, z)); x <= Math.floor(column(b.lon, z)); x++) tiles.push({ x, y, z })
  return tiles
}

export function addressOf(template: string, { x, y, z }: Tile): string {
  return template.replace('{x}', String(x)).replace('{y}', String(y)).replace('{z}', String(z))
}
