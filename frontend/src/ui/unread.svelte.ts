/** How many messages wait to be read, and what a phone that rang asks the open page for. */
import { go } from './router.svelte'
import { language } from './text/index.svelte'

let unread = $state(0)

export const waiting = {
  get messages() {
    return unread
  },
}

/** Taps on a notification open their page here. Called at the start. */
export function followRings(): void {
  navigator.serviceWorker?.addEventListener('message', (event) => {
    const said = event.data as { type?: string; path?: string } | null
    if (said?.type === 'open' && said.path?.startsWith('/')) go(said.path)
  })
}

/** Called after the first screen, so that it costs the start nothing. */
export async function watchMessages(): Promise<void> {
  const [{ onUnread, startLooking }, { keepUp }] = await Promise.all([
    import('../data/messages'),
    import('../data/push'),
  ])
  onUnread((count) => (unread = count))
  startLooking()
  await keepUp(language())
}
