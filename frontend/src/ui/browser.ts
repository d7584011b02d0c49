/** Which browser the page is in, as far as a person must act on it. */
import { appOf, platformOf, type InApp, type Platform } from '../core/browser'

/** The app whose built-in browser this is: it forgets what a page stores. null: a browser of its own. */
export function inApp(agent = navigator.userAgent): InApp | null {
  return appOf(agent)
}

export function phone(agent = navigator.userAgent): Platform {
  return platformOf(agent, navigator.maxTouchPoints)
}
