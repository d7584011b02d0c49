/** What lies between phone and server: it loses, delays, doubles, cuts and lies. */
import type { Server } from './server'
import type { Tab } from './tab'
import { mustHold, Violation, type Asked, type World } from './world'

const JSON_TYPE = 'application/json'
const PROBLEM_TYPE = 'application/problem+json'
const HTML_TYPE = 'text/html; charset=utf-8'

/** As much of a Response as the program reads. */
export class Answer {
  readonly headers: Headers

  constructor(
    readonly status: number,
    headers: Record<string, string>,
    readonly content: string,
    private readonly cut = false,
  ) {
    this.headers = new Headers(headers)
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  async text(): Promise<string> {
    if (this.cut) throw new TypeError('the connection broke in the middle')
    return this.content
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text())
  }

  static json(status: number, body: object): Answer {
    return new Answer(status, { 'content-type': JSON_TYPE, 'x-app-ack': '1' }, JSON.stringify(body))
  }

  static problem(
    status: number,
    code: string,
    more: object = {},
    headers: Record<string, string> = {},
  ): Answer {
    const body = JSON.stringify({ type: 'about:blank', status, code, facts: {}, ...more })
    return new Answer(status, { 'content-type': PROBLEM_TYPE, 'x-app-ack': '1', ...headers }, body)
  }
}

/** Never reaches the server; says something all the same. */
const LIES = {
  captive_page: () => new Answer(200, { 'content-type': HTML_TYPE }, '<html>请登录无线网</html>'),
  captive_json: () => new Answer(200, { 'content-type': JSON_TYPE }, '{"ok":true,"code":0}'),
  no_content: () => new Answer(204, {}, ''),
  html_created: () => new Answer(201, { 'content-type': HTML_TYPE, 'x-app-ack': '1' }, '<html></html>'),
  other_id: ({ path }: Asked) => {
    const id = '00000000-0000-7000-8000-000000000000'
    const digest = 'f'.repeat(64)
    const body = path.includes('/operations/')
      ? { op_id: id, digest }
      : { report_id: id, patrol_id: id, visit_id: id, digest, sha256: digest }
    return Answer.json(200, body)
  },
  other_digest: ({ path }: Asked) => {
    const id = path.split('/').at(-1)!
    return Answer.json(200, { report_id: id, op_id: id, digest: 'f'.repeat(64), sha256: 'f'.repeat(64) })
  },
  bare_refusal: () => new Answer(409, { 'content-type': HTML_TYPE }, '<html>409</html>'),
  gateway: () => new Answer(502, { 'content-type': HTML_TYPE }, '<html>502</html>'),
  bare_401: () => new Answer(401, { 'content-type': HTML_TYPE }, '<html>401</html>'),
} as const

const WISHES_S = [1, 30, 600, 31_536_000]
/** A gateway may say a year; nobody waits so long. */
const LONGEST_HEEDED_MS = 3_600_000
const LATE_MS = 200_000

export const FATES = [
  'well',
  'refused',
  'black_hole',
  'lost_answer',
  'cut_answer',
  'mark_lost',
  'late',
  'twice',
  'busy',
  'too_many',
  'broken',
  'full_disk',
  ...(Object.keys(LIES) as (keyof typeof LIES)[]),
] as const
export type Fate = (typeof FATES)[number]

function isLie(fate: Fate): fate is keyof typeof LIES {
  return fate in LIES
}

export class Network {
  world!: World
  server!: Server
  /** For the next requests; then all go well. */
  fates: Fate[] = []
  requests = 0
  lies = 0
  /** Ids and digests that the server acknowledged to a living tab. */
  readonly acked = new Set<string>()
  /** Paths that the server wants left alone, until when (true time). */
  private readonly wishes = new Map<string, { until: number; skew: number; tab: Tab }>()
  /** Whether the phone can be held to the server's wishes now. */
  strict = true

  ask = async (tab: Tab, asked: Asked): Promise<Answer> => {
    try {
      return await this.carry(tab, asked)
    } catch (error) {
      // The program would take it for a broken connection.
      if (error instanceof Violation) this.world.violation ??= error
      throw error
    }
  }

  private async carry(tab: Tab, asked: Asked): Promise<Answer> {
    const { world, server } = this
    const wait = (ms: number) => new Promise<void>((done) => void world.after(ms, done))
    this.requests++
    this.heed(asked)
    const fate = this.fates.shift() ?? 'well'
    const way = 40 + Math.floor(world.chance() * 400)
    await wait(fate === 'late' ? LATE_MS : way)
    if (fate === 'refused') throw new TypeError('Failed to fetch')
    if (fate === 'black_hole') return new Promise(() => undefined)
    if (isLie(fate)) {
      this.lies++
      return LIES[fate](asked)
    }
    const refused = this.refuses(fate)
    if (refused) {
      await wait(way)
      const ms = Math.min(Number(refused.headers.get('retry-after')) * 1000, LONGEST_HEEDED_MS)
      if (ms) this.wishes.set(asked.path, { until: world.now + ms, skew: world.skew, tab })
      return refused
    }
    const answer = server.take(asked)
    if (fate === 'twice') world.after(20_000, () => server.take(asked, false))
    await wait(way)
    if (fate === 'lost_answer') throw new TypeError('connection reset')
    if (fate === 'cut_answer')
      return new Answer(answer.status, Object.fromEntries(answer.headers), answer.content.slice(0, 20), true)
    if (fate === 'mark_lost') {
      const headers = Object.fromEntries(answer.headers)
      delete headers['x-app-ack']
      return new Answer(answer.status, headers, answer.content)
    }
    if (answer.ok && tab.alive) this.acked.add(asked.path.split('/').at(-1)!)
    return answer
  }

  /** Somebody pressed 现在就发: that is theirs to decide. */
  pressed() {
    this.wishes.clear()
  }

  private refuses(fate: Fate): Answer | null {
    const wish = String(WISHES_S[Math.floor(this.world.chance() * WISHES_S.length)])
    if (fate === 'busy') return Answer.problem(503, 'busy', {}, { 'retry-after': wish })
    if (fate === 'too_many') return Answer.problem(429, 'too_many', {}, { 'retry-after': wish })
    if (fate === 'full_disk') return Answer.problem(507, 'storage_full')
    return fate === 'broken' ? Answer.problem(500, 'unexpected') : null
  }

  /** Nothing is sent before its Retry-After: where the phone could know of it. */
  private heed(asked: Asked) {
    const wish = this.wishes.get(asked.path)
    if (
      !wish ||
      asked.method !== 'PUT' ||
      !this.strict ||
      !wish.tab.alive ||
      wish.tab.faulted ||
      wish.skew !== this.world.skew
    )
      return
    const early = wish.until - this.world.now
    mustHold(early <= 0, 'I16', () => `${asked.path} was sent ${early} ms before its Retry-After`)
  }
}
