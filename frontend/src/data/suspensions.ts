/** 时限中止: what there is, what a new one would touch, and the act itself. */
import { photoStored, refusalOf } from '../core/verdicts'
import { body, client, Problem, put } from './api'
import { newId, photo } from './outbox'
import { takeFile } from './photos'
import type { components } from './schema'
import { currentPerson } from './session'

type Schemas = components['schemas']
export type Suspension = Schemas['SuspensionShown']
export type Touched = Schemas['TouchedShown']
export type Wish = Schemas['SuspensionWish']

export async function suspensions(): Promise<Suspension[]> {
  return (await body(client.GET('/api/v1/suspensions'))).suspensions
}

/** What it would touch; nothing happens. */
export async function wouldTouch(
  wish: Pick<Wish, 'from_at' | 'to_at'> & { area_ids: string[]; categories: string[] },
): Promise<Touched> {
  return body(client.GET('/api/v1/suspensions/preview', { params: { query: wish } }))
}

/** Lets limits stand still. The same `id` sent again changes nothing. */
export async function order(id: string, wish: Wish): Promise<void> {
  await body(
    client.PUT('/api/v1/suspensions/{suspension_id}', {
      params: { path: { suspension_id: id } },
      body: wish,
    }),
  )
}

/** At or before its start: taken back whole. */
export async function end(id: string, to_at: string): Promise<void> {
  await body(
    client.PUT('/api/v1/suspensions/{suspension_id}/end', {
      params: { path: { suspension_id: id } },
      body: { to_at },
    }),
  )
}

export { newId }

const PHOTO_MS = 120_000

/** Sends the picture of a notice at once; answers its digest. Throws `Problem`, or as `takeFile`. */
export async function sendNotice(file: Blob): Promise<string> {
  const { sha256 } = await takeFile(file)
  const held = await photo(sha256)
  const person = currentPerson()
  if (!held || !person) throw new Problem({ status: 0, code: 'photo_lost_on_phone', facts: {} })
  const reply = await put(
    `/api/v1/photos/${sha256}`,
    new Blob([held.bytes]),
    'image/jpeg',
    PHOTO_MS,
    person.person_id,
  )
  if (!photoStored(reply, sha256))
    throw new Problem(refusalOf(reply) ?? { status: reply.status, code: 'unknown', facts: {} })
  return sha256
}
