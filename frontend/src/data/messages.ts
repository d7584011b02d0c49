/** My messages: the list, how many are unread, and what I have read, which the server is told when it can be reached. */
import { marked, unreadIn, type MessagePage, type ReadMark } from '../core/messages'
import { body, client, Problem, Unreachable } from './api'
import { transact } from './db'
import { held, kept, type Fresh } from './kept'
import { currentPerson, onSession } from './session'

const PAGE = 'messages'
const MARK = 'messages read'
const AT_ONCE = 50
const EVERY_MS = 120_000

const hearers = new Set<(unread: number) => void>()

/** Calls `hear` with the number of unread messages whenever it is looked at. Returns how to stop. */
export function onUnread(hear: (unread: number) => void): () => void {
  hearers.add(hear)
  return () => hearers.delete(hear)
}

function say(page: MessagePage, mark: ReadMark | null) {
  const unread = unreadIn(page, mark)
  hearers.forEach((hear) => hear(unread))
}

export interface Inbox {
  page: MessagePage
  mark: ReadMark | null
}

/** The newest messages, from the server or as this phone holds them. */
export async function inbox(): Promise<Fresh<Inbox>> {
  await tellRead()
  const fresh = await kept(PAGE, async () => {
    const query = { limit: AT_ONCE }
    return (await body(client.GET('/api/v1/notifications', { params: { query } }))) as MessagePage
  })
  const mark = await readMark()
  say(fresh.value, mark)
  return { ...fresh, value: { page: fresh.value, mark } }
}

/** Earlier messages, asked now; they are not kept. */
export async function earlier(after: string): Promise<MessagePage> {
  const query = { limit: AT_ONCE, after }
  return (await body(client.GET('/api/v1/notifications', { params: { query } }))) as MessagePage
}

async function readMark(): Promise<ReadMark | null> {
  return (await held<ReadMark>(MARK))?.value ?? null
}

async function keepMark(mark: ReadMark) {
  const person_id = currentPerson()?.person_id
  if (!person_id) return
  await transact(['kept'], 'readwrite', (tx) =>
    tx.objectStore('kept').put({ key: MARK, person_id, at: Date.now(), value: mark }),
  ).catch(() => undefined)
}

/** Everything up to this instant was on the screen. Kept on the phone first; saying it twice does no harm. */
export async function markRead(up_to: string): Promise<void> {
  const mark = marked(await readMark(), up_to)
  await keepMark(mark)
  hearers.forEach((hear) => hear(0))
  await tellRead()
}

async function tellRead(): Promise<void> {
  const mark = await readMark()
  if (mark === null || mark.told) return
  try {
    await client.POST('/api/v1/notifications/read', { body: { up_to: mark.up_to } })
  } catch (error) {
    if (error instanceof Unreachable || error instanceof Problem) return
    throw error
  }
  await keepMark({ ...mark, told: true })
}

/** What this phone holds at once, then the server's: only to know how many wait. Never throws. */
async function look(): Promise<void> {
  if (currentPerson() === null) return
  const row = await held<MessagePage>(PAGE)
  if (row) say(row.value, await readMark())
  await inbox().catch(() => undefined)
}

/** Looks now, when the page is seen again or the network comes back, when a phone rang, and while somebody looks. */
export function startLooking(): void {
  const seen = () => document.visibilityState === 'visible' && void look()
  void look()
  document.addEventListener('visibilitychange', seen)
  addEventListener('online', () => void look())
  setInterval(seen, EVERY_MS)
  navigator.serviceWorker?.addEventListener('message', (event) => {
    if ((event.data as { type?: string } | null)?.type === 'rang') void look()
  })
  onSession((session) => {
    if (session === null) hearers.forEach((hear) => hear(0))
    else void look()
  })
}
