/** Who was shown what of whom: one's own, and for auditors everybody's. */
import { body, client } from './api'
import type { components } from './schema'

type Schemas = components['schemas']
export type Seen = Schemas['SeenOut']
export type SeenPage = Schemas['SeenPage']

/** `before` is the last one seen. */
export async function seen(whose: 'mine' | 'all', before?: Seen): Promise<SeenPage> {
  const query = before ? { before: before.last_at, before_id: before.disclosure_id } : {}
  return whose === 'mine'
    ? body(client.GET('/api/v1/my/disclosures', { params: { query } }))
    : body(client.GET('/api/v1/disclosures', { params: { query } }))
}
