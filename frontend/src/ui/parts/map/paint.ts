/**
 * Paints the territory that the phone holds on a canvas. Shapes are made once, in metres of the plane and in pieces of
 * some streets' size; a frame only fills and strokes the pieces that can be seen.
 */
import { middle, rings, type Plane } from '../../../core/geo'
import type { Feature, Geometry, Position } from '../../../core/shapes'
import { boxOf, emptyBox, meet, toScreen, widen, type Box, type Size, type View } from '../../../core/view'
import type { Here } from './here'

export type Layers = Partial<Record<'grid' | 'street' | 'landmark' | 'building' | 'boundary', Feature[]>>

const PIECE_M = 300
/** A house that is known as a point only. */
const POINT_M = 5
const LANE_M = 5
/** Farther out than this a house is a speck without an edge, and so on. */
const EDGES_MPP = 2.5
const HOUSE_NAMES_MPP = 0.35
const LANE_NAMES_MPP = 1
const LANDMARKS_MPP = 1.6
const GRIDS_FIRST_MPP = 1.2
const NAME_PX = 14

interface Piece {
  box: Box
  path: Path2D
}

interface Name {
  text: string
  east: number
  north: number
  kind: 'grid' | 'landmark' | 'street' | 'building'
}

export interface Shapes {
  mine: Piece[]
  grid: Piece[]
  street: Piece[]
  building: Piece[]
  boundary: Piece[]
  names: Name[]
  /** My grids; without any, all grids; without those, whatever there is. */
  whole: Box
}

export interface Colours {
  ground: string
  grid: string
  mine: string
  lane: string
  laneEdge: string
  building: string
  buildingEdge: string
  name: string
  boundary: string
  accent: string
  raised: string
  pin: string
  old: string
  font: string
  /** Pixels of one rem. */
  rem: number
}

/** The tokens of now; they change with light and dark. */
export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element)
  const token = (name: string) => style.getPropertyValue(name).trim()
  return {
    ground: token('--map-ground'),
    grid: token('--map-grid'),
    mine: token('--map-mine'),
    lane: token('--map-lane'),
    laneEdge: token('--map-lane-edge'),
    building: token('--map-building'),
    buildingEdge: token('--map-building-edge'),
    name: token('--map-name'),
    boundary: token('--map-boundary'),
    accent: token('--accent'),
    raised: token('--raised'),
    pin: token('--state-breached'),
    old: token('--state-received'),
    font: token('--font'),
    rem: parseFloat(getComputedStyle(document.documentElement).fontSize),
  }
}

function draw(path: Path2D, box: Box, geometry: Geometry | null, plane: Plane) {
  const closed = geometry?.type.endsWith('Polygon')
  for (const ring of rings(geometry)) {
    ring.forEach(([lon, lat], index) => {
      const [east, north] = plane.toPlane({ lon, lat })
      widen(box, east, north)
      if (ring.length === 1) path.rect(east - POINT_M / 2, north - POINT_M / 2, POINT_M, POINT_M)
      else if (index) path.lineTo(east, north)
      else path.moveTo(east, north)
    })
    if (closed) path.closePath()
  }
}

function pieces(features: readonly Feature[], plane: Plane): Piece[] {
  const found = new Map<string, Piece>()
  for (const { geometry } of features) {
    const at = middle(geometry)
    if (!at) continue
    const [east, north] = plane.toPlane(at)
    const key = `${Math.floor(east / PIECE_M)} ${Math.floor(north / PIECE_M)}`
    let piece = found.get(key)
    if (!piece) found.set(key, (piece = { box: emptyBox(), path: new Path2D() }))
    draw(piece.path, piece.box, geometry, plane)
  }
  return [...found.values()]
}

function namesOf(kind: Name['kind'], features: readonly Feature[], plane: Plane): Name[] {
  return features.flatMap(({ geometry, properties }) => {
    const text = properties['name']
    const at = middle(geometry)
    if (typeof text !== 'string' || !text || !at) return []
    const [east, north] = plane.toPlane(at)
    return [{ text, east, north, kind }]
  })
}

export function shapesOf(layers: Layers, plane: Plane, mine: ReadonlySet<string>): Shapes {
  const { grid = [], street = [], landmark = [], building = [], boundary = [] } = layers
  const own = grid.filter((one) => mine.has(String(one.properties['grid_id'])))
  const shapes = {
    mine: pieces(own, plane),
    grid: pieces(grid, plane),
    street: pieces(street, plane),
    building: pieces(building, plane),
    boundary: pieces(boundary, plane),
  }
  const whole = emptyBox()
  const first = [shapes.mine, shapes.grid, shapes.building, shapes.street].find((found) => found.length)
  for (const { box } of first ?? []) {
    widen(whole, box.west, box.south)
    widen(whole, box.east, box.north)
  }
  const names = [
    ...namesOf('landmark', landmark, plane),
    ...namesOf('street', street, plane),
    ...namesOf('building', building, plane),
    ...namesOf('grid', grid, plane),
  ]
  return { ...shapes, names, whole }
}

export interface Picture {
  view: View
  size: Size
  /** Pixels of the screen to a CSS pixel. */
  ratio: number
  shapes: Shapes
  colours: Colours
  plane: Plane
  /** A base map of others lies under it: ground and lanes are its, ours are outlines. */
  based: boolean
  place: (Position & { accuracy_m?: number | null }) | null
  here: Here | null
}

/** Everything but the base map, which was painted before. */
export function paint(pen: CanvasRenderingContext2D, picture: Picture): void {
  const { view, size, ratio, shapes, colours, based } = picture
  const seen = boxOf(view, size)
  const per = ratio / view.mpp
  pen.setTransform(
    per,
    0,
    0,
    -per,
    (size.width / 2) * ratio - view.east * per,
    (size.height / 2) * ratio + view.north * per,
  )
  pen.lineJoin = pen.lineCap = 'round'

  const each = (found: readonly Piece[], work: (path: Path2D) => void) => {
    for (const { box, path } of found) if (meet(box, seen)) work(path)
  }
  const stroke = (found: readonly Piece[], colour: string, pixels: number, dash: number[] = []) => {
    pen.strokeStyle = colour
    pen.lineWidth = pixels * view.mpp
    pen.setLineDash(dash.map((length) => length * view.mpp))
    each(found, (path) => pen.stroke(path))
    pen.setLineDash([])
  }
  const fill = (found: readonly Piece[], colour: string) => {
    pen.fillStyle = colour
    each(found, (path) => pen.fill(path, 'evenodd'))
  }

  if (!based) {
    fill(shapes.mine, colours.mine)
    const lane = Math.min(14, Math.max(1.5, LANE_M / view.mpp))
    stroke(shapes.street, colours.laneEdge, lane + 2)
    stroke(shapes.street, colours.lane, lane)
    fill(shapes.building, colours.building)
  }
  if (based || view.mpp < EDGES_MPP) stroke(shapes.building, colours.buildingEdge, 1)
  stroke(shapes.grid, based ? colours.boundary : colours.grid, 1.5, [6, 4])
  stroke(shapes.mine, colours.accent, 3)
  stroke(shapes.boundary, colours.boundary, 3)

  pen.setTransform(ratio, 0, 0, ratio, 0, 0)
  if (!based) paintNames(pen, picture)
  if (picture.here) paintHere(pen, picture, picture.here)
  if (picture.place) paintPin(pen, picture, picture.place)
}

const ORDER_NEAR: readonly Name['kind'][] = ['landmark', 'street', 'building', 'grid']
const ORDER_FAR: readonly Name['kind'][] = ['grid', 'landmark', 'street', 'building']

function legible(kind: Name['kind'], mpp: number): boolean {
  if (kind === 'building') return mpp <= HOUSE_NAMES_MPP
  if (kind === 'street') return mpp <= LANE_NAMES_MPP
  return kind === 'grid' || mpp <= LANDMARKS_MPP
}

const widths = new Map<string, number>()

function paintNames(pen: CanvasRenderingContext2D, { view, size, shapes, colours }: Picture) {
  const high = (NAME_PX * colours.rem) / 16
  const font = (strong: boolean) => `${strong ? 600 : 400} ${high}px ${colours.font}`
  const taken: [number, number, number][] = []
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  pen.fillStyle = colours.name
  pen.strokeStyle = colours.ground
  pen.lineWidth = 3.5
  for (const kind of view.mpp > GRIDS_FIRST_MPP ? ORDER_FAR : ORDER_NEAR) {
    if (!legible(kind, view.mpp)) continue
    pen.font = font(kind === 'landmark' || kind === 'grid')
    for (const name of shapes.names) {
      if (name.kind !== kind) continue
      const [x, y] = toScreen(view, size, name.east, name.north)
      if (x < 0 || x > size.width || y < high || y > size.height - high) continue
      const key = `${pen.font} ${name.text}`
      let wide = widths.get(key)
      if (wide === undefined) widths.set(key, (wide = pen.measureText(name.text).width + 6))
      if (x < wide / 2 || x > size.width - wide / 2) continue
      const free = taken.every(
        ([left, top, other]) => Math.abs(left - x) > (other + wide) / 2 || Math.abs(top - y) > high * 1.4,
      )
      if (!free) continue
      taken.push([x, y, wide])
      pen.strokeText(name.text, x, y)
      pen.fillText(name.text, x, y)
    }
  }
}

function circle(pen: CanvasRenderingContext2D, x: number, y: number, radius: number) {
  pen.beginPath()
  pen.arc(x, y, radius, 0, 2 * Math.PI)
}

function paintRing(pen: CanvasRenderingContext2D, x: number, y: number, radius: number, colour: string) {
  circle(pen, x, y, radius)
  pen.globalAlpha = 0.16
  pen.fillStyle = colour
  pen.fill()
  pen.globalAlpha = 1
  pen.strokeStyle = colour
  pen.lineWidth = 1
  pen.stroke()
}

/** The own place: filled while it is fresh, hollow and grey when it is old. */
function paintHere(pen: CanvasRenderingContext2D, { view, size, plane, colours }: Picture, here: Here) {
  const [x, y] = toScreen(view, size, ...plane.toPlane(here))
  const colour = here.old ? colours.old : colours.accent
  paintRing(pen, x, y, Math.max(12, here.accuracy_m / view.mpp), colour)
  circle(pen, x, y, 7)
  pen.fillStyle = here.old ? colours.raised : colour
  pen.strokeStyle = here.old ? colour : colours.raised
  pen.lineWidth = 2.5
  pen.fill()
  pen.stroke()
}

const PIN = 'M0 0c-5-9-11-13-11-21a11 11 0 0 1 22 0c0 8-6 12-11 21z'

function paintPin(
  pen: CanvasRenderingContext2D,
  { view, size, plane, colours, ratio }: Picture,
  place: Position & { accuracy_m?: number | null },
) {
  const [x, y] = toScreen(view, size, ...plane.toPlane(place))
  const ring = (place.accuracy_m ?? 0) / view.mpp
  if (ring > 8) paintRing(pen, x, y, ring, colours.accent)
  pen.setTransform(ratio, 0, 0, ratio, x * ratio, y * ratio)
  pen.fillStyle = colours.pin
  pen.strokeStyle = colours.raised
  pen.lineWidth = 2
  const shape = new Path2D(PIN)
  pen.fill(shape)
  pen.stroke(shape)
  circle(pen, 0, -21, 4)
  pen.fillStyle = colours.raised
  pen.fill()
  pen.setTransform(ratio, 0, 0, ratio, 0, 0)
}
