/** Who is signed in on this phone, known also without the network. */
import type { Hello, Session } from '../core/shapes'
import { body, client, clockOffset, measureClock, restoreClock, speakFor, type Measured } from './api'
import { transact } from './db'
import { forgetPerson } from './leaving'
import { keepTelephone } from './telephone'

const KEY = 'session'
const CLOCK = 'clock'
/** Who signed out here while the server could not be told: until it was, its word that they are signed in does not count. */
const LEFT = 'left'

export type { Session } from '../core/shapes'

let current: Session | null = null
/** The server does not know this session any more; what is on the phone stays, and the person is asked to come in again. */
let expired = false
let signIns = 0
/** Somebody signs out just now. */
let leaving = false
const hearers = new Set<(session: Session | null) => void>()
const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('gridward-session')
channel?.addEventListener('message', () => void remembered())

export function session(): Session | null {
  return current
}

export function isExpired(): boolean {
  return expired
}

/** Grows whenever somebody turns out to be signed in: a refusal of what was asked before that says nothing of now. */
export function signInsSeen(): number {
  return signIns
}

export function currentPerson(): { person_id: string; jurisdiction_id: string } | null {
  return current && { person_id: current.person_id, jurisdiction_id: current.jurisdiction.jurisdiction_id }
}

/** Whether what was read for somebody ('': nobody) is still kept: a read may outlast the sign-out that wipes all that was. */
export function mayKeep(person_id: string): boolean {
  return !leaving && person_id === (current?.person_id ?? '')
}

/** Calls `hear` when somebody came or went, or has to come in again. Returns how to stop. */
export function onSession(hear: (session: Session | null) => void): () => void {
  hearers.add(hear)
  return () => hearers.delete(hear)
}

function say() {
  hearers.forEach((hear) => hear(current))
}

function set(session: Session | null) {
  current = session
  expired = false
  if (session) signIns += 1
  speakFor(session?.person_id ?? null)
}

/** The session the phone remembers, at once. */
export async function remembered(): Promise<Session | null> {
  const rows = await transact(['kept'], 'readonly', async (tx) => ({
    session: await tx.objectStore('kept').get(KEY),
    clock: await tx.objectStore('kept').get(CLOCK),
  })).catch(() => null)
  if (rows?.clock) restoreClock(rows.clock.value as Measured)
  // A store that cannot be read signs nobody out.
  if (rows) set((rows.session?.value as Session | undefined) ?? null)
  say()
  return current
}

/** Asks the server; a server that says "nobody" does not sign out a phone that still holds unsent work. */
export async function hello(): Promise<Hello> {
  const sent = Date.now()
  const since = signIns
  const answer = (await body(client.GET('/api/v1/hello'))) as Hello
  measureClock(answer.server_time, sent, Date.now())
  keepTelephone(answer.session?.jurisdiction.telephone ?? answer.telephone)
  const left = await readLeft()
  if (answer.session && answer.session.person_id === left) {
    await leaveServer()
    return { ...answer, session: null, scope_rev: null }
  }
  if (answer.session) await keep(answer.session)
  else if (since === signIns) expire()
  return answer
}

function expire() {
  if (current === null || expired) return
  expired = true
  say()
}

/**
 * The server refused an item or a read: nobody is signed in any more, or somebody else is. `since`: what `signInsSeen` said
 * when it was asked. Never throws.
 */
export async function refused(code: string, since: number): Promise<void> {
  if (since !== signIns) return
  if (code === 'other_person') await hello().catch(() => undefined)
  else expire()
}

async function keep(session: Session) {
  // Another window may ask for this person to come in again, as this one did.
  const news = expired || current?.person_id !== session.person_id
  set(session)
  const clock = clockOffset()
  await transact(['kept'], 'readwrite', async (tx) => {
    const row = { person_id: session.person_id, at: Date.now() }
    await tx.objectStore('kept').put({ ...row, key: KEY, value: session })
    if (clock) await tx.objectStore('kept').put({ ...row, key: CLOCK, value: clock })
    await tx.objectStore('kept').delete(LEFT)
  }).catch(() => undefined)
  if (news) channel?.postMessage(null)
  say()
}

export async function lookAtInvite(token: string) {
  return body(client.POST('/api/v1/sign-in/invite/look', { body: { token } }))
}

export async function useInvite(token: string, notice_version: string) {
  await body(client.POST('/api/v1/sign-in/invite', { body: { token, notice_version } }))
  await arrived()
}

export async function askCode(phone: string) {
  await body(client.POST('/api/v1/sign-in/code/ask', { body: { phone } }))
}

/** Several people on one phone number: the refusal `choose_person` names them, and the call is made again for one. */
export async function useCode(phone: string, code: string, person_id?: string) {
  await body(client.POST('/api/v1/sign-in/code', { body: { phone, code, person_id } }))
  await arrived()
}

export async function usePrinted(phone: string, code: string) {
  await body(client.POST('/api/v1/sign-in/printed', { body: { phone, code } }))
  await arrived()
}

export async function usePassword(login: string, password: string) {
  await body(client.POST('/api/v1/sign-in/password', { body: { login, password } }))
  await arrived()
}

async function arrived() {
  await transact(['kept'], 'readwrite', (tx) => tx.objectStore('kept').delete(LEFT))
  await hello()
  // Also where this window did not hear that the session was over: another one may have.
  channel?.postMessage(null)
}

/** The person has read the privacy notice of now. */
export async function agreeToNotice(notice_version: string) {
  await body(client.POST('/api/v1/my/notice', { body: { notice_version } }))
  await hello()
}

async function readLeft(): Promise<string | null> {
  const row = await transact(['kept'], 'readonly', (tx) => tx.objectStore('kept').get(LEFT)).catch(
    () => undefined,
  )
  return row?.person_id ?? null
}

/** True when the server has ended the session. */
async function leaveServer(): Promise<boolean> {
  const told = await client.POST('/api/v1/sign-out').then(
    () => true,
    () => false,
  )
  if (told)
    await transact(['kept'], 'readwrite', (tx) => tx.objectStore('kept').delete(LEFT)).catch(() => undefined)
  return told
}

/**
 * Ends the session here and on the server, and wipes what the phone held of this person; unsent items and their photos
 * stay, locked to their person. Throws when the phone could not be wiped: then nobody is signed out.
 */
export async function signOut(): Promise<void> {
  if (current === null) return
  const { person_id } = current
  leaving = true
  try {
    await forgetPerson(person_id)
    await transact(['kept'], 'readwrite', (tx) =>
      tx.objectStore('kept').put({ key: LEFT, person_id, at: Date.now(), value: null }),
    )
    set(null)
  } finally {
    leaving = false
  }
  channel?.postMessage(null)
  say()
  await leaveServer()
}
