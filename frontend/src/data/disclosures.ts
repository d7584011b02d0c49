/** Who was shown what of whom: one's own, and for auditors everybody's. */
import { body, client } from './api'
import type { components } from './schema'

type Schemas = components['schemas']
export type Seen = Schemas['SeenOut']
export type SeenPage = Schemas['SeenPage']
export type SeenByAll = Schemas['SeenByAll']

/** An auditor's question: parts of names, local days (`2026-11-30`); what is not asked for is left out. */
export interface SeenAsked {
  reader?: string
  subject?: string
  from?: string
  to?: string
}

/** `before` is the last one seen. */
const after = (before?: Seen) => (before ? { before: before.last_at, before_id: before.disclosure_id } : {})

export async function mySeen(before?: Seen): Promise<SeenPage> {
  return body(client.GET('/api/v1/my/disclosures', { params: { query: after(before) } }))
}

export async function allSeen(asked: SeenAsked, before?: Seen): Promise<SeenByAll> {
  return body(client.GET('/api/v1/disclosures', { params: { query: { ...asked, ...after(before) } } }))
}

export function fileOf(asked: SeenAsked, format: 'xlsx' | 'csv', lang: 'zh' | 'en', skip: number): string {
  return `/api/v1/disclosures/file?${new URLSearchParams({ ...asked, format, lang, skip: String(skip) })}`
}
