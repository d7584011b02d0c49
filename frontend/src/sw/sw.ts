/** No business here: the files of this build are kept, pages open without the network, nothing else is touched. */
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'

declare const self: ServiceWorkerGlobalScope & { __PRECACHE: { url: string; revision: string | null }[] }

/** Paths that the server itself answers. */
const SERVER = [/^\/api\//, /^\/docs/, /^\/p\//]

precacheAndRoute(self.__PRECACHE)
cleanupOutdatedCaches()
registerRoute(new NavigationRoute(createHandlerBoundToURL('/index.html'), { denylist: SERVER }))

self.addEventListener('message', (event) => {
  if ((event.data as { type?: string } | null)?.type === 'take-over') void self.skipWaiting()
})
