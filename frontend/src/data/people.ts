import type { Person } from '../core/shapes'
import { body, client } from './api'
import { kept, type Fresh } from './kept'

/** Who works for a unit, for its lead to hand a ticket on. */
export async function workers(unit_id: string): Promise<Fresh<{ people: Person[] }>> {
  return kept(`workers ${unit_id}`, () =>
    body(client.GET('/api/v1/people', { params: { query: { unit_id } } })),
  )
}
