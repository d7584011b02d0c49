/** What a map shows: a point of the plane in the middle, so many metres to a pixel. Pure. */
import type { Plane } from './geo'
import type { Position } from './shapes'

export interface View {
  /** Metres east and north of the plane's origin, in the middle of the picture. */
  east: number
  north: number
  /** Metres to a CSS pixel. */
  mpp: number
}

export interface Size {
  width: number
  height: number
}

export interface Box {
  west: number
  south: number
  east: number
  north: number
}

export const NEAREST_MPP = 0.08
export const FARTHEST_MPP = 12

export const emptyBox = (): Box => ({ west: Infinity, south: Infinity, east: -Infinity, north: -Infinity })

export function widen(box: Box, east: number, north: number): void {
  box.west = Math.min(box.west, east)
  box.east = Math.max(box.east, east)
  box.south = Math.min(box.south, north)
  box.north = Math.max(box.north, north)
}

export function toScreen(view: View, size: Size, east: number, north: number): [number, number] {
  return [size.width / 2 + (east - view.east) / view.mpp, size.height / 2 - (north - view.north) / view.mpp]
}

export function fromScreen(view: View, size: Size, x: number, y: number): [number, number] {
  return [view.east + (x - size.width / 2) * view.mpp, view.north - (y - size.height / 2) * view.mpp]
}

export function panned(view: View, dx: number, dy: number): View {
  return { ...view, east: view.east - dx * view.mpp, north: view.north + dy * view.mpp }
}

/** `factor` above 1 comes nearer; what lies at the pixel x, y stays there. */
export function zoomed(view: View, size: Size, factor: number, x: number, y: number): View {
  const [east, north] = fromScreen(view, size, x, y)
  const mpp = Math.min(FARTHEST_MPP, Math.max(NEAREST_MPP, view.mpp / factor))
  return {
    east: east - (x - size.width / 2) * mpp,
    north: north + (y - size.height / 2) * mpp,
    mpp,
  }
}

/** The whole box with `margin` pixels around it. */
export function fitted(box: Box, size: Size, margin: number): View {
  const across = (box.east - box.west) / Math.max(1, size.width - 2 * margin)
  const upright = (box.north - box.south) / Math.max(1, size.height - 2 * margin)
  return {
    east: (box.west + box.east) / 2,
    north: (box.south + box.north) / 2,
    mpp: Math.min(FARTHEST_MPP, Math.max(NEAREST_MPP, across, upright)),
  }
}

export function boxOf(view: View, size: Size): Box {
  const [across, upright] = [(size.width / 2) * view.mpp, (size.height / 2) * view.mpp]
  return {
    west: view.east - across,
    east: view.east + across,
    south: view.north - upright,
    north: view.north + upright,
  }
}

export function meet(a: Box, b: Box): boolean {
  return a.west <= b.east && a.east >= b.west && a.south <= b.north && a.north >= b.south
}

/**
 * Whether a picture painted for `of`, with a margin of `margin` of its size on each side, can be moved and stretched to
 * stand for `wanted`: it covers it, and is not blown up beyond reading.
 */
export function covers(of: View, wanted: View, size: Size, margin: number): boolean {
  const reach = (pixels: number) => (pixels / 2) * ((1 + 2 * margin) * of.mpp - wanted.mpp)
  return (
    Math.abs(wanted.east - of.east) <= reach(size.width) &&
    Math.abs(wanted.north - of.north) <= reach(size.height) &&
    of.mpp / wanted.mpp <= 2.5
  )
}

/** A round length for a scale of at most `most` pixels: its metres and its pixels. */
export function scaleBar(mpp: number, most: number): { metres: number; pixels: number } {
  const metres = [1000, 500, 200, 100, 50, 20, 10, 5].find((one) => one / mpp <= most) ?? 5
  return { metres, pixels: metres / mpp }
}

export interface Group<T> {
  members: T[]
  /** Where the group's mark stands: the place of its first member. */
  place: Position
}

/**
 * Things whose marks of `width` × `height` pixels would cover each other become one group; the first ones given lead.
 * The same zoom gives the same groups wherever the map is moved.
 */
export function grouped<T extends Position>(
  things: readonly T[],
  plane: Plane,
  mpp: number,
  { width, height }: Size,
): Group<T>[] {
  const groups: (Group<T> & { x: number; y: number })[] = []
  for (const thing of things) {
    const [east, north] = plane.toPlane(thing)
    const [x, y] = [east / mpp, north / mpp]
    const near = groups.find((group) => Math.abs(group.x - x) < width && Math.abs(group.y - y) < height)
    if (near) near.members.push(thing)
    else groups.push({ members: [thing], place: { lon: thing.lon, lat: thing.lat }, x, y })
  }
  return groups.map(({ members, place }) => ({ members, place }))
}
