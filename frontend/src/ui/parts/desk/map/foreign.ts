/**
 * A base map of somebody else's under ours, put right: a map in GCJ-02 is cut along other lines than our tiles, so each
 * of ours is pieced together from the four of theirs that lie under it. Asked for only while a person wants to see it.
 */
import * as maplibregl from 'maplibre-gl'
import { toGcj02 } from '../../../../core/geo'
import { addressOf, cornerOf, tileUnder, type BaseMap, type Tile } from '../../../../core/tiles'

const SCHEME = 'foreign'
const SIDE = 256

function picture(address: string, stop: AbortSignal): Promise<HTMLImageElement> {
  return new Promise((done, failed) => {
    const image = new Image()
    image.crossOrigin = 'anonymous'
    image.onload = () => done(image)
    image.onerror = () => failed(new Error(address))
    stop.addEventListener('abort', () => (image.src = ''))
    image.src = address
  })
}

/** One of our tiles, from however many of theirs. */
async function pieced(base: BaseMap, tile: Tile, stop: AbortSignal): Promise<ImageBitmap> {
  const canvas = new OffscreenCanvas(SIDE, SIDE)
  const pen = canvas.getContext('2d')!
  const corner = cornerOf(tile, 'WGS-84')
  const [left, top] = tileUnder(base.datum === 'GCJ-02' ? toGcj02(corner) : corner, tile.z)
  const [dx, dy] = [left - Math.round(left * SIDE) / SIDE, top - Math.round(top * SIDE) / SIDE]
  const first = { x: Math.floor(left - dx + 1e-9), y: Math.floor(top - dy + 1e-9) }
  const offset = { x: (left - dx - first.x) * SIDE, y: (top - dy - first.y) * SIDE }
  const needed = [0, 1].flatMap((y) => [0, 1].map((x) => ({ x, y })))
  for (const template of base.tiles)
    await Promise.all(
      needed
        .filter(({ x, y }) => (x === 0 || offset.x > 0.5) && (y === 0 || offset.y > 0.5))
        .map(async ({ x, y }) => {
          const image = await picture(
            addressOf(template, { x: first.x + x, y: first.y + y, z: tile.z }),
            stop,
          )
          pen.drawImage(image, x * SIDE - offset.x, y * SIDE - offset.y, SIDE, SIDE)
        }),
    )
  return createImageBitmap(canvas)
}

/** Lays it under everything else, or takes it away. */
export function showForeign(map: maplibregl.Map, base: BaseMap | null): void {
  if (map.getLayer(SCHEME)) map.removeLayer(SCHEME)
  if (map.getSource(SCHEME)) map.removeSource(SCHEME)
  if (base === null) return
  maplibregl.addProtocol(SCHEME, async ({ url }, { signal }) => {
    const [z, x, y] = url.slice(`${SCHEME}://`.length).split('/').map(Number)
    return { data: await pieced(base, { x: x!, y: y!, z: z! }, signal) }
  })
  map.addSource(SCHEME, {
    type: 'raster',
    tiles: [`${SCHEME}://{z}/{x}/{y}`],
    tileSize: SIDE,
    maxzoom: base.most_zoom,
  })
  map.addLayer({ id: SCHEME, type: 'raster', source: SCHEME }, 'grid-fill')
}
