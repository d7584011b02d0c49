/**
 * The real outbox and drainer on a store in memory, against a server that loses, refuses and lies. What must hold:
 * every saved report arrives exactly once with all its photos, and nothing is called delivered that is not there.
 */
import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

type Mood =
  | 'well'
  | 'refused'
  | 'lost_answer'
  | 'captive'
  | 'no_mark'
  | 'html_created'
  | 'busy'
  | 'signed_out'
  | 'forgot_photos'

const SESSION = {
  person_id: 'volunteer',
  name: '何静怡',
  jurisdiction: {
    jurisdiction_id: 'town',
    name: '',
    telephone: '',
    time_zone: 'Asia/Shanghai',
    emergency_numbers: [],
    invented: true,
  },
  roles: [],
  notice_due: false,
}

class Server {
  mood: Mood = 'well'
  photos = new Map<string, number>()
  reports = new Map<string, { digest: string; made: number; photos: string[] }>()
  operations = new Map<string, { digest: string; ticket: string; made: number }>()
  order: string[] = []
  person: object | null = SESSION

  private answer(status: number, body: object, headers: Record<string, string> = {}): Response {
    const type = status < 300 ? 'application/json' : 'application/problem+json'
    return new Response(JSON.stringify(body), {
      status,
      headers: { 'content-type': type, 'x-app-ack': '1', ...headers },
    })
  }

  fetch = async (input: Request | string, init?: RequestInit): Promise<Response> => {
    const path = new URL(typeof input === 'string' ? input : input.url, 'http://phone.test').pathname
    if (path.endsWith('/hello'))
      return this.answer(200, { server_time: new Date().toISOString(), session: this.person })
    if (this.mood === 'refused') throw new TypeError('Failed to fetch')
    if (this.mood === 'captive')
      return new Response('<html>登录</html>', { status: 200, headers: { 'content-type': 'text/html' } })
    if (this.mood === 'html_created')
      return new Response('<html></html>', {
        status: 201,
        headers: { 'content-type': 'text/html', 'x-app-ack': '1' },
      })
    if (this.mood === 'busy') return this.answer(503, { code: 'busy' }, { 'retry-after': '1' })
    if (this.mood === 'signed_out') return this.answer(401, { code: 'not_signed_in' })
    const made = await this.take(path, init)
    if (this.mood === 'lost_answer') throw new TypeError('connection reset')
    if (this.mood === 'no_mark')
      return new Response(await made.text(), {
        status: made.status,
        headers: { 'content-type': 'application/json' },
      })
    return made
  }

  /** A restore from an older copy: photos that no report holds are gone. */
  private forget() {
    const held = new Set([...this.reports.values()].flatMap((report) => report.photos))
    for (const sha256 of this.photos.keys()) if (!held.has(sha256)) this.photos.delete(sha256)
  }

  private async take(path: string, init?: RequestInit): Promise<Response> {
    const [, kind, id, , op] = /\/api\/v1\/(\w+)\/([\w-]+)(\/operations\/([\w-]+))?/.exec(path)!
    if (kind === 'photos') {
      const size = (init!.body as Blob).size
      this.photos.set(id!, size)
      return this.answer(201, { sha256: id, size })
    }
    if (this.mood === 'forgot_photos') this.forget()
    const sent = JSON.parse(init!.body as string)
    const photos: string[] =
      kind === 'reports'
        ? sent.body.photos.map((photo: { sha256: string }) => photo.sha256)
        : (sent.body.photos ?? [])
    const missing = photos.filter((sha256) => !this.photos.has(sha256))
    if (missing.length) return this.answer(424, { code: 'photos_missing', facts: { missing } })
    const key = op ?? id!
    if (kind === 'reports') {
      const held = this.reports.get(key)
      if (held && held.digest !== sent.digest) return this.answer(409, { code: 'id_taken' })
      if (!held) this.order.push(key)
      this.reports.set(key, held ?? { digest: sent.digest, made: this.reports.size + 1, photos })
      return this.answer(held ? 200 : 201, {
        report_id: key,
        digest: sent.digest,
        ticket_id: key,
        ticket_no: 'n',
        short_no: '037',
        received_at: 'now',
      })
    }
    if (!this.reports.has(id!)) return this.answer(404, { code: 'ticket_unknown' })
    if (sent.after && !this.operations.has(sent.after))
      return this.answer(425, { code: 'predecessor_unanswered' })
    if (!this.operations.has(key)) this.order.push(key)
    this.operations.set(key, { digest: sent.digest, ticket: id!, made: 1 })
    return this.answer(200, { op_id: key, digest: sent.digest, ticket_id: id })
  }
}

async function phone() {
  vi.resetModules()
  const session = await import('../../src/data/session')
  const outbox = await import('../../src/data/outbox')
  const sync = await import('../../src/data/sync')
  const db = await import('../../src/data/db')
  await session.remembered()
  return { session, outbox, sync, db }
}

type Phone = Awaited<ReturnType<typeof phone>>

let server: Server
let photoCount = 0

async function file(on: Phone, photos: number) {
  const taken: string[] = []
  for (let n = 0; n < photos; n++) {
    const sha256 = (photoCount++).toString(16).padStart(64, '0')
    taken.push(sha256)
    await on.db.transact(['photos'], 'readwrite', (tx) =>
      tx.objectStore('photos').put({
        sha256,
        person_id: 'volunteer',
        bytes: new ArrayBuffer(8),
        width: 1,
        height: 1,
        taken_at: 0,
        stored_on_server: false,
      }),
    )
  }
  return on.outbox.fileReport(
    {
      category: 'other',
      condition_id: null,
      location: null,
      place_note: null,
      note: null,
      photos: taken.map((sha256) => ({ sha256, kind: 'before', exif: null })),
      self_resolved: null,
      join_ticket_id: null,
    },
    { urgent: false, label: { kind: '其他', place: '', picture: 'other' } },
    null,
  )
}

const note = (on: Phone, ticket_id: string) =>
  on.outbox.act({
    ticket_id,
    type: 'note',
    seen: { version: 1, assignment_id: null, resolution_id: null },
    body: { text: '…', audience: 'reporter' },
    photos: [],
    label: { kind: '', place: '', picture: null },
  })

async function settle(on: Phone) {
  server.mood = 'well'
  await on.session.hello()
  for (let round = 0; round < 8; round++) {
    await on.sync.tryNow()
    if ((await on.outbox.all()).every((item) => item.state === 'delivered')) return
  }
}

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
  vi.stubGlobal('location', { origin: 'http://phone.test' })
  vi.stubGlobal('navigator', { onLine: true })
  vi.stubGlobal('BroadcastChannel', undefined)
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  server = new Server()
  vi.stubGlobal('fetch', server.fetch)
})

afterEach(() => vi.unstubAllGlobals())

describe('the outbox', () => {
  it('delivers photos, then the report, then what depends on it', async () => {
    const one = await phone()
    await one.session.hello()
    const report = await file(one, 2)
    const step = await note(one, report.ticket_id)
    const next = await note(one, report.ticket_id)
    expect(next).toMatchObject({ after: step.item_id })
    await settle(one)
    expect(server.order).toEqual([report.item_id, step.item_id, next.item_id])
    const items = await one.outbox.all()
    expect(items.map((item) => item.state)).toEqual(['delivered', 'delivered', 'delivered'])
    expect(items[0]?.receipt?.short_no).toBe('037')
    expect(await one.outbox.photo(report.photos[0]!)).toBeUndefined()
  })

  it('holds several steps back to be taken back, also over a restart, and sends the others in their order', async () => {
    const one = await phone()
    await one.session.hello()
    const report = await file(one, 0)
    await settle(one)
    const seen = { version: 1, assignment_id: null, resolution_id: null }
    const label = { kind: '', place: '037', picture: null }
    const steps = (...types: string[]) =>
      types.map((type) => ({ ticket_id: report.ticket_id, type, seen, body: { type }, photos: [], label }))
    await one.outbox.actTogether(
      { batch_id: 'first', step: 'accept_assign' },
      steps('accept', 'assign'),
      60_000,
    )
    await one.outbox.actTogether({ batch_id: 'second', step: 'urge' }, steps('urge'), 60_000)
    const again = await phone()
    await again.session.hello()
    await again.sync.recover()
    await settle(again)
    expect(server.order).toEqual([report.item_id])

    expect(await again.outbox.takeBack('first')).toBe(2)
    const left = (await again.outbox.all()).filter((item) => item.state === 'saved')
    expect(left).toMatchObject([{ type: 'urge', after: null }])
    await again.outbox.update(left[0]!.item_id, { next_try_at: 0, not_before: 0 })
    await settle(again)
    expect(server.order).toEqual([report.item_id, left[0]!.item_id])
    expect(await again.outbox.takeBack('second')).toBe(0)
  })

  it('says "saved" only of what is on the phone: a missing photo stops the saving', async () => {
    const one = await phone()
    await one.session.hello()
    const body = {
      category: 'other',
      condition_id: null,
      location: null,
      place_note: null,
      note: null,
      self_resolved: null,
      join_ticket_id: null,
    }
    const photos = [{ sha256: 'ff'.repeat(32), kind: 'before' as const, exif: null }]
    await expect(
      one.outbox.fileReport(
        { ...body, photos },
        { urgent: false, label: { kind: '', place: '', picture: null } },
        null,
      ),
    ).rejects.toThrow()
    expect(await one.outbox.all()).toEqual([])
  })

  it('sends nothing under another person’s name', async () => {
    const one = await phone()
    await one.session.hello()
    server.mood = 'refused'
    await file(one, 1)
    await one.sync.drain()
    await one.session.signOut()
    server.mood = 'well'
    server.person = { ...SESSION, person_id: 'steward' }
    await one.session.hello()
    await one.sync.tryNow()
    expect(server.reports.size).toBe(0)
    server.person = SESSION
    await settle(one)
    expect(server.reports.size).toBe(1)
  })

  it('pauses for a sign-in and goes on after it', async () => {
    const one = await phone()
    await one.session.hello()
    server.mood = 'signed_out'
    await file(one, 1)
    await one.sync.drain()
    expect((await one.outbox.all())[0]?.state).toBe('sign_in')
    const again = await phone()
    await again.sync.recover()
    await settle(again)
    expect((await again.outbox.all())[0]?.state).toBe('delivered')
  })

  it('keeps every report through loss, lies and restarts, once each and with its photos', async () => {
    const moods: Mood[] = [
      'well',
      'refused',
      'lost_answer',
      'captive',
      'no_mark',
      'html_created',
      'busy',
      'signed_out',
      'forgot_photos',
    ]
    const event = fc.oneof(
      fc.record({ what: fc.constant('file' as const), photos: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ what: fc.constant('note' as const), on: fc.nat({ max: 5 }) }),
      fc.record({ what: fc.constant('drain' as const), mood: fc.constantFrom(...moods) }),
      fc.record({ what: fc.constant('restart' as const) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 2, maxLength: 14 }), async (events) => {
        vi.stubGlobal('indexedDB', new IDBFactory())
        server = new Server()
        vi.stubGlobal('fetch', server.fetch)
        let one = await phone()
        await one.session.hello()
        const reports: { item_id: string; photos: string[] }[] = []
        const steps: string[] = []
        for (const happening of events) {
          if (happening.what === 'file') reports.push(await file(one, happening.photos))
          else if (happening.what === 'note' && reports.length)
            steps.push((await note(one, reports[happening.on % reports.length]!.item_id)).item_id)
          else if (happening.what === 'restart') {
            one = await phone()
            await one.sync.recover()
          } else if (happening.what === 'drain') {
            server.mood = happening.mood
            await one.sync.tryNow()
          }
          for (const item of await one.outbox.all())
            if (item.state === 'delivered')
              expect(server.reports.has(item.item_id) || server.operations.has(item.item_id)).toBe(true)
        }
        await one.sync.recover()
        await settle(one)
        expect((await one.outbox.all()).filter((item) => item.state !== 'delivered')).toEqual([])
        expect([...server.reports.keys()].sort()).toEqual(reports.map((report) => report.item_id).sort())
        expect([...server.operations.keys()].sort()).toEqual([...steps].sort())
        for (const report of reports)
          for (const sha256 of report.photos) expect(server.photos.has(sha256)).toBe(true)
      }),
      { numRuns: Number(process.env.RUNS ?? 60) },
    )
  }, 120_000)
})
