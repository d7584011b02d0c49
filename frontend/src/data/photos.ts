/** Photos on the phone: read, made small and upright, named by their digest, stored before anything else happens. */
import { readExif, type PhotoTaken } from '../core/exif'
import { transact } from './db'
import { hex } from './outbox'
import { currentPerson } from './session'

const LONGEST_SIDE = 1600
const MOST_BYTES = 350 * 1024
const QUALITIES = [0.82, 0.72, 0.6, 0.5]

export interface Photo {
  sha256: string
  exif: PhotoTaken | null
}

/** The file cannot be opened as a picture here (some phones' HEIC, damaged files). */
export class Unreadable extends Error {
  readonly refused = { status: 0, code: 'photo_unreadable', facts: {} }
}

async function decode(file: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, { imageOrientation: 'from-image' })
  } catch {
    throw new Unreadable()
  }
}

async function encode(
  bitmap: ImageBitmap,
  longest: number,
  quality: number,
): Promise<{ blob: Blob; width: number; height: number }> {
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height))
  const width = Math.max(1, Math.round(bitmap.width * scale))
  const height = Math.max(1, Math.round(bitmap.height * scale))
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d', { alpha: false })
  if (!context) throw new Unreadable()
  context.fillStyle = 'white'
  context.fillRect(0, 0, width, height)
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, 0, 0, width, height)
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', quality))
  if (!blob) throw new Unreadable()
  return { blob, width, height }
}

async function shrink(bitmap: ImageBitmap) {
  for (const longest of [LONGEST_SIDE, 1280, 960])
    for (const quality of QUALITIES) {
      const made = await encode(bitmap, longest, quality)
      if (made.blob.size <= MOST_BYTES) return made
    }
  return encode(bitmap, 720, 0.5)
}

async function store(bitmap: ImageBitmap, exif: PhotoTaken | null): Promise<Photo> {
  const { blob, width, height } = await shrink(bitmap)
  bitmap.close()
  const bytes = await blob.arrayBuffer()
  const sha256 = hex(await crypto.subtle.digest('SHA-256', bytes))
  await transact(['photos'], 'readwrite', (tx) =>
    tx.objectStore('photos').put({
      sha256,
      person_id: currentPerson()?.person_id ?? '',
      bytes,
      width,
      height,
      taken_at: Date.now(),
      stored_on_server: false,
    }),
  )
  return { sha256, exif }
}

/** From a camera app or the gallery. Throws `Unreadable`, or the store's error when it was not saved. */
export async function takeFile(file: Blob): Promise<Photo> {
  const exif = readExif(await file.slice(0, 256 * 1024).arrayBuffer())
  return store(await decode(file), exif.taken_at || exif.lat !== null ? exif : null)
}

/** From the camera in the page: what it shows now. */
export async function takeFrame(video: HTMLVideoElement): Promise<Photo> {
  return store(await createImageBitmap(video), null)
}

/** An address for `<img>`: from the phone when it holds the photo, else the server's. Release with `revoke`. */
export async function addressOf(
  sha256: string,
  size: 'full' | 'thumb',
): Promise<{ url: string; revoke: () => void }> {
  const held = await transact(['photos'], 'readonly', (tx) => tx.objectStore('photos').get(sha256)).catch(
    () => undefined,
  )
  if (!held) return { url: `/api/v1/photos/${sha256}?size=${size}`, revoke: () => undefined }
  const url = URL.createObjectURL(new Blob([held.bytes], { type: 'image/jpeg' }))
  return { url, revoke: () => URL.revokeObjectURL(url) }
}
