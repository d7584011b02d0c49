/** A picture shared from the gallery comes as a form. It is kept at once, and the report screen opens and takes it. */
import { SHARE_PATH, SHARED_CACHE } from '../core/shared'

declare const self: ServiceWorkerGlobalScope

async function keep(form: FormData): Promise<void> {
  const cache = await caches.open(SHARED_CACHE)
  const order = Date.now()
  const files = form.getAll('photos').filter((one): one is File => one instanceof File && one.size > 0)
  const words = form.get('text')
  const things: (Blob | string)[] = typeof words === 'string' && words ? [...files, words] : files
  for (const [index, thing] of things.entries()) {
    const type = thing instanceof File ? thing.type : 'text/plain'
    await cache.put(
      `${SHARE_PATH}/${order}-${index}`,
      new Response(thing, { headers: { 'Content-Type': type } }),
    )
  }
}

self.addEventListener('fetch', (event) => {
  if (event.request.method !== 'POST' || new URL(event.request.url).pathname !== SHARE_PATH) return
  event.respondWith(
    event.request
      .formData()
      .then(keep)
      .then(
        () => Response.redirect('/report?at=shared', 303),
        () => Response.redirect('/report?at=unshared', 303),
      ),
  )
})
