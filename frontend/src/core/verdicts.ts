/** Reads a server's answer to an item. Only a checked acknowledgement marks an item delivered. */
import type { Item, Receipt, Refused } from './operations'

export interface Reply {
  status: number
  /** Lower-case names. */
  headers: Record<string, string | undefined>
  /** The whole text, or null when it was cut off. */
  text: string | null
}

export type Verdict =
  | { verdict: 'delivered'; receipt: Receipt }
  | { verdict: 'refused'; refused: Refused }
  | { verdict: 'photos_missing'; missing: string[] }
  | { verdict: 'sign_in' }
  | { verdict: 'later'; retryAfterS: number | null }

const FINAL = new Set([403, 404, 409, 410, 413, 415, 422])

function parse(text: string | null): Record<string, unknown> | null {
  if (text === null) return null
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

function isJson(reply: Reply): boolean {
  return /^application\/([\w.+-]+\+)?json\b/i.test(reply.headers['content-type'] ?? '')
}

export function retryAfter(reply: Reply): number | null {
  const seconds = Number(reply.headers['retry-after'])
  return reply.headers['retry-after'] !== undefined && Number.isFinite(seconds) && seconds >= 0
    ? seconds
    : null
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isProblem(reply: Reply): boolean {
  return reply.status >= 400 && /problem\+json/i.test(reply.headers['content-type'] ?? '')
}

export function verdictOf(reply: Reply, item: Item): Verdict {
  const body = isJson(reply) ? parse(reply.text) : null
  const refusal = isProblem(reply)
  const ours = body !== null && (reply.headers['x-app-ack'] !== undefined || refusal)
  const later = { verdict: 'later', retryAfterS: retryAfter(reply) } as const
  if (!ours) return later
  if (reply.status === 200 || reply.status === 201) {
    const id =
      item.kind === 'report'
        ? body['report_id']
        : (body['op_id'] ?? body['operation_id'] ?? body['patrol_id'] ?? body['visit_id'])
    if (id !== item.item_id || body['digest'] !== item.digest) return later
    return {
      verdict: 'delivered',
      receipt: {
        ticket_no: text(body['ticket_no']),
        short_no: text(body['short_no']),
        ticket_id: text(body['ticket_id']) || item.ticket_id,
        at: text(body['received_at']),
        ...(typeof body['version'] === 'number' ? { version: body['version'] } : {}),
        ...(item.kind === 'fact' && typeof body['verdict'] === 'string' ? { verdict: body['verdict'] } : {}),
        ...(item.kind === 'fact' && typeof body['checkpoint_id'] === 'string'
          ? { checkpoint_id: body['checkpoint_id'] }
          : {}),
        ...(item.kind === 'fact' && Array.isArray(body['marks']) && body['marks'].length > 0
          ? { marks: body['marks'].map(String) }
          : {}),
      },
    }
  }
  if (reply.status === 401) return { verdict: 'sign_in' }
  const facts = (body['facts'] ?? {}) as Record<string, unknown>
  if (reply.status === 424) {
    const missing = body['missing'] ?? facts['missing']
    return Array.isArray(missing) ? { verdict: 'photos_missing', missing: missing.map(String) } : later
  }
  if (FINAL.has(reply.status)) {
    const code = text(body['code'])
    if (code === '') return later
    const current = body['current']
    return {
      verdict: 'refused',
      refused: { status: reply.status, code, facts: current === undefined ? facts : { ...facts, current } },
    }
  }
  return later
}

/** A photo is there when the server says so with the photo's own digest. */
export function photoStored(reply: Reply, sha256: string): boolean {
  if (reply.status !== 200 && reply.status !== 201) return false
  if (!isJson(reply) || reply.headers['x-app-ack'] === undefined) return false
  return parse(reply.text)?.['sha256'] === sha256
}

/** Why the server will never take this photo from this person. */
export function photoRefused(reply: Reply): Refused | null {
  return isProblem(reply) && FINAL.has(reply.status) ? refusalOf(reply) : null
}

export function refusalOf(reply: Reply): Refused | null {
  const body = isJson(reply) ? parse(reply.text) : null
  if (body === null || typeof body['code'] !== 'string') return null
  return { status: reply.status, code: body['code'], facts: (body['facts'] ?? {}) as Record<string, unknown> }
}
