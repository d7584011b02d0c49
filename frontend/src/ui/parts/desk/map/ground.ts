/** Our own quiet base: areas, grids, lanes, houses and names from tiles, and on demand where units answer. */
import type * as maplibregl from 'maplibre-gl'
import { tilesAt, type TileLayers } from '../../../../data/desk_map'

export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

export type Layer = maplibregl.LayerSpecification
type Symbols = maplibregl.SymbolLayerSpecification

function named(source: string, layer: string, size: number, more: Partial<Symbols> = {}): Layer {
  return {
    id: `${layer}-name`,
    type: 'symbol',
    source,
    'source-layer': layer,
    ...more,
    layout: {
      'text-field': ['coalesce', ['get', 'name'], ''],
      'text-size': size,
      'text-font': ['sans'],
      ...more.layout,
    },
    paint: {
      'text-color': token('--map-name'),
      'text-halo-color': token('--map-ground'),
      'text-halo-width': 1.5,
      ...more.paint,
    },
  }
}

function lined(layer: string, colour: string, width: unknown, dashes?: number[]): Layer {
  return {
    id: `${layer}-line`,
    type: 'line',
    source: 'base',
    'source-layer': layer,
    paint: {
      'line-color': token(colour),
      'line-width': width as number,
      ...(dashes ? { 'line-dasharray': dashes } : {}),
    },
  }
}

export const tilesOf = (
  id: TileLayers,
  zooms: { farthest: number; nearest: number },
): maplibregl.VectorSourceSpecification => ({
  type: 'vector',
  tiles: [tilesAt(id)],
  minzoom: zooms.farthest,
  maxzoom: zooms.nearest,
})

/** The farthest zoom whose tiles hold everything; nearer ones show the same, larger. */
export const GROUND = { farthest: 8, nearest: 17 }
export const ANSWERED = { farthest: 11, nearest: 14 }

/** Of the source `base`, the lowest first; `names` lie above whatever is drawn on the ground. */
export function groundLayers(): { ground: Layer[]; names: Layer[] } {
  const width = (far: number, near: number) => ['interpolate', ['linear'], ['zoom'], 14, far, 18, near]
  const ground: Layer[] = [
    {
      id: 'grid-fill',
      type: 'fill',
      source: 'base',
      'source-layer': 'grid',
      paint: { 'fill-color': token('--map-mine'), 'fill-opacity': 0.5 },
    },
    {
      id: 'street-edge',
      type: 'line',
      source: 'base',
      'source-layer': 'street',
      paint: { 'line-color': token('--map-lane-edge'), 'line-width': width(1.5, 9) as never },
    },
    lined('street', '--map-lane', width(1, 7)),
    {
      id: 'building-fill',
      type: 'fill',
      source: 'base',
      'source-layer': 'building',
      paint: { 'fill-color': token('--map-building'), 'fill-outline-color': token('--map-building-edge') },
    },
    lined('grid', '--map-grid', ['interpolate', ['linear'], ['zoom'], 12, 0.5, 15, 1.5]),
    lined('area', '--map-boundary', 1.25, [4, 2]),
  ]
  const names: Layer[] = [
    named('base', 'area', 12, {
      minzoom: 9,
      maxzoom: 14,
      filter: ['==', ['get', 'level'], ['step', ['zoom'], 'street', 12, 'community']],
    }),
    named('base', 'grid_name', 13),
    named('base', 'street', 12, { layout: { 'symbol-placement': 'line' } }),
    named('base', 'landmark', 12),
    named('base', 'building_name', 11),
  ]
  return { ground, names }
}

function serviceLayers(): Layer[] {
  const source = 'service-areas'
  return [
    {
      id: 'service-area-fill',
      type: 'fill',
      source,
      'source-layer': 'service_area',
      paint: { 'fill-color': token('--accent'), 'fill-opacity': 0.07 },
    },
    {
      id: 'service-area-line',
      type: 'line',
      source,
      'source-layer': 'service_area',
      paint: { 'line-color': token('--accent'), 'line-width': 1.5, 'line-dasharray': [2, 1.5] },
    },
    named(source, 'service_area_name', 12, { paint: { 'text-color': token('--accent') } }),
  ]
}

/** Shows or hides where units answer; the tiles are asked for when it is first shown. */
export function showServiceAreas(map: maplibregl.Map, shown: boolean): void {
  if (shown && !map.getSource('service-areas')) {
    map.addSource('service-areas', tilesOf('service-areas', ANSWERED))
    const [fill, line, names] = serviceLayers()
    for (const below of [fill!, line!]) map.addLayer(below, 'grid_name-name')
    map.addLayer(names!)
  }
  if (!map.getSource('service-areas')) return
  for (const { id } of serviceLayers()) map.setLayoutProperty(id, 'visibility', shown ? 'visible' : 'none')
}
