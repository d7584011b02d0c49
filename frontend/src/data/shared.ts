/** What another app shared into this one and no draft holds yet. */
import { SHARED_CACHE } from '../core/shared'

export interface Shared {
  /** Pictures in the order in which they came. */
  files: Blob[]
  /** What was said with the newest share: words of an older one are about something else. */
  words: string
  /** The draft holds them now: lets go of what was shared. */
  done: () => Promise<void>
}

const NOTHING: Shared = { files: [], words: '', done: async () => undefined }

const WORDS = 'text/plain'

/** When a share came, which its things bear in their addresses: `/share/<milliseconds>-<n>`. */
const shareOf = (url: string) => Number(/(\d+)-\d+$/.exec(url)?.[1] ?? 0)

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
  const newest = requests.map(({ url }) => shareOf(url)).reduce((a, b) => Math.max(a, b), 0)
  const words = requests.findIndex(
    ({ url }, index) => shareOf(url) === newest && answers[index]?.headers.get('Content-Type') === WORDS,
  )
  return {
    files: found.filter((blob) => blob.type !== WORDS),
    words: (await blobs[words]?.text()) ?? '',
    done: async () => void (await Promise.all(requests.map((request) => cache.delete(request)))),
  }
}

/** Pictures that were shared and never taken go with the person who signs out. */
export async function dropShared(): Promise<void> {
  if (typeof caches !== 'undefined') await caches.delete(SHARED_CACHE).catch(() => false)
}
