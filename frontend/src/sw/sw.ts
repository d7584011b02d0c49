/** The files of this build are kept, and pages open without the network; what else it does stands in files of its own. */
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import './push'
import './shared'
import './wake'

declare const self: ServiceWorkerGlobalScope & { __PRECACHE: { url: string; revision: string | null }[] }

/** Paths that the server itself answers. */
const SERVER = [/^\/api\//, /^\/docs/, /^\/p\//, /^\/u\//]

precacheAndRoute(self.__PRECACHE)
cleanupOutdatedCaches()
registerRoute(new NavigationRoute(createHandlerBoundToURL('/index.html'), { denylist: SERVER }))

self.addEventListener('message', (event) => {
  if ((event.data as { type?: string } | null)?.type === 'take-over') void self.skipWaiting()
})
