/**
 * A message that rings. It brings a kind and an id; the words are made here. A test message is answered to the server:
 * only a phone that has shown that push arrives is rung.
 *
 * The same message twice, as after a fault of the sender, takes its own place: the tag is the ticket.
 */
import type { MessageKind } from '../core/messages'
import { messages as en } from '../ui/text/en/messages'
import { messages as zh } from '../ui/text/zh/messages'

declare const self: ServiceWorkerGlobalScope

type Rung =
  | { kind: MessageKind; ticket_id: string | null; language: string }
  | { kind: 'several'; n: number; language: string }
  | { kind: 'test'; subscription_id: string; token: string; language: string }

const TRIES = 3
const PAUSE_MS = 2_000

self.addEventListener('push', (event) => {
  const said = read(event)
  // The browser wants to see a notification for every message, also for one that cannot be read.
  event.waitUntil(
    Promise.all([
      show(said),
      tellPages(),
      said?.kind === 'test' ? answer(said.subscription_id, said.token) : null,
    ]),
  )
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const path = (event.notification.data as { path?: string } | null)?.path ?? '/messages'
  event.waitUntil(open(path))
})

function read(event: PushEvent): Rung | null {
  try {
    return event.data?.json() as Rung
  } catch {
    return null
  }
}

function show(said: Rung | null): Promise<void> {
  const texts: Record<string, string> = said?.language === 'en' ? en : zh
  const one = texts['message.several']!.replace('{n}', '1')
  const body = said ? (texts[`message.${said.kind}`] ?? one) : one
  const options = {
    body: said?.kind === 'several' ? body.replace('{n}', String(said.n)) : body,
    tag: tag(said),
    renotify: true,
    icon: '/icon-192.png',
    lang: said?.language === 'en' ? 'en' : 'zh-CN',
    data: { path: path(said) },
  }
  return self.registration.showNotification(texts['message.from']!, options)
}

function tag(said: Rung | null): string {
  if (said === null) return 'several'
  return 'ticket_id' in said && said.ticket_id ? said.ticket_id : said.kind
}

function path(said: Rung | null): string {
  if (said?.kind === 'test') return '/messages/settings'
  return said && 'ticket_id' in said && said.ticket_id ? `/ticket/${said.ticket_id}` : '/messages'
}

async function pages(): Promise<readonly WindowClient[]> {
  return self.clients.matchAll({ type: 'window', includeUncontrolled: true })
}

async function tellPages(): Promise<void> {
  for (const page of await pages()) page.postMessage({ type: 'rang' })
}

async function answer(subscription_id: string, token: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    const reply = await fetch(`/api/v1/my/push/${subscription_id}/arrived`, {
      method: 'PUT',
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json', 'X-Gridward': '1' },
      body: JSON.stringify({ token }),
    }).catch(() => null)
    // A word of the server is final, its being away is not.
    if ((reply && reply.status < 500) || tries >= TRIES) break
    await new Promise((go) => setTimeout(go, PAUSE_MS))
  }
  await tellPages()
}

/** In the page that is open, else in a new one. */
async function open(path: string): Promise<void> {
  const [page] = await pages()
  if (!page) {
    await self.clients.openWindow(path)
    return
  }
  page.postMessage({ type: 'open', path })
  await page.focus().catch(() => undefined)
}
