/** The roster: who is on it, and invites to sign in. */
import type { RoleName } from '../core/shapes'
import { body, client } from './api'

export async function roster(query: { text?: string; after?: string; role?: RoleName; unit_id?: string }) {
  return body(client.GET('/api/v1/people', { params: { query } }))
}

/** A new invite for a person; shown once. An earlier one that was not used is void. */
export async function invite(person_id: string) {
  return body(client.POST('/api/v1/people/{person_id}/invite', { params: { path: { person_id } } }))
}
