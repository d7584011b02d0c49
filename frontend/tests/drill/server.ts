/** The server as the protocol has it, and its books: what arrived, from whom, how often, with which effect. */
import { Answer } from './network'
import { mustHold, sha256, type Asked } from './world'

export interface Arrived {
  id: string
  digest: string
  /** Whose cookie it came with. */
  person: string
  text: string
  photos: string[]
  /** Times that it had an effect. */
  effects: number
  /** The stored answer. */
  status: number
  body: Record<string, unknown>
}

export interface Step extends Arrived {
  ticket_id: string
  type: string
  after: string | null
  seen: { version: number; assignment_id: string | null; resolution_id: string | null }
}

export interface Fact extends Arrived {
  /** The household or the walk that it is about. */
  about: string
  type: string
}

interface Ticket {
  ticket_id: string
  no: number
  version: number
  assignment_id: string | null
  resolution_id: string | null
}

/** Steps that need the assignment that was seen to be the open one. */
const BOUND = new Set(['resolve'])

export class Server {
  readonly photos = new Map<string, { person: string; sha256: string }>()
  readonly reports = new Map<string, Arrived>()
  readonly steps = new Map<string, Step>()
  /** Visits and messages of walks. */
  readonly facts = new Map<string, Fact>()
  readonly tickets = new Map<string, Ticket>()
  readonly erased = new Set<string>()
  /** Ids in the order in which they took effect. */
  readonly order: string[] = []
  /** Photos it lost on purpose, as a restore from an older copy does. */
  readonly forgotten = new Set<string>()
  private unit = 0

  constructor(
    private readonly now: () => number,
    private readonly photoAcked: (sha256: string) => boolean,
    /** Gives the browser a cookie, or takes it away. */
    private readonly setCookie: (person: string | null) => void,
  ) {}

  holds(id: string): Arrived | undefined {
    return this.reports.get(id) ?? this.steps.get(id) ?? this.facts.get(id)
  }

  /** Bodies of the messages with positions. */
  positions(): string[] {
    return [...this.facts.values()].filter((fact) => fact.type === 'positions').map((fact) => fact.text)
  }

  /** Of every walk that has begun, how many ends it has. */
  ends(): Map<string, number> {
    const facts = [...this.facts.values()]
    const of = (walk: Fact) => facts.filter((fact) => fact.type === 'end' && fact.about === walk.id).length
    return new Map(facts.filter((fact) => fact.type === 'start').map((walk) => [walk.id, of(walk)]))
  }

  reassign(ticketId: string) {
    const ticket = this.tickets.get(ticketId)
    if (!ticket) return
    ticket.assignment_id = `unit-${++this.unit}`
    ticket.version++
  }

  erase(reportId: string) {
    if (this.reports.has(reportId)) this.erased.add(reportId)
  }

  /** A restore from an older copy: photos that nothing holds are gone. */
  forgetLoosePhotos() {
    const held = new Set([...this.reports.values(), ...this.steps.values()].flatMap((one) => one.photos))
    for (const sha of this.photos.keys())
      if (!held.has(sha)) {
        this.photos.delete(sha)
        this.forgotten.add(sha)
      }
  }

  /** `heard`: the browser gets the answer, and with it the cookie; a copy that the network sends on is heard by nobody. */
  take(asked: Asked, heard = true): Answer {
    const path = asked.path.replace(/^\/api\/v1\//, '')
    if (path === 'hello') return this.hello(asked.cookie)
    if (path === 'sign-in/invite' && heard)
      this.setCookie((JSON.parse(asked.body as string) as { token: string }).token)
    if (path === 'sign-out' && heard) this.setCookie(null)
    if (path.startsWith('sign-')) return Answer.json(200, {})
    const person = asked.cookie
    if (person === null) return Answer.problem(401, 'not_signed_in')
    if (asked.speaker !== null && asked.speaker !== person) return Answer.problem(401, 'other_person')
    const [kind, id, , op] = path.split('/') as [string, string, string?, string?]
    if (asked.method !== 'PUT') return Answer.problem(404, 'not_found')
    if (kind === 'photos') return this.photo(id, person, asked.body as Uint8Array)
    const sent = JSON.parse(asked.body as string) as Record<string, never>
    if (kind === 'visits' || kind === 'patrols') return this.fact(kind, id, op ?? null, person, sent)
    return kind === 'reports' ? this.report(id, person, sent) : this.step(id, op!, person, sent)
  }

  private hello(cookie: string | null): Answer {
    const session = cookie && {
      person_id: cookie,
      name: cookie,
      jurisdiction: { jurisdiction_id: 'town', name: '', telephone: '', time_zone: 'Asia/Shanghai' },
      roles: [],
      notice_due: false,
    }
    const server_time = new Date(this.now()).toISOString()
    return Answer.json(200, { server_time, session, scopes: [], scope_rev: '1', feed_epoch: 'e' })
  }

  private photo(sha: string, person: string, bytes: Uint8Array): Answer {
    if (sha256(bytes) !== sha) return Answer.problem(422, 'photo_digest_differs')
    const known = this.photos.get(sha)?.person === person
    this.photos.set(sha, { person, sha256: sha })
    this.forgotten.delete(sha)
    return Answer.json(known ? 200 : 201, { sha256: sha, size: bytes.length })
  }

  /** 424 with what is missing. The phone may not ask for a report before its photos were acknowledged. */
  private missing(person: string, photos: readonly string[]): Answer | null {
    for (const sha of photos)
      mustHold(this.photoAcked(sha), 'I2', () => `it went out before its photo ${sha} was acknowledged`)
    const missing = photos.filter((sha) => this.photos.get(sha)?.person !== person)
    return missing.length ? Answer.problem(424, 'photos_missing', { facts: { missing }, missing }) : null
  }

  private report(id: string, person: string, sent: Record<string, unknown>): Answer {
    if (this.erased.has(id)) return Answer.problem(410, 'erased')
    const digest = sent['digest'] as string
    const held = this.reports.get(id)
    if (held && held.digest !== digest) return Answer.problem(409, 'id_taken')
    if (held && held.person !== person) return Answer.problem(403, 'not_yours')
    if (held) return Answer.json(200, held.body)
    const text = JSON.stringify(sent['body'])
    const photos = (sent['body'] as { photos: { sha256: string }[] }).photos.map((photo) => photo.sha256)
    const missing = this.missing(person, photos)
    if (missing) return missing
    const no = this.tickets.size + 1
    const short_no = String(no).padStart(3, '0')
    const body = { report_id: id, digest, ticket_id: id, ticket_no: `T${no}`, short_no, received_at: '2026' }
    this.reports.set(id, { id, digest, person, text, photos, effects: 1, status: 201, body })
    this.tickets.set(id, { ticket_id: id, no, version: 1, assignment_id: null, resolution_id: null })
    this.order.push(id)
    return Answer.json(201, body)
  }

  private fact(
    kind: string,
    id: string,
    op: string | null,
    person: string,
    sent: Record<string, unknown>,
  ): Answer {
    const own = op ?? id
    const digest = sent['digest'] as string
    const held = this.facts.get(own)
    if (held && held.digest !== digest) return Answer.problem(409, 'id_taken')
    if (held && held.person !== person) return Answer.problem(403, 'not_yours')
    if (!held) {
      if (op !== null && !this.facts.has(id)) return Answer.problem(425, 'predecessor_unanswered')
      const { household_id } = sent['body'] as { household_id?: string }
      const named = kind === 'visits' ? { visit_id: id } : { patrol_id: id, op_id: op }
      this.facts.set(own, {
        id: own,
        digest,
        person,
        about: household_id ?? id,
        type: kind === 'visits' ? 'visit' : ((sent['type'] as string | undefined) ?? 'start'),
        text: JSON.stringify(sent['body']),
        photos: [],
        effects: 1,
        status: 201,
        body: { ...named, digest, version: 1, received_at: '2026' },
      })
      this.order.push(own)
    }
    return Answer.json(held ? 200 : 201, this.facts.get(own)!.body)
  }

  private step(ticketId: string, id: string, person: string, sent: Record<string, unknown>): Answer {
    const digest = sent['digest'] as string
    const held = this.steps.get(id)
    if (held && held.digest !== digest) return Answer.problem(409, 'id_taken')
    if (held && held.person !== person) return Answer.problem(403, 'not_yours')
    if (held) return this.stored(held)
    const ticket = this.tickets.get(ticketId)
    if (this.erased.has(ticketId)) return Answer.problem(410, 'erased')
    if (!ticket) return Answer.problem(404, 'ticket_unknown')
    const { photos = [] } = sent['body'] as { photos?: string[] }
    const missing = this.missing(person, photos)
    if (missing) return missing
    const after = sent['after'] as string | null
    const before = after === null ? null : this.steps.get(after)
    if (before === undefined) return Answer.problem(425, 'predecessor_unanswered')
    const made: Step = {
      id,
      digest,
      person,
      photos,
      ticket_id: ticketId,
      text: JSON.stringify(sent['body']),
      type: sent['type'] as string,
      after,
      seen: sent['seen'] as Step['seen'],
      effects: 0,
      status: 200,
      body: {},
    }
    const refusal =
      before && before.status !== 200
        ? 'predecessor_refused'
        : BOUND.has(made.type) && made.seen.assignment_id !== ticket.assignment_id
          ? 'assignment_changed'
          : null
    if (refusal === null) {
      ticket.version++
      made.effects = 1
      this.order.push(id)
      made.body = { op_id: id, digest, ticket_id: ticketId, version: ticket.version, status: 'assigned' }
    } else {
      made.status = 409
      made.body = { op_id: id, digest, code: refusal, facts: {}, current: { version: ticket.version } }
    }
    this.steps.set(id, made)
    return this.stored(made)
  }

  private stored(step: Step): Answer {
    return step.status === 200
      ? Answer.json(200, step.body)
      : Answer.problem(step.status, step.body['code'] as string, step.body)
  }
}
