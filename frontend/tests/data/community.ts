/** A server in memory, as far as a phone that reads can tell: scopes, snapshots, the feed, and who is signed in. */
import { vi } from 'vitest'
import type { TicketBrief } from '../../src/core/shapes'
import { ticket } from '../build'

interface Change {
  scope: string
  id: string
  version: number
  op: 'u' | 'r'
}

export type Mood = 'well' | 'away' | 'captive' | 'busy' | 'signed_out'

export class Community {
  mood: Mood = 'well'
  epoch = 1
  rev = 'first'
  person = 'volunteer'
  pageSize = 2
  roles: object[] = []
  stewarded: string[] = []
  /** Which tickets lie in which scope, whoever follows it. */
  readonly scopes = new Map<string, Set<string>>()
  followed: string[] = []
  readonly tickets = new Map<string, TicketBrief>()
  log: Change[] = []
  /** Paths asked for, with the person that the phone spoke for. */
  asked: { path: string; as: string | null }[] = []
  /** Called before an answer is given: a test may let the world go on in the meantime. */
  meanwhile: (path: string) => Promise<void> | void = () => undefined
  /** Called when an answer is on its way: it is late, and knows nothing of what happens now. */
  underway: (path: string) => Promise<void> | void = () => undefined

  follow(...scopes: string[]) {
    this.followed = scopes
    for (const scope of scopes) if (!this.scopes.has(scope)) this.scopes.set(scope, new Set())
  }

  /** A ticket comes into being or goes on; in `scopes` it is to be seen, from all others it is gone. */
  put(id: string, rest: Partial<TicketBrief>, scopes: string[]) {
    const version = (this.tickets.get(id)?.version ?? 0) + 1
    this.tickets.set(id, ticket({ ...this.tickets.get(id), ...rest, ticket_id: id, version }))
    for (const [scope, held] of this.scopes)
      if (scopes.includes(scope)) {
        held.add(id)
        this.log.push({ scope, id, version, op: 'u' })
      } else if (held.delete(id)) this.log.push({ scope, id, version, op: 'r' })
  }

  /** An older copy is put back: everything since is gone, and the feed begins anew. */
  restore(tickets: TicketBrief[], scope: string) {
    this.epoch += 1
    this.log = []
    this.tickets.clear()
    this.scopes.forEach((held) => held.clear())
    for (const one of tickets) {
      this.tickets.set(one.ticket_id, one)
      this.scopes.get(scope)!.add(one.ticket_id)
    }
  }

  session() {
    const jurisdiction = { jurisdiction_id: 'town', name: '', telephone: '', time_zone: 'Asia/Shanghai' }
    return {
      person_id: this.person,
      name: '何静怡',
      jurisdiction: { ...jurisdiction, emergency_numbers: [], invented: true },
      roles: this.roles,
      notice_due: false,
    }
  }

  private answer(status: number, body: object, headers: Record<string, string> = {}): Response {
    const type = status < 300 ? 'application/json' : 'application/problem+json'
    return new Response(JSON.stringify(body), {
      status,
      headers: { 'content-type': type, 'x-app-ack': '1', ...headers },
    })
  }

  private refuse(status: number, code: string, headers: Record<string, string> = {}): Response {
    return this.answer(status, { code, facts: {} }, headers)
  }

  fetch = async (input: Request | string): Promise<Response> => {
    const request = typeof input === 'string' ? new Request(new URL(input, 'http://phone.test')) : input
    const { pathname, searchParams } = new URL(request.url)
    const path = pathname.replace('/api/v1', '')
    const as = request.headers.get('x-person')
    this.asked.push({ path, as })
    await this.meanwhile(path)
    const answer = this.reply(path, as, searchParams)
    await this.underway(path)
    return answer
  }

  private reply(path: string, as: string | null, query: URLSearchParams): Response {
    if (this.mood === 'away') throw new TypeError('Failed to fetch')
    if (this.mood === 'captive')
      return new Response('{"changes":[],"rows":[],"cursor":"9"}', {
        headers: { 'content-type': 'application/json' },
      })
    if (this.mood === 'busy') return this.refuse(503, 'busy', { 'retry-after': '60' })
    const server_time = '2026-09-01T04:00:00Z'
    if (path === '/hello')
      return this.answer(200, {
        server_time,
        scope_rev: this.mood === 'signed_out' ? null : this.rev,
        session: this.mood === 'signed_out' ? null : this.session(),
      })
    if (path === '/sign-out') return new Response(null, { status: 204, headers: { 'x-app-ack': '1' } })
    if (this.mood === 'signed_out') return this.refuse(401, 'not_signed_in')
    if (as !== null && as !== this.person) return this.refuse(401, 'other_person')
    const rest = { scope_rev: this.rev, server_time }
    if (path === '/my/scope')
      return this.answer(200, {
        scopes: this.followed,
        stewarded: this.stewarded,
        communities: [],
        grids: [],
        units: [],
      })
    if (path === '/snapshot') return this.snapshot(query, rest)
    if (path === '/changes') return this.changes(query, rest)
    const id = /^\/tickets\/(.+)$/.exec(path)?.[1]
    const found = id && this.tickets.get(id)
    if (found) return this.answer(200, { ...found, timeline: [], photos: [], allowed: [], requests: [] })
    return this.refuse(404, 'ticket_unknown')
  }

  private snapshot(query: URLSearchParams, rest: object): Response {
    const held = this.scopes.get(query.get('scope')!)
    if (!held || !this.followed.includes(query.get('scope')!)) return this.refuse(403, 'scope_not_yours')
    const [start, beyond] = query.get('after')?.split(' ') ?? [`${this.epoch}.${this.log.length}`, '']
    const ids = [...held].sort().filter((id) => id > beyond!)
    const page = ids.slice(0, this.pageSize)
    return this.answer(200, {
      ...rest,
      rows: page.map((id) => this.row(id)),
      start_cursor: start,
      after: ids.length > page.length ? `${start} ${page.at(-1)}` : null,
    })
  }

  private row(id: string) {
    const data = this.tickets.get(id)!
    return { entity: 'ticket', id, version: data.version, data }
  }

  private changes(query: URLSearchParams, rest: object): Response {
    const [epoch, seen] = query.get('cursor')!.split('.').map(Number)
    if (epoch !== this.epoch || seen! > this.log.length) return this.refuse(409, 'must_refetch')
    const page = this.log.slice(seen, seen! + this.pageSize)
    const visible = (id: string) => this.followed.some((scope) => this.scopes.get(scope)!.has(id))
    return this.answer(200, {
      ...rest,
      changes: page
        .filter(({ scope }) => this.followed.includes(scope))
        .map(({ scope, id, version, op }) => ({
          entity: 'ticket',
          scope,
          id,
          version,
          op: op === 'u' && visible(id) ? 'u' : 'r',
          data: op === 'u' && visible(id) ? this.tickets.get(id) : null,
        })),
      cursor: `${this.epoch}.${seen! + page.length}`,
      more: page.length === this.pageSize,
    })
  }
}

/** The phone's program, started anew on whatever its store holds. */
export async function startPhone() {
  vi.resetModules()
  const session = await import('../../src/data/session')
  const outbox = await import('../../src/data/outbox')
  const live = await import('../../src/data/live')
  const feed = await import('../../src/data/feed')
  const db = await import('../../src/data/db')
  const kept = await import('../../src/data/kept')
  const tickets = await import('../../src/data/tickets')
  await session.remembered()
  return { session, outbox, live, feed, db, kept, tickets }
}

export type Phone = Awaited<ReturnType<typeof startPhone>>
