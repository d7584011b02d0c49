/** The installed app: its service worker, and a new version that is offered, never forced. */

let waitingWorker: ServiceWorker | null = null

export function watchForUpdate(offer: () => void): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  void navigator.serviceWorker
    .register('/sw.js')
    .then((registration) => {
      const look = (worker: ServiceWorker | null) => {
        if (worker?.state === 'installed' && navigator.serviceWorker.controller) {
          waitingWorker = worker
          offer()
        }
      }
      look(registration.waiting)
      registration.addEventListener('updatefound', () => {
        const worker = registration.installing
        worker?.addEventListener('statechange', () => look(worker))
      })
      document.addEventListener('visibilitychange', () => {
        if (document.visibilityState === 'visible') void registration.update().catch(() => undefined)
      })
    })
    .catch((error: unknown) => console.warn('no service worker', error))
}

/** The person asked for it: the new worker takes over and the page opens again. */
export async function takeUpdate(): Promise<void> {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
  waitingWorker?.postMessage({ type: 'take-over' })
}

/** Asks the browser not to throw this page's storage away; true when it agreed. */
export async function keepStorage(): Promise<boolean> {
  return (await navigator.storage?.persist?.().catch(() => false)) ?? false
}
