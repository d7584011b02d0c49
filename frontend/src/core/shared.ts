/** Where pictures lie that another app shared into this one, between the service worker that took them and the page. */
export const SHARED_CACHE = 'gridward-shared'

/** The address in the manifest's `share_target`; its form sends `photos` and perhaps `text`. */
export const SHARE_PATH = '/share'
