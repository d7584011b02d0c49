/** The installed app: its service worker, and a new version that is offered, never forced. */

export function watchForUpdate(offer: () => void): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  void navigator.serviceWorker
    .register('/sw.js')
    .then((registration) => {
      const look = (worker: ServiceWorker | null) => {
        if (worker?.state === 'installed' && navigator.serviceWorker.controller) offer()
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

/** The person asked for it: the newest build's worker takes over, where there is one, and the page opens again. */
export async function renew(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration().catch(() => undefined)
  await registration?.update().catch(() => undefined)
  const worker = registration?.waiting ?? registration?.installing
  if (!worker) return location.reload()
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
  const takeOver = () => {
    if (worker.state === 'installed') worker.postMessage({ type: 'take-over' })
    else if (worker.state === 'redundant') location.reload()
  }
  worker.addEventListener('statechange', takeOver)
  takeOver()
}

/** Asks the browser not to throw this page's storage away; true when it agreed. */
export async function keepStorage(): Promise<boolean> {
  return (await navigator.storage?.persist?.().catch(() => false)) ?? false
}
