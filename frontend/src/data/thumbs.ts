/** Small pictures of held tickets, for lists without a network: private to this phone, bounded, gone with their tickets. */
import { picture } from './api'

const CACHE = 'gridward-thumbs'

export function thumbAddress(sha256: string): string {
  return `/api/v1/photos/${sha256}?size=thumb`
}

function store(): Promise<Cache> | null {
  return typeof caches === 'undefined' ? null : caches.open(CACHE)
}

/** The small picture when this phone holds it. Never throws. */
export async function heldThumb(sha256: string): Promise<Blob | null> {
  try {
    const found = await (await store())?.match(thumbAddress(sha256))
    return found ? await found.blob() : null
  } catch {
    return null
  }
}

/** Holds exactly these, as far as they can be had: what is not among them goes. `goOn` is asked before each fetch. */
export async function holdThumbs(wanted: readonly string[], goOn: () => boolean): Promise<void> {
  const cache = await store()
  if (!cache) return
  const addresses = new Set(wanted.map((sha256) => new URL(thumbAddress(sha256), location.origin).href))
  for (const { url } of await cache.keys())
    if (addresses.has(url)) addresses.delete(url)
    else await cache.delete(url)
  for (const address of addresses) {
    if (!goOn()) return
    const answer = await picture(address)
    if (answer === null) return
    if (answer.ok && answer.headers.get('content-type')?.startsWith('image/'))
      await cache.put(address, answer)
  }
}

/** Lets go of all of them. Never throws: what a browser keeps apart is asked for anew by the next person. */
export async function dropThumbs(): Promise<void> {
  if (typeof caches !== 'undefined') await caches.delete(CACHE).catch(() => false)
}
