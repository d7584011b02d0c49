/** Photos on the phone: read, made small and upright beside the page, named by their digest, stored before anything else. */
import { readExif, type PhotoTaken } from '../core/exif'
import { decode, encode, paint, type Answer, type Draw, type Encoded, type Job } from '../workers/jpeg'
import { transact } from './db'
import { currentPerson } from './session'
import { heldThumb, thumbAddress } from './thumbs'

export interface Photo {
  sha256: string
  exif: PhotoTaken | null
}

/** What a camera or the gallery gave cannot be made a photo. */
export class Unreadable extends Error {
  readonly refused: { status: 0; code: string; facts: Record<string, never> }

  constructor(code: 'photo_unreadable' | 'photo_heic' | 'photo_stuck') {
    super(code)
    this.refused = { status: 0, code, facts: {} }
  }
}

let worker: Worker | null = null
/** True once the worker said that it runs: a picture is given out of the hand only then. */
let runs = false
let jobs = 0
/** `stuck`: no answer came. */
const waiting = new Map<number, (photo: Encoded | null | 'stuck') => void>()

/** The slowest phone makes a picture small in a fraction of this. */
const SILENCE_MS = 20_000
let silence: ReturnType<typeof setTimeout> | undefined

/** From here on an answer is waited for, if there is anything to answer. */
function listen() {
  clearTimeout(silence)
  silence = waiting.size ? setTimeout(giveUp, SILENCE_MS) : undefined
}

/** A worker that has fallen silent is ended, and a new one begins: what it had is made on the page. */
function giveUp() {
  worker?.terminate()
  worker = null
  runs = false
  readyToTake()
  letGo('stuck')
}

function letGo(answer: null | 'stuck') {
  const those = [...waiting.values()]
  waiting.clear()
  listen()
  those.forEach((done) => done(answer))
}

/** Starts the worker, so that it stands ready at the first picture. */
export function readyToTake() {
  if (worker !== null || typeof Worker === 'undefined') return
  try {
    worker = new Worker(new URL('../workers/encode.ts', import.meta.url), { type: 'module' })
  } catch {
    return
  }
  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    if (data.job === null) {
      runs = true
      return
    }
    waiting.get(data.job)?.(data.photo)
    waiting.delete(data.job)
    listen()
  }
  worker.onerror = () => {
    runs = false
    letGo(null)
  }
}

const draw: Draw = async (bitmap, width, height, quality) => {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const brush = canvas.getContext('2d', { alpha: false })
  if (!brush) return null
  paint(brush, bitmap, width, height)
  return new Promise((done) => canvas.toBlob(done, 'image/jpeg', quality))
}

const isFrame = (what: Blob | VideoFrame | ImageBitmap): what is VideoFrame =>
  typeof VideoFrame !== 'undefined' && what instanceof VideoFrame

async function onPage(what: Blob | VideoFrame | ImageBitmap): Promise<Encoded | null> {
  const bitmap = what instanceof ImageBitmap ? what : await decode(what)
  return bitmap && encode(bitmap, draw)
}

/** Nobody stands before "saving" for ever: without an answer the person is told what to do. */
function soon<T>(made: Promise<T>): Promise<T> {
  let limit: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, fail) => {
    limit = setTimeout(() => fail(new Unreadable('photo_stuck')), SILENCE_MS)
  })
  return Promise.race([made, late]).finally(() => clearTimeout(limit))
}

async function small(what: Blob | VideoFrame | ImageBitmap): Promise<Encoded | null> {
  try {
    if (runs && worker) {
      const given = isFrame(what) ? what.clone() : what
      const made = await new Promise<Encoded | null | 'stuck'>((done) => {
        const job = ++jobs
        waiting.set(job, done)
        if (waiting.size === 1) listen()
        worker!.postMessage({ job, what: given } satisfies Job, given instanceof Blob ? [] : [given])
      })
      if (made !== null && made !== 'stuck') return made
      // Files and frames are still here for a second try; some pictures open on the page only.
      if (what instanceof ImageBitmap) {
        if (made === null) return null
        throw new Unreadable('photo_stuck')
      }
    }
    return await soon(onPage(what))
  } finally {
    if (isFrame(what)) what.close()
  }
}

async function store({ bytes, sha256, width, height }: Encoded, exif: PhotoTaken | null): Promise<Photo> {
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

/** The kind of file that iPhones and some Androids write and most Androids' browsers cannot open. */
function isHeic(head: ArrayBuffer): boolean {
  const text = String.fromCharCode(...new Uint8Array(head.slice(4, 12)))
  return /^ftyp(hei|hev|mif1|msf1)/.test(text)
}

/** From a camera app or the gallery. Throws `Unreadable`, or the store's error when it was not saved. */
export async function takeFile(file: Blob): Promise<Photo> {
  const head = await file.slice(0, 256 * 1024).arrayBuffer()
  const exif = readExif(head)
  const made = await small(file)
  if (made === null) throw new Unreadable(isHeic(head) ? 'photo_heic' : 'photo_unreadable')
  return store(made, exif.taken_at || exif.lat !== null ? exif : null)
}

/** A frame costs nothing until it is drawn, and the worker does that; a bitmap is drawn here, while the finger waits. */
function shown(video: HTMLVideoElement): VideoFrame | Promise<ImageBitmap> {
  if (runs && typeof VideoFrame !== 'undefined')
    try {
      return new VideoFrame(video)
    } catch {
      // Not every browser makes one of a live picture.
    }
  return createImageBitmap(video)
}

/** From the camera in the page: what it shows at this moment. */
export async function takeFrame(video: HTMLVideoElement): Promise<Photo> {
  const made = await small(await shown(video))
  if (made === null) throw new Unreadable('photo_unreadable')
  return store(made, null)
}

const ROOM_BYTES = 20 * 1024 * 1024

/** False when the phone has so little room that the next photos may not be saved. Unknown is room. */
export async function hasRoom(): Promise<boolean> {
  const { quota, usage } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {}
  return quota === undefined || usage === undefined || quota - usage > ROOM_BYTES
}

const DAY_MS = 86_400_000

/** Lets go of photos of days before that no draft and nothing unsent needs: a person took them out again. */
export async function sweepPhotos(): Promise<void> {
  await transact(['photos', 'drafts', 'outbox'], 'readwrite', async (tx) => {
    const photos = tx.objectStore('photos')
    const items = (await tx.objectStore('outbox').getAll()).filter((item) => item.state !== 'delivered')
    const needed = new Set(items.flatMap((item) => item.photos))
    const drafts = JSON.stringify(await tx.objectStore('drafts').getAll())
    for (let at = await photos.openCursor(); at; at = await at.continue()) {
      const { sha256, taken_at } = at.value
      if (needed.has(sha256) || drafts.includes(sha256) || Date.now() - taken_at < DAY_MS) continue
      await photos.delete(sha256)
    }
  })
}

/** An address for `<img>`: from the phone when it holds the photo, else the server's. Release with `revoke`. */
export async function addressOf(
  sha256: string,
  size: 'full' | 'thumb',
): Promise<{ url: string; revoke: () => void }> {
  const held = await transact(['photos'], 'readonly', (tx) => tx.objectStore('photos').get(sha256)).catch(
    () => undefined,
  )
  const blob = held
    ? new Blob([held.bytes], { type: 'image/jpeg' })
    : size === 'thumb'
      ? await heldThumb(sha256)
      : null
  if (blob === null) {
    const url = size === 'thumb' ? thumbAddress(sha256) : `/api/v1/photos/${sha256}?size=full`
    return { url, revoke: () => undefined }
  }
  const url = URL.createObjectURL(blob)
  return { url, revoke: () => URL.revokeObjectURL(url) }
}
