/** Finds out what this phone and browser allow. Asks the person nothing, and never throws. */
import { appOf, platformOf } from '../core/browser'
import type { Facts, Permission } from '../core/device'
import { clockOffset } from './api'
import { transact } from './db'

async function permission(name: 'geolocation' | 'camera'): Promise<Permission | null> {
  // Some browsers know the word but not this permission.
  const state = await navigator.permissions?.query({ name: name as PermissionName }).catch(() => null)
  return state?.state ?? null
}

async function stores(): Promise<boolean> {
  return transact(['kept'], 'readonly', (tx) => tx.objectStore('kept').count()).then(
    () => true,
    () => false,
  )
}

async function room(): Promise<number | null> {
  const estimate = await navigator.storage?.estimate?.().catch(() => null)
  return estimate?.quota === undefined ? null : Math.max(0, estimate.quota - (estimate.usage ?? 0))
}

async function opensOffline(): Promise<boolean> {
  const registration = await navigator.serviceWorker?.getRegistration().catch(() => undefined)
  return registration?.active?.state === 'activated'
}

export function isInstalled(): boolean {
  return (
    matchMedia('(display-mode: standalone)').matches ||
    (navigator as { standalone?: boolean }).standalone === true
  )
}

export async function lookAtPhone(): Promise<Facts> {
  const [location, camera, store, free, offline, persisted] = await Promise.all([
    permission('geolocation'),
    permission('camera'),
    stores(),
    room(),
    opensOffline(),
    navigator.storage?.persisted?.().catch(() => null) ?? null,
  ])
  return {
    platform: platformOf(navigator.userAgent, navigator.maxTouchPoints),
    inApp: appOf(navigator.userAgent),
    installed: isInstalled(),
    online: navigator.onLine,
    opensOffline: offline,
    stores: store,
    persisted,
    room: free,
    location,
    camera,
    saving: (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true,
    clock_ms: clockOffset()?.offset_ms ?? null,
  }
}
