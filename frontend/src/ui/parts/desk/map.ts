/** The desk's map: our own quiet base of areas, grids, lanes, houses and names, tickets on top. Loaded on demand. */
import * as maplibregl from 'maplibre-gl'
import 'maplibre-gl/dist/maplibre-gl.css'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import type { Colouring, MapPoint, MapQuery } from '../../../core/desk_map'
import type { FeatureCollection, Position } from '../../../core/shapes'
import type { BaseMap } from '../../../core/tiles'
import { tileRequest } from '../../../data/desk_map'
import { showForeign } from './map/foreign'
import { GROUND, groundLayers, showServiceAreas, tilesOf, token } from './map/ground'
import { outlineLayers } from './map/outline'
import { HIT, Tickets, type Placed } from './map/tickets'

type Collection = Parameters<maplibregl.GeoJSONSource['setData']>[0] & object

maplibregl.setWorkerUrl(workerUrl)

const LONG_PRESS_MS = 550
/** About one zoom and a half: what one cell held is then some cells, or points. */
const NEARER = 1.6
const EMPTY: Collection = { type: 'FeatureCollection', features: [] }

/** A ticket under the pointer, with where on the pane it is. */
export interface Pointed {
  point: MapPoint & { n?: number }
  x: number
  y: number
}

export interface DeskMap {
  /** Tickets are shown from the first call on: by the tiles' own choice, or as points in their place. */
  tickets(query: MapQuery | null, points: readonly Placed[]): void
  paint(colouring: Colouring, now_s: number): void
  choose(ticket: Placed | null): void
  select(points: readonly Placed[]): void
  pick(place: Position | null): void
  /** Shapes over the base, each with a `role`: chosen, before, after, line, wrong, outside; for gaps none, several, desk. */
  outlines(data: FeatureCollection): void
  serviceAreas(shown: boolean): void
  foreign(base: BaseMap | null): void
  /** Asks again for tiles that may have changed; what has not costs an answer without a body. */
  again(layers: 'base' | 'tickets'): void
  fly(place: Position): void
  placeAt(x: number, y: number): Position
  middle(): Position
  remove(): void
}

/**
 * Draws into `box`, beginning with `bounds`, and calls back for a ticket or a place that was clicked or asked about. Throws
 * where this browser has no WebGL.
 */
export function drawMap(
  box: HTMLElement,
  bounds: readonly number[] | null,
  heard: {
    ticket: (ticket_id: string) => void
    place: (place: Position) => void
    ask: (place: Position) => void
    point: (pointed: Pointed | null) => void
    ready: () => void
    drawn: () => void
    failed: (some: boolean) => void
  },
): DeskMap {
  const map = new maplibregl.Map({
    container: box,
    attributionControl: false,
    localIdeographFontFamily: token('--font'),
    ...(bounds
      ? { bounds: bounds as [number, number, number, number], fitBoundsOptions: { padding: 24 } }
      : { center: [104, 35], zoom: 5 }),
    minZoom: 5,
    maxZoom: 20,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    fadeDuration: 0,
    refreshExpiredTiles: false,
    transformRequest: tileRequest,
    style: base(),
  })
  map.touchZoomRotate.disableRotation()
  map.keyboard.disableRotation()
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }), 'top-right')
  map.addControl(new maplibregl.ScaleControl(), 'bottom-left')
  let tickets: Tickets | null = null

  const hit = (at: maplibregl.Point) =>
    tickets && map.queryRenderedFeatures(at, { layers: HIT.filter((id) => map.getLayer(id)) })[0]

  function clicked(event: maplibregl.MapMouseEvent) {
    const found = hit(event.point)
    if (found?.properties['id']) heard.ticket(String(found.properties['id']))
    else if (found)
      map.easeTo({ center: event.lngLat, zoom: Math.max(map.getZoom() + NEARER, 6), duration: 160 })
    else heard.place({ lon: event.lngLat.lng, lat: event.lngLat.lat })
  }

  map.on('error', () => heard.failed(true))
  // Before anything is drawn: the first picture has all of it, and the tiles are asked for at once.
  map.on('style.load', () => {
    map.on('click', clicked)
    map.on('contextmenu', (event) => heard.ask({ lon: event.lngLat.lng, lat: event.lngLat.lat }))
    longPresses(map, heard.ask)
    map.on('mousemove', (event) => {
      if (map.isMoving()) return
      const found = hit(event.point)
      map.getCanvas().style.cursor = found ? 'pointer' : ''
      heard.point(
        found ? { point: found.properties as Pointed['point'], x: event.point.x, y: event.point.y } : null,
      )
    })
    map.on('movestart', () => {
      heard.point(null)
      heard.failed(false)
    })
    map.on('mouseout', () => heard.point(null))
    map.on('idle', heard.drawn)
    heard.ready()
  })

  const put = (id: string, data: Collection) =>
    void map.getSource<maplibregl.GeoJSONSource>(id)?.setData(data)
  const dot = ({ lon, lat }: Position): Collection => ({
    type: 'FeatureCollection',
    features: [{ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [lon, lat] } }],
  })

  return {
    tickets(query, points) {
      tickets ??= new Tickets(map)
      tickets.show(query, points)
    },
    paint: (colouring, now_s) => tickets?.paint(colouring, now_s),
    choose: (ticket) => tickets?.choose(ticket),
    select: (points) => tickets?.select(points),
    outlines: (data) => put('outline', data as Collection),
    pick: (place) => put('picked', place ? dot(place) : EMPTY),
    serviceAreas: (shown) => showServiceAreas(map, shown),
    foreign: (base) => showForeign(map, base),
    again(layers) {
      if (layers === 'base') map.refreshTiles('base')
      else tickets?.again()
    },
    fly: (place) =>
      void map.easeTo({ center: [place.lon, place.lat], zoom: Math.max(map.getZoom(), 16.5), duration: 160 }),
    placeAt(x, y) {
      const { lng, lat } = map.unproject([x, y])
      return { lon: lng, lat }
    },
    middle() {
      const { lng, lat } = map.getCenter()
      return { lon: lng, lat }
    },
    remove: () => map.remove(),
  }
}

/** Everything but tickets, in the order in which it is painted. */
function base(): maplibregl.StyleSpecification {
  const { ground, names } = groundLayers()
  return {
    version: 8,
    sources: {
      base: tilesOf('base', GROUND),
      picked: { type: 'geojson', data: EMPTY },
      outline: { type: 'geojson', data: EMPTY },
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': token('--map-ground') } },
      ...ground,
      ...outlineLayers(),
      ...names,
      {
        id: 'picked-dot',
        type: 'circle',
        source: 'picked',
        paint: {
          'circle-radius': 6,
          'circle-color': token('--accent'),
          'circle-stroke-color': token('--raised'),
          'circle-stroke-width': 2,
        },
      },
    ],
  }
}

/** A finger that rests asks what a right click asks. */
function longPresses(map: maplibregl.Map, ask: (place: Position) => void) {
  let timer = 0
  const stop = () => clearTimeout(timer)
  map.on('touchstart', (event) => {
    stop()
    if (event.points.length > 1) return
    const { lng, lat } = event.lngLat
    timer = window.setTimeout(() => ask({ lon: lng, lat }), LONG_PRESS_MS)
  })
  for (const end of ['touchend', 'touchcancel', 'touchmove', 'movestart'] as const) map.on(end, stop)
}
