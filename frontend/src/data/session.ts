/** Who is signed in on this phone, known also without the network. */
import type { Hello, Session } from '../core/shapes'
import { body, client, measureClock } from './api'
import { transact } from './db'

const KEY = 'session'

export type { Session } from '../core/shapes'

let current: Session | null = null
const hearers = new Set<(session: Session | null) => void>()

export function session(): Session | null {
  return current
}

export function currentPerson(): { person_id: string; jurisdiction_id: string } | null {
  return current && { person_id: current.person_id, jurisdiction_id: current.jurisdiction.jurisdiction_id }
}

export function onSession(hear: (session: Session | null) => void): () => void {
  hearers.add(hear)
  return () => hearers.delete(hear)
}

function say() {
  hearers.forEach((hear) => hear(current))
}

/** The session the phone remembers, at once. */
export async function remembered(): Promise<Session | null> {
  const row = await transact(['kept'], 'readonly', (tx) => tx.objectStore('kept').get(KEY)).catch(
    () => undefined,
  )
  current = (row?.value as Session | undefined) ?? null
  say()
  return current
}

/** Asks the server; a server that says "nobody" does not sign out a phone that still holds unsent work. */
export async function hello(): Promise<Hello> {
  const sent = Date.now()
  const answer = (await body(client.GET('/api/v1/hello'))) as Hello
  measureClock(answer.server_time, sent, Date.now())
  if (answer.session) await keep(answer.session)
  return answer
}

async function keep(session: Session) {
  current = session
  await transact(['kept'], 'readwrite', (tx) =>
    tx.objectStore('kept').put({ key: KEY, person_id: session.person_id, at: Date.now(), value: session }),
  ).catch(() => undefined)
  say()
}

export async function lookAtInvite(token: string) {
  return body(client.POST('/api/v1/sign-in/invite/look', { body: { token } }))
}

export async function useInvite(token: string, notice_version: string) {
  await body(client.POST('/api/v1/sign-in/invite', { body: { token, notice_version } }))
  await hello()
}

export async function askCode(phone: string) {
  await body(client.POST('/api/v1/sign-in/code/ask', { body: { phone } }))
}

/** Several people on one phone number: the refusal `choose_person` names them, and the call is made again for one. */
export async function useCode(phone: string, code: string, person_id?: string) {
  await body(client.POST('/api/v1/sign-in/code', { body: { phone, code, person_id } }))
  await hello()
}

export async function usePrinted(phone: string, code: string) {
  await body(client.POST('/api/v1/sign-in/printed', { body: { phone, code } }))
  await hello()
}

export async function usePassword(login: string, password: string) {
  await body(client.POST('/api/v1/sign-in/password', { body: { login, password } }))
  await hello()
}

/** The person has read the privacy notice of now. */
export async function agreeToNotice(notice_version: string) {
  await body(client.POST('/api/v1/my/notice', { body: { notice_version } }))
  await hello()
}

/** Ends the session here and on the server, and wipes what the phone held; unsent items stay, locked to their person. */
export async function signOut() {
  await client.POST('/api/v1/sign-out').catch(() => undefined)
  await transact(['kept', 'drafts'], 'readwrite', async (tx) => {
    await tx.objectStore('kept').clear()
    await tx.objectStore('drafts').clear()
  })
  current = null
  say()
}
