/** The desk's map: our own quiet base of areas, grids, lanes, houses and names, tickets on top. Loaded on demand. */
import * as maplibregl from 'maplibre-gl'
import 'maplibre-gl/dist/maplibre-gl.css'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import type { FeatureCollection, Layer, Position, TicketBrief } from '../../../core/shapes'
import { toneOf } from '../../../core/tickets'
import { mark, RATIO, TONES } from './marks'

type Collection = Parameters<maplibregl.GeoJSONSource['setData']>[0] & object

maplibregl.setWorkerUrl(workerUrl)

export const LAYERS: readonly Layer[] = ['grid', 'building', 'street', 'landmark']

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

function dataOf(tickets: readonly TicketBrief[], chosen: string | null): Collection {
  return {
    type: 'FeatureCollection',
    features: tickets
      .filter((ticket) => ticket.lon !== null && ticket.lat !== null)
      .map((ticket) => ({
        type: 'Feature',
        geometry: { type: 'Point', coordinates: [ticket.lon!, ticket.lat!] },
        properties: {
          ticket_id: ticket.ticket_id,
          no: ticket.short_no,
          tone: ticket.breached_at ? 'breached' : ticket.near_breach ? 'near' : toneOf(ticket),
          chosen: ticket.ticket_id === chosen,
        },
      })),
  }
}

export interface DeskMap {
  base(layer: Layer, data: FeatureCollection): void
  tickets(tickets: readonly TicketBrief[], chosen: string | null): void
  pick(place: Position | null): void
  /** Shapes over the base, each with a `role`: chosen, before, after, line, wrong, outside; for gaps none, several, desk. */
  outlines(data: FeatureCollection): void
  fly(place: Position): void
  remove(): void
}

/** Old and new outlines of a change: dashed what was, firm what will be, alarming what is wrong. */
function outlineLayers(map: maplibregl.Map) {
  const of = (...roles: string[]) =>
    ['in', ['get', 'role'], ['literal', roles]] as maplibregl.FilterSpecification
  const fill = (id: string, role: string, colour: string, opacity: number) =>
    map.addLayer({
      id,
      type: 'fill',
      source: 'outline',
      filter: of(role),
      paint: { 'fill-color': token(colour), 'fill-opacity': opacity },
    })
  const line = (id: string, roles: string[], colour: string, width: number, dashes?: number[]) =>
    map.addLayer({
      id,
      type: 'line',
      source: 'outline',
      filter: of(...roles),
      paint: {
        'line-color': token(colour),
        'line-width': width,
        ...(dashes ? { 'line-dasharray': dashes } : {}),
      },
    })
  fill('outline-chosen', 'chosen', '--accent', 0.25)
  fill('outline-after', 'after', '--accent', 0.12)
  fill('outline-wrong', 'wrong', '--state-breached', 0.45)
  fill('outline-none', 'none', '--state-breached', 0.35)
  fill('outline-several', 'several', '--state-near', 0.35)
  fill('outline-desk', 'desk', '--line-strong', 0.3)
  line('outline-after-line', ['after', 'chosen'], '--accent', 3)
  line('outline-before-line', ['before'], '--map-boundary', 2, [3, 2])
  line('outline-cut', ['line'], '--state-breached', 3)
  map.addLayer({
    id: 'outline-dot',
    type: 'circle',
    source: 'outline',
    filter: ['==', ['geometry-type'], 'Point'],
    paint: {
      'circle-radius': 6,
      'circle-color': token('--state-breached'),
      'circle-stroke-color': token('--raised'),
      'circle-stroke-width': 2,
    },
  })
}

/** Draws into `box` and calls back for a ticket or a place that was clicked. */
export function drawMap(
  box: HTMLElement,
  heard: {
    ticket: (ticket_id: string) => void
    place: (place: Position) => void
    ready: () => void
    drawn: () => void
  },
): DeskMap {
  const map = new maplibregl.Map({
    container: box,
    attributionControl: false,
    localIdeographFontFamily: token('--font'),
    center: [113.2765, 22.8341],
    zoom: 15,
    style: {
      version: 8,
      sources: {},
      layers: [{ id: 'ground', type: 'background', paint: { 'background-color': token('--map-ground') } }],
    },
  })
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }), 'top-right')
  map.addControl(new maplibregl.ScaleControl(), 'bottom-left')
  const empty: Collection = { type: 'FeatureCollection', features: [] }
  let fitted = false

  map.on('load', () => {
    for (const id of [...LAYERS, 'ticket', 'picked', 'outline'])
      map.addSource(id, { type: 'geojson', data: empty })
    map.addLayer({
      id: 'grid-fill',
      type: 'fill',
      source: 'grid',
      paint: { 'fill-color': token('--map-mine'), 'fill-opacity': 0.5 },
    })
    map.addLayer({
      id: 'street-edge',
      type: 'line',
      source: 'street',
      paint: {
        'line-color': token('--map-lane-edge'),
        'line-width': ['interpolate', ['linear'], ['zoom'], 14, 1.5, 18, 9],
      },
    })
    map.addLayer({
      id: 'street-line',
      type: 'line',
      source: 'street',
      paint: {
        'line-color': token('--map-lane'),
        'line-width': ['interpolate', ['linear'], ['zoom'], 14, 1, 18, 7],
      },
    })
    map.addLayer({
      id: 'building-fill',
      type: 'fill',
      source: 'building',
      minzoom: 14.5,
      paint: { 'fill-color': token('--map-building'), 'fill-outline-color': token('--map-building-edge') },
    })
    map.addLayer({
      id: 'grid-line',
      type: 'line',
      source: 'grid',
      paint: { 'line-color': token('--map-grid'), 'line-width': 1.5 },
    })
    outlineLayers(map)
    const words = (id: string, size: number, minzoom: number, placement: 'point' | 'line' = 'point') =>
      map.addLayer({
        id: `${id}-name`,
        type: 'symbol',
        source: id,
        minzoom,
        layout: {
          'text-field': ['coalesce', ['get', 'name'], ''],
          'text-size': size,
          'symbol-placement': placement,
          'text-font': ['sans'],
        },
        paint: {
          'text-color': token('--map-name'),
          'text-halo-color': token('--map-ground'),
          'text-halo-width': 1.5,
        },
      })
    words('grid', 13, 14)
    words('street', 12, 16, 'line')
    words('landmark', 12, 15.5)
    words('building', 11, 17.5)
    for (const tone of TONES)
      map.addImage(tone, mark(tone, token(`--state-${tone}`), token('--raised')), { pixelRatio: RATIO })
    map.addLayer({
      id: 'ticket-chosen',
      type: 'circle',
      source: 'ticket',
      filter: ['get', 'chosen'],
      paint: {
        'circle-radius': 17,
        'circle-color': token('--accent'),
        'circle-opacity': 0.2,
        'circle-stroke-color': token('--accent'),
        'circle-stroke-width': 2.5,
      },
    })
    map.addLayer({
      id: 'ticket-dot',
      type: 'symbol',
      source: 'ticket',
      layout: {
        'icon-image': ['get', 'tone'],
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
        'symbol-sort-key': ['case', ['get', 'chosen'], 1, 0],
      },
    })
    map.addLayer({
      id: 'picked-dot',
      type: 'circle',
      source: 'picked',
      paint: {
        'circle-radius': 6,
        'circle-color': token('--accent'),
        'circle-stroke-color': token('--raised'),
        'circle-stroke-width': 2,
      },
    })
    map.on('click', (event) => {
      const hit = map.queryRenderedFeatures(event.point, { layers: ['ticket-dot'] })[0]
      if (hit) heard.ticket(String(hit.properties['ticket_id']))
      else heard.place({ lon: event.lngLat.lng, lat: event.lngLat.lat })
    })
    map.on('mouseenter', 'ticket-dot', () => (map.getCanvas().style.cursor = 'pointer'))
    map.on('mouseleave', 'ticket-dot', () => (map.getCanvas().style.cursor = ''))
    map.on('idle', heard.drawn)
    heard.ready()
  })

  const put = (id: string, data: Collection) =>
    (map.getSource(id) as maplibregl.GeoJSONSource | undefined)?.setData(data)

  return {
    base(layer, data) {
      put(layer, data as Collection)
      if (layer !== 'grid' || fitted || data.features.length === 0) return
      fitted = true
      const bounds = new maplibregl.LngLatBounds()
      const walk = (part: unknown): void => {
        if (!Array.isArray(part)) return
        if (typeof part[0] === 'number') bounds.extend(part as [number, number])
        else part.forEach(walk)
      }
      data.features.forEach((feature) => feature.geometry && walk(feature.geometry.coordinates))
      map.fitBounds(bounds, { padding: 24, animate: false })
    },
    outlines: (data) => put('outline', data as Collection),
    tickets: (tickets, chosen) => put('ticket', dataOf(tickets, chosen)),
    pick: (place) =>
      put(
        'picked',
        place
          ? {
              type: 'FeatureCollection',
              features: [
                {
                  type: 'Feature',
                  properties: {},
                  geometry: { type: 'Point', coordinates: [place.lon, place.lat] },
                },
              ],
            }
          : empty,
      ),
    fly: (place) => {
      fitted = true
      map.easeTo({ center: [place.lon, place.lat], zoom: Math.max(map.getZoom(), 16.5), duration: 160 })
    },
    remove: () => map.remove(),
  }
}
