/** Whether this phone can be rung, from what the browser and the server say. Pure. */
import type { Platform } from './browser'

/** A test message that has not come by then has not come; the server takes one as late as ten minutes. */
export const SILENT_AFTER_MS = 60_000

export interface PushFacts {
  /** The installation's key; null: it sends no push. */
  key: string | null
  platform: Platform
  inApp: boolean
  installed: boolean
  /** The browser has the three parts: worker, push, notifications. */
  supported: boolean
  permission: 'default' | 'granted' | 'denied'
  /** The browser's push service did not answer when it was asked for an address. */
  noService: boolean
  /** What the server knows of this phone; null: it was not asked to ring it. */
  phone: { state: 'untested' | 'on' | 'gone'; test_at: string | null } | null
  /** The browser still holds the address that the server knows. */
  subscribed: boolean
  /** Milliseconds by the server's clock. */
  now: number
}

/**
 * - `none_here`: the installation sends no push;
 * - `unsupported`: this browser cannot; `in_app`: another app's browser cannot;
 * - `install_first`: on an iPhone only from the home screen;
 * - `refused`: the person or the system said no to notifications;
 * - `off`: can be asked for; `gone`: was on, and has to be asked for anew;
 * - `untested`: the test message is under way; `silent`: it has not come, push does not reach this phone;
 * - `on`: a test message has come.
 */
export type PushState =
  | 'none_here'
  | 'unsupported'
  | 'in_app'
  | 'install_first'
  | 'refused'
  | 'off'
  | 'gone'
  | 'untested'
  | 'silent'
  | 'on'

export function pushState(facts: PushFacts): PushState {
  if (facts.key === null) return 'none_here'
  if (facts.inApp) return 'in_app'
  if (facts.platform === 'iphone' && !facts.installed) return 'install_first'
  if (!facts.supported) return 'unsupported'
  if (facts.permission === 'denied') return 'refused'
  if (facts.noService) return 'silent'
  if (facts.phone === null) return 'off'
  if (facts.phone.state === 'gone' || !facts.subscribed || facts.permission !== 'granted') return 'gone'
  if (facts.phone.state === 'on') return 'on'
  const waited = facts.phone.test_at === null ? 0 : facts.now - Date.parse(facts.phone.test_at)
  return waited < SILENT_AFTER_MS ? 'untested' : 'silent'
}

/** Nothing rings here: what works instead must be said. */
export function needsAnotherWay(state: PushState): boolean {
  return ['none_here', 'unsupported', 'in_app', 'refused', 'silent'].includes(state)
}
