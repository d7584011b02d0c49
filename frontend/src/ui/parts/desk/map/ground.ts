/** Our own quiet base: areas, grids, lanes, houses and names from tiles, and on demand where units answer. */
import type * as maplibregl from 'maplibre-gl'
import { tilesAt, type TileLayers } from '../../../../data/desk_map'

export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

type Words = 'point' | 'line'

function named(map: maplibregl.Map, source: string, layer: string, size: number, words: Words = 'point') {
  map.addLayer({
    id: `${layer}-name`,
    type: 'symbol',
    source,
    'source-layer': layer,
    layout: {
      'text-field': ['coalesce', ['get', 'name'], ''],
      'text-size': size,
      'symbol-placement': words,
      'text-font': ['sans'],
    },
    paint: {
      'text-color': token('--map-name'),
      'text-halo-color': token('--map-ground'),
      'text-halo-width': 1.5,
    },
  })
}

function lined(map: maplibregl.Map, layer: string, colour: string, width: unknown, dashes?: number[]) {
  map.addLayer({
    id: `${layer}-line`,
    type: 'line',
    source: 'base',
    'source-layer': layer,
    paint: {
      'line-color': token(colour),
      'line-width': width as number,
      ...(dashes ? { 'line-dasharray': dashes } : {}),
    },
  })
}

export const addTiles = (map: maplibregl.Map, id: TileLayers, zooms: { farthest: number; nearest: number }) =>
  map.addSource(id, {
    type: 'vector',
    tiles: [tilesAt(id)],
    minzoom: zooms.farthest,
    maxzoom: zooms.nearest,
  })

/** The farthest zoom whose tiles hold everything; nearer ones show the same, larger. */
export const GROUND = { farthest: 8, nearest: 17 }
export const ANSWERED = { farthest: 11, nearest: 14 }

export function addGround(map: maplibregl.Map): void {
  addTiles(map, 'base', GROUND)
  map.addLayer({
    id: 'grid-fill',
    type: 'fill',
    source: 'base',
    'source-layer': 'grid',
    paint: { 'fill-color': token('--map-mine'), 'fill-opacity': 0.5 },
  })
  const width = (far: number, near: number) => ['interpolate', ['linear'], ['zoom'], 14, far, 18, near]
  map.addLayer({
    id: 'street-edge',
    type: 'line',
    source: 'base',
    'source-layer': 'street',
    paint: { 'line-color': token('--map-lane-edge'), 'line-width': width(1.5, 9) as never },
  })
  lined(map, 'street', '--map-lane', width(1, 7))
  map.addLayer({
    id: 'building-fill',
    type: 'fill',
    source: 'base',
    'source-layer': 'building',
    paint: { 'fill-color': token('--map-building'), 'fill-outline-color': token('--map-building-edge') },
  })
  lined(map, 'grid', '--map-grid', ['interpolate', ['linear'], ['zoom'], 12, 0.5, 15, 1.5])
  lined(map, 'area', '--map-boundary', 1.25, [4, 2])
}

export function addNames(map: maplibregl.Map): void {
  map.addLayer({
    id: 'area-name',
    type: 'symbol',
    source: 'base',
    'source-layer': 'area',
    minzoom: 9,
    maxzoom: 14,
    filter: ['==', ['get', 'level'], ['step', ['zoom'], 'street', 12, 'community']],
    layout: { 'text-field': ['coalesce', ['get', 'name'], ''], 'text-size': 12, 'text-font': ['sans'] },
    paint: {
      'text-color': token('--map-name'),
      'text-halo-color': token('--map-ground'),
      'text-halo-width': 1.5,
    },
  })
  named(map, 'base', 'grid_name', 13)
  named(map, 'base', 'street', 12, 'line')
  named(map, 'base', 'landmark', 12)
  named(map, 'base', 'building_name', 11)
}

const SERVICE = ['service-area-fill', 'service-area-line', 'service_area_name-name'] as const

/** Shows or hides where units answer; the tiles are asked for when it is first shown. */
export function showServiceAreas(map: maplibregl.Map, shown: boolean): void {
  if (shown && !map.getSource('service-areas')) {
    addTiles(map, 'service-areas', ANSWERED)
    const below = map.getLayer('grid_name-name') ? 'grid_name-name' : undefined
    map.addLayer(
      {
        id: SERVICE[0],
        type: 'fill',
        source: 'service-areas',
        'source-layer': 'service_area',
        paint: { 'fill-color': token('--accent'), 'fill-opacity': 0.07 },
      },
      below,
    )
    map.addLayer(
      {
        id: SERVICE[1],
        type: 'line',
        source: 'service-areas',
        'source-layer': 'service_area',
        paint: { 'line-color': token('--accent'), 'line-width': 1.5, 'line-dasharray': [2, 1.5] },
      },
      below,
    )
    named(map, 'service-areas', 'service_area_name', 12)
    map.setPaintProperty(SERVICE[2], 'text-color', token('--accent'))
  }
  for (const id of SERVICE)
    if (map.getLayer(id)) map.setLayoutProperty(id, 'visibility', shown ? 'visible' : 'none')
}
