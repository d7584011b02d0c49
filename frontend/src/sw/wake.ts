/** Background Sync where a browser has it, only as a bonus: an open page is told to look at its outbox. */

export {}

declare const self: ServiceWorkerGlobalScope

interface SyncEvent extends ExtendableEvent {
  tag: string
}

self.addEventListener('sync' as never, (event: SyncEvent) => {
  event.waitUntil(
    self.clients
      .matchAll({ type: 'window' })
      .then((pages) => pages.forEach((page) => page.postMessage({ type: 'wake' }))),
  )
})
