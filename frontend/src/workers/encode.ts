/** Makes photos small beside the page, one after another: two large ones at once are too much for a cheap phone. */
import { decode, encode, paint, type Answer, type Draw, type Job } from './jpeg'

declare const self: DedicatedWorkerGlobalScope

const draw: Draw = async (bitmap, width, height, quality) => {
  const canvas = new OffscreenCanvas(width, height)
  const brush = canvas.getContext('2d', { alpha: false })
  if (!brush) return null
  paint(brush, bitmap, width, height)
  return canvas.convertToBlob({ type: 'image/jpeg', quality }).catch(() => null)
}

let last: Promise<void> = Promise.resolve()

async function work({ job, what }: Job) {
  const bitmap = what instanceof ImageBitmap ? what : await decode(what)
  const photo = bitmap && (await encode(bitmap, draw).catch(() => null))
  if (!(what instanceof Blob)) what.close()
  self.postMessage({ job, photo } satisfies Answer, photo ? [photo.bytes] : [])
}

self.addEventListener('message', ({ data }: MessageEvent<Job>) => {
  last = last.then(() => work(data))
})

// Without a canvas here the page does it; Safari has had one since 16.4.
if (typeof OffscreenCanvas !== 'undefined' && new OffscreenCanvas(1, 1).getContext('2d'))
  self.postMessage({ job: null } satisfies Answer)
