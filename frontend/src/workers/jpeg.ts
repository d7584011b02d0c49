/** How a photo is made small, the same in the worker and on a page whose browser has no worker for it. */
import { hex } from '../core/ids'

export const LONGEST_SIDE = 1600
export const MOST_BYTES = 350 * 1024

/** From the best to what goes through any net; the last is taken whatever its size. */
const TRIES = [
  ...[LONGEST_SIDE, 1280, 960].flatMap((side) =>
    [0.82, 0.72, 0.6, 0.5].map((quality) => ({ side, quality })),
  ),
  { side: 720, quality: 0.5 },
]

/** JPEG, upright. `sha256` is hex over `bytes`. */
export interface Encoded {
  bytes: ArrayBuffer
  sha256: string
  width: number
  height: number
}

/** What the page asks of the worker. */
export interface Job {
  job: number
  what: Blob | VideoFrame | ImageBitmap
}

/** `photo` null: it cannot be opened as a picture. The first answer, without a job, says that the worker runs. */
export type Answer = { job: null } | { job: number; photo: Encoded | null }

/** Draws the picture at a size on white and encodes it; null when the canvas gives nothing. */
export type Draw = (
  bitmap: ImageBitmap,
  width: number,
  height: number,
  quality: number,
) => Promise<Blob | null>

/** Both kinds of canvas have it; no other part of a context is needed. */
export interface Brush {
  fillStyle: unknown
  imageSmoothingQuality: 'low' | 'medium' | 'high'
  fillRect(x: number, y: number, width: number, height: number): void
  drawImage(bitmap: ImageBitmap, x: number, y: number, width: number, height: number): void
}

export function paint(brush: Brush, bitmap: ImageBitmap, width: number, height: number) {
  // What is transparent in a PNG would be black in a JPEG.
  brush.fillStyle = 'white'
  brush.fillRect(0, 0, width, height)
  brush.imageSmoothingQuality = 'high'
  brush.drawImage(bitmap, 0, 0, width, height)
}

/** At most 1600 px and 350 KB. Closes the bitmap; null when no canvas could draw it. */
export async function encode(bitmap: ImageBitmap, draw: Draw): Promise<Encoded | null> {
  try {
    for (const { side, quality } of TRIES) {
      const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height))
      const width = Math.max(1, Math.round(bitmap.width * scale))
      const height = Math.max(1, Math.round(bitmap.height * scale))
      const blob = await draw(bitmap, width, height, quality)
      if (blob === null) return null
      if (blob.size > MOST_BYTES && side !== TRIES.at(-1)!.side) continue
      const bytes = await blob.arrayBuffer()
      return { bytes, sha256: hex(await crypto.subtle.digest('SHA-256', bytes)), width, height }
    }
    return null
  } finally {
    bitmap.close()
  }
}

/** Turned upright by the browser: that is what `createImageBitmap` does by itself, in old Chromes only without options. */
export async function decode(what: Blob | VideoFrame): Promise<ImageBitmap | null> {
  return createImageBitmap(what).catch(() => null)
}
