/**
 * Tickets on the desk's map: counts of cells from afar, dots nearer, and from zoom 14 on the marks of the lists. Those that
 * tiles cannot choose (words, age) come as points and look the same.
 */
import type * as maplibregl from 'maplibre-gl'
import {
  STATE_TONES,
  stateExpression,
  timeExpression,
  timeTone,
  type Colouring,
  type MapPoint,
  type MapQuery,
} from '../../../../core/desk_map'
import type { Position, Status } from '../../../../core/shapes'
import { toneOf, type Tone } from '../../../../core/tickets'
import { tilesAt } from '../../../../data/desk_map'
import { tilesOf, token } from './ground'
import { mark, RATIO, TONES } from './marks'

/** Zooms of the tiles: from 12 on points, from 14 on named ones, which stay the same when they are enlarged. */
const ZOOMS = { farthest: 5, nearest: 14 }
const DOTS_FROM = 12
const MARKS_FROM = 14

export type Placed = MapPoint & Position

type Collection = Parameters<maplibregl.GeoJSONSource['setData']>[0] & object
const EMPTY: Collection = { type: 'FeatureCollection', features: [] }
const collection = (points: readonly Placed[]): Collection => ({
  type: 'FeatureCollection',
  features: points.map(({ lon, lat, ...properties }) => ({
    type: 'Feature',
    geometry: { type: 'Point', coordinates: [lon, lat] },
    properties,
  })),
})

const CALM = 'calm-'
const colourOf = (tone: Tone) => token(`--state-${tone}`)

function looks(colouring: Colouring, now_s: number): { icon: never; colour: never } {
  const byState = stateExpression((tone) => (colouring === 'time' ? CALM + tone : tone))
  const icon = colouring === 'time' ? timeExpression(now_s, (tone) => tone, byState) : byState
  const calm = colourOf('received')
  const colour = colouring === 'time' ? timeExpression(now_s, colourOf, calm) : stateExpression(colourOf)
  return { icon: icon as never, colour: colour as never }
}

const MARKED = ['ticket-mark', 'point-mark'] as const
const DOTTED = ['ticket-dot', 'point-dot'] as const
/** Of a cell the most pressing of its tickets counts, and only in the time's colours. */
const CELL = 'cell'
export const HIT = [...MARKED, ...DOTTED, CELL]

export class Tickets {
  private colouring: Colouring = 'time'
  private now_s = 0
  private query = ''

  constructor(private readonly map: maplibregl.Map) {
    for (const tone of TONES) {
      map.addImage(tone, mark(tone, colourOf(tone), token('--raised')), { pixelRatio: RATIO })
      const calm = mark(tone, colourOf('received'), token('--raised'))
      if (STATE_TONES.includes(tone)) map.addImage(CALM + tone, calm, { pixelRatio: RATIO })
    }
    map.addSource('tickets', tilesOf('tickets', ZOOMS))
    for (const id of ['point', 'selected', 'chosen']) map.addSource(id, { type: 'geojson', data: EMPTY })
    this.addCells()
    for (const [source, dots, marks] of [
      ['tickets', DOTTED[0], MARKED[0]],
      ['point', DOTTED[1], MARKED[1]],
    ] as const) {
      const of = source === 'tickets' ? { 'source-layer': 'ticket' } : {}
      map.addLayer({
        id: dots,
        type: 'circle',
        source,
        ...of,
        minzoom: source === 'tickets' ? DOTS_FROM : 0,
        maxzoom: MARKS_FROM,
        paint: {
          'circle-radius': ['interpolate', ['linear'], ['zoom'], 12, 3, 14, 5],
          'circle-stroke-color': token('--raised'),
          'circle-stroke-width': 1,
        },
      })
      map.addLayer({
        id: marks,
        type: 'symbol',
        source,
        ...of,
        minzoom: MARKS_FROM,
        layout: { 'icon-allow-overlap': true, 'icon-ignore-placement': true },
      })
    }
    this.ring('selected', '--state-assigned', 13)
    this.ring('chosen', '--accent', 17)
    map.addLayer({
      id: 'chosen-mark',
      type: 'symbol',
      source: 'chosen',
      layout: { 'icon-allow-overlap': true, 'icon-ignore-placement': true },
    })
  }

  private addCells() {
    this.map.addLayer({
      id: CELL,
      type: 'circle',
      source: 'tickets',
      'source-layer': 'cell',
      maxzoom: DOTS_FROM,
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['log10', ['get', 'n']], 0, 12, 4, 30],
        'circle-color': token('--raised'),
        'circle-stroke-width': 2.5,
      },
    })
    this.map.addLayer({
      id: 'cell-count',
      type: 'symbol',
      source: 'tickets',
      'source-layer': 'cell',
      maxzoom: DOTS_FROM,
      layout: {
        'text-field': ['to-string', ['get', 'n']],
        'text-size': 12,
        'text-font': ['sans'],
        'text-allow-overlap': true,
        'text-ignore-placement': true,
      },
      paint: { 'text-color': token('--ink') },
    })
  }

  private ring(source: string, colour: string, radius: number) {
    this.map.addLayer({
      id: `${source}-ring`,
      type: 'circle',
      source,
      paint: {
        'circle-radius': radius,
        'circle-color': token(colour),
        'circle-opacity': 0.2,
        'circle-stroke-color': token(colour),
        'circle-stroke-width': 2.5,
      },
    })
  }

  /** Colours follow the clock: nothing is asked for anew. */
  paint(colouring: Colouring, now_s: number): void {
    if (colouring === this.colouring && (colouring === 'state' ? this.now_s > 0 : now_s === this.now_s))
      return
    this.colouring = colouring
    this.now_s = now_s
    const { icon, colour } = looks(colouring, now_s)
    for (const id of MARKED) this.map.setLayoutProperty(id, 'icon-image', icon)
    for (const id of DOTTED) this.map.setPaintProperty(id, 'circle-color', colour)
    const calm = token('--line-strong')
    const some = ['>', ['number', ['get', 'late'], 0], 0]
    const pressing = ['case', some, colourOf('breached'), timeExpression(now_s, colourOf, calm)]
    this.map.setPaintProperty(CELL, 'circle-stroke-color', (colouring === 'time' ? pressing : calm) as never)
  }

  /** The tiles' own choice, or points in their place. */
  show(query: MapQuery | null, points: readonly Placed[]): void {
    const tiles = query === null ? this.query : tilesAt('tickets', query)
    if (tiles !== this.query) {
      this.query = tiles
      this.map.getSource<maplibregl.VectorTileSource>('tickets')?.setTiles([tiles])
    }
    for (const id of [MARKED[0], DOTTED[0], CELL, 'cell-count'])
      this.map.setLayoutProperty(id, 'visibility', query === null ? 'none' : 'visible')
    this.put('point', points)
  }

  again(): void {
    this.map.refreshTiles('tickets')
  }

  select(points: readonly Placed[]): void {
    this.put('selected', points)
  }

  choose(ticket: Placed | null): void {
    this.put('chosen', ticket ? [ticket] : [])
    if (ticket === null) return
    const calm = toneOf({ status: ticket.status as Status })
    const tone = this.colouring === 'time' ? (timeTone(ticket, this.now_s) ?? CALM + calm) : calm
    this.map.setLayoutProperty('chosen-mark', 'icon-image', this.map.hasImage(tone) ? tone : calm)
  }

  private put(id: string, points: readonly Placed[]) {
    void this.map.getSource<maplibregl.GeoJSONSource>(id)?.setData(collection(points))
  }
}
