/** Tiles of the operator's base map, painted under our own shapes. Asked for only while a person wants to see them. */
import type { Plane } from '../../../core/geo'
import { addressOf, cornerOf, tilesUnder, zoomFor, type BaseMap } from '../../../core/tiles'
import { boxOf, toScreen, type Size, type View } from '../../../core/view'

/** About three screens; the least used go first. */
const MOST_HELD = 160
/** A view this full of tiles is a fault of the setting, not a map. */
const MOST_SHOWN = 80

export class Tiles {
  private readonly held = new Map<string, HTMLImageElement>()
  /** How many came, and how many could not be had. */
  came = 0
  failed = 0

  constructor(
    readonly base: BaseMap,
    private readonly loaded: () => void,
  ) {}

  private image(address: string): HTMLImageElement {
    let image = this.held.get(address)
    if (image) this.held.delete(address)
    else {
      image = new Image()
      image.onload = () => {
        this.came += 1
        this.loaded()
      }
      image.onerror = () => {
        this.failed += 1
        this.loaded()
      }
      image.src = address
    }
    this.held.set(address, image)
    return image
  }

  paint(pen: CanvasRenderingContext2D, view: View, size: Size, ratio: number, plane: Plane): void {
    const box = boxOf(view, size)
    const southWest = plane.toPlace(box.west, box.south)
    const northEast = plane.toPlace(box.east, box.north)
    const zoom = zoomFor(view.mpp / Math.min(2, ratio), southWest.lat, this.base.most_zoom)
    const wanted = tilesUnder(southWest, northEast, zoom, this.base.datum).slice(0, MOST_SHOWN)
    pen.setTransform(ratio, 0, 0, ratio, 0, 0)
    for (const template of this.base.tiles)
      for (const tile of wanted) {
        const image = this.image(addressOf(template, tile))
        if (!image.complete || image.naturalWidth === 0) continue
        const corner = (dx: number, dy: number) =>
          toScreen(
            view,
            size,
            ...plane.toPlane(cornerOf({ x: tile.x + dx, y: tile.y + dy, z: tile.z }, this.base.datum)),
          )
        const [left, top] = corner(0, 0)
        const [right, bottom] = corner(1, 1)
        pen.drawImage(image, left, top, right - left, bottom - top)
      }
    for (const address of [...this.held.keys()].slice(0, Math.max(0, this.held.size - MOST_HELD)))
      this.held.delete(address)
  }
}
