/** What another app shared into this one and no draft holds yet. */
import { SHARED_CACHE } from '../core/shared'

export interface Shared {
  /** Pictures in the order in which they came. */
  files: Blob[]
  words: string
  /** The draft holds them now: lets go of what was shared. */
  done: () => Promise<void>
}

const NOTHING: Shared = { files: [], words: '', done: async () => undefined }

/** Never throws: without a store nothing was shared. */
export async function shared(): Promise<Shared> {
  if (typeof caches === 'undefined') return NOTHING
  return read().catch(() => NOTHING)
}

async function read(): Promise<Shared> {
  if (!(await caches.has(SHARED_CACHE))) return NOTHING
  const cache = await caches.open(SHARED_CACHE)
  const requests = await cache.keys()
  const answers = await Promise.all(requests.map((request) => cache.match(request)))
  const blobs = await Promise.all(answers.map((answer) => answer?.blob()))
  const found = blobs.filter((blob) => blob !== undefined)
  const words = await Promise.all(
    found.filter((blob) => blob.type === 'text/plain').map((blob) => blob.text()),
  )
  return {
    files: found.filter((blob) => blob.type !== 'text/plain'),
    words: words.join(' '),
    done: async () => void (await Promise.all(requests.map((request) => cache.delete(request)))),
  }
}

/** Pictures that were shared and never taken go with the person who signs out. */
export async function dropShared(): Promise<void> {
  if (typeof caches !== 'undefined') await caches.delete(SHARED_CACHE).catch(() => false)
}
