/** What waits on a phone: whose it is, what becomes of it when it is refused, and that no build and no fault loses it. */
import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { openDB } from 'idb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { makeOperation, type Item } from '../../src/core/operations'
import { digest, report, step } from '../build'

interface Sent {
  path: string
  id: string
  as: string
  body: {
    digest: string
    after?: string | null
    body: Record<string, unknown>
    seen?: { version: number }
  } | null
}

interface Refusal {
  status: number
  code: string
  more?: object
  headers?: Record<string, string>
}

/** Answers each item as the test says; what is not said is taken. */
class Server {
  person = 'volunteer'
  sent: Sent[] = []
  refusals = new Map<string, Refusal>()
  /** Every item is answered so. */
  always: Refusal | null = null

  fetch = async (input: Request | string, init?: RequestInit): Promise<Response> => {
    const path = new URL(typeof input === 'string' ? input : input.url, 'http://phone.test').pathname
    const json = (status: number, body: object, headers: Record<string, string> = {}) =>
      new Response(JSON.stringify(body), {
        status,
        headers: {
          'content-type': status < 300 ? 'application/json' : 'application/problem+json',
          'x-app-ack': '1',
          ...headers,
        },
      })
    if (path.endsWith('/hello'))
      return json(200, { server_time: new Date().toISOString(), session: sessionOf(this.person) })
    if (init === undefined) return json(204, {})
    const headers = init.headers as Record<string, string>
    const id = path.split('/').at(-1)!
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as Sent['body']) : null
    this.sent.push({ path, id, as: headers['X-Person']!, body })
    if (headers['X-Person'] !== this.person) return json(401, { code: 'other_person' })
    const no: Refusal | undefined = this.always ?? this.refusals.get(id)
    if (no) return json(no.status, { code: no.code, facts: {}, ...no.more }, no.headers)
    if (path.includes('/photos/')) return json(201, { sha256: id })
    const report_id = path.includes('/reports/') ? { report_id: id } : { op_id: id, version: 7 }
    return json(200, { ...report_id, digest: body!.digest, ticket_id: id, short_no: '037' })
  }

  ids() {
    return this.sent.map(({ id }) => id)
  }
}

function sessionOf(person_id: string) {
  const jurisdiction = { jurisdiction_id: 'town', name: '', telephone: '', time_zone: 'Asia/Shanghai' }
  return {
    person_id,
    name: '',
    jurisdiction: { ...jurisdiction, emergency_numbers: [], invented: true },
    roles: [],
    notice_due: false,
  }
}

async function startPhone() {
  vi.resetModules()
  const session = await import('../../src/data/session')
  const outbox = await import('../../src/data/outbox')
  const sync = await import('../../src/data/sync')
  const db = await import('../../src/data/db')
  await session.remembered()
  return { session, outbox, sync, db }
}

type Phone = Awaited<ReturnType<typeof startPhone>>

let server: Server

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
  vi.stubGlobal('location', { origin: 'http://phone.test' })
  vi.stubGlobal('navigator', { onLine: true })
  vi.stubGlobal('BroadcastChannel', undefined)
  server = new Server()
  vi.stubGlobal('fetch', server.fetch)
})

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

async function newPhone(): Promise<Phone> {
  const phone = await startPhone()
  await phone.session.hello()
  return phone
}

async function takePhoto(phone: Phone, sha256: string) {
  await phone.db.transact(['photos'], 'readwrite', (tx) =>
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

const label = { kind: '垃圾满了', place: '', picture: null }

async function file(phone: Phone, photos: string[] = []) {
  for (const sha256 of photos) await takePhoto(phone, sha256)
  const body = {
    category: 'other',
    condition_id: null,
    location: null,
    place_note: null,
    note: null,
    photos: photos.map((sha256) => ({ sha256, kind: 'before' as const, exif: null })),
    self_resolved: null,
    join_ticket_id: null,
  }
  return phone.outbox.fileReport(body, { urgent: false, label }, null)
}

async function act(phone: Phone, ticket_id: string, type: string, body: Record<string, unknown> = {}) {
  const seen = { version: 1, assignment_id: null, resolution_id: null }
  return phone.outbox.act({ ticket_id, type, seen, body, photos: [], label })
}

const states = async (phone: Phone) =>
  Object.fromEntries((await phone.outbox.all()).map((item) => [item.item_id, item.state]))

describe('two people share a phone', () => {
  it('the other’s cookie carries nothing of mine, though this page still remembers me', async () => {
    const phone = await newPhone()
    const mine = await file(phone, ['aa'])
    server.person = 'steward'
    await phone.sync.drain()
    expect(server.sent.every(({ as }) => as === 'volunteer')).toBe(true)
    expect(await states(phone)).toEqual({ [mine.item_id]: 'sign_in' })
    expect(phone.session.session()?.person_id).toBe('steward')
    await phone.sync.tryNow()
    expect(server.sent.length).toBe(1)

    server.person = 'volunteer'
    await phone.session.hello()
    await phone.sync.recover()
    await phone.sync.drain()
    expect(await states(phone)).toEqual({ [mine.item_id]: 'delivered' })
  })

  it('who signs out leaves what is unsent, its photos, and nothing that was delivered', async () => {
    const phone = await newPhone()
    const done = await file(phone, ['aa'])
    await phone.sync.drain()
    server.always = { status: 503, code: 'busy' }
    const waits = await file(phone, ['bb'])
    await takePhoto(phone, 'cc')
    await phone.session.signOut()
    expect(await states(phone)).toEqual({ [waits.item_id]: 'saved' })
    expect(await phone.outbox.photo('bb')).toBeDefined()
    expect(await phone.outbox.photo('cc')).toBeUndefined()
    expect(done.item_id).not.toBe(waits.item_id)
  })
})

describe('what was begun and not sent', () => {
  it('is counted before somebody signs out: not a walk, not an empty form, nobody else’s', async () => {
    const phone = await newPhone()
    const { begun, saveDraft } = await import('../../src/data/drafts')
    await saveDraft('report', { photos: [], note: '' })
    await saveDraft('patrol', { part: [] }, '/patrol')
    await saveDraft('step t note', { words: '', photos: [] }, '/ticket/t?step=note', false)
    await saveDraft('answer t', { words: '还没好' }, '/ticket/t?answer=no')
    await saveDraft('intake', { text: '桶满了' }, null, true)
    // An earlier build did not say.
    await phone.db.transact(['drafts'], 'readwrite', async (tx) => {
      const drafts = tx.objectStore('drafts')
      const old = { person_id: 'volunteer', changed_at: 0, opens: '/ticket/u?step=note' }
      await drafts.put({ ...old, draft_id: 'volunteer step u note', content: { words: '旧版本写的' } })
      await drafts.put({
        ...old,
        draft_id: 'steward report',
        person_id: 'steward',
        content: { note: '别人的' },
      })
    })
    expect((await begun()).map(({ content }) => content)).toEqual([
      { words: '旧版本写的' },
      { words: '还没好' },
      { text: '桶满了' },
    ])
    await phone.session.signOut()
    server.person = 'volunteer'
    await phone.session.hello()
    expect(await begun()).toEqual([])
  })
})

describe('whoever waits for the sending', () => {
  it('waits for what was saved while a run was at its end, too', async () => {
    const phone = await newPhone()
    const aFew = async (turns: number) => {
      for (let turn = 0; turn < turns; turn++) await new Promise((done) => setImmediate(done))
    }
    vi.stubGlobal('fetch', (...asked: Parameters<typeof server.fetch>) =>
      aFew(20).then(() => server.fetch(...asked)),
    )
    // Wherever in the run it is saved: one turn of the loop later each time.
    for (let turns = 0; turns < 80; turns++) {
      await file(phone)
      const before = phone.sync.drain()
      await aFew(turns)
      const mine = await file(phone)
      await phone.sync.drain()
      expect((await states(phone))[mine.item_id], `saved after ${turns} turns`).toBe('delivered')
      await before
    }
  })
})

describe('a refused step', () => {
  const refuse = (id: string) =>
    server.refusals.set(id, {
      status: 409,
      code: 'ticket.stale_assignment',
      more: {
        current: {
          ticket_id: 't',
          version: 9,
          status: 'assigned',
          assignment_id: 'new',
          resolution_id: null,
        },
      },
    })

  it('keeps what builds on it, and goes out changed under a new id with that behind it', async () => {
    const phone = await newPhone()
    const first = await act(phone, 't', 'arrive', { note: '到了' })
    refuse(first.item_id)
    const next = await act(phone, 't', 'resolve', { note: '好了' })
    const last = await act(phone, 't', 'note', { text: '谢谢' })
    const other = await act(phone, 'u', 'note', { text: '另一件' })
    await phone.sync.drain()
    expect(await states(phone)).toEqual({
      [first.item_id]: 'attention',
      [next.item_id]: 'saved',
      [last.item_id]: 'saved',
      [other.item_id]: 'delivered',
    })
    server.sent = []
    const seen = { version: 9, assignment_id: 'new', resolution_id: null }
    const made = await phone.outbox.sendChanged(first.item_id, { body: { note: '又到了' }, photos: [], seen })
    await phone.sync.drain()
    expect(server.sent.map(({ body }) => body?.body)).toEqual([
      { note: '又到了' },
      { note: '好了' },
      { text: '谢谢' },
    ])
    expect(server.sent[0]?.body?.seen?.version).toBe(9)
    // Each follows the one before it, under ids that the server has never heard.
    const ids = server.ids()
    expect(server.sent.map(({ body }) => body?.after)).toEqual([null, ids[0], ids[1]])
    expect(ids[0]).toBe(made?.item_id)
    expect(ids.some((id) => [first, next, last].some((old) => old.item_id === id))).toBe(false)
    expect(Object.values(await states(phone)).every((state) => state === 'delivered')).toBe(true)
  })

  it('stays as it is when the new one cannot be saved', async () => {
    const phone = await newPhone()
    const item = await act(phone, 't', 'arrive')
    refuse(item.item_id)
    await phone.sync.drain()
    await expect(phone.outbox.sendChanged(item.item_id, { body: {}, photos: ['not here'] })).rejects.toThrow()
    expect(await states(phone)).toEqual({ [item.item_id]: 'attention' })
  })

  it('put away takes nothing with it: what built on it asks for the person too', async () => {
    const phone = await newPhone()
    const first = await act(phone, 't', 'arrive')
    refuse(first.item_id)
    const next = await act(phone, 't', 'resolve')
    await phone.sync.drain()
    await phone.outbox.putAway(first.item_id)
    expect(await states(phone)).toEqual({ [next.item_id]: 'attention' })
    expect((await phone.outbox.all())[0]?.refused?.code).toBe('predecessor_refused')
    // What waits is never put away.
    const waits = await act(phone, 'u', 'note')
    await phone.outbox.putAway(waits.item_id)
    expect(Object.keys(await states(phone))).toContain(waits.item_id)
  })

  it('a refused report made anew takes its steps to the new ticket', async () => {
    const phone = await newPhone()
    const filed = await file(phone)
    server.refusals.set(filed.item_id, { status: 409, code: 'id_taken' })
    await act(phone, filed.item_id, 'note', { text: '在角上' })
    await phone.sync.drain()
    server.sent = []
    const made = await phone.outbox.sendChanged(filed.item_id, {
      body: JSON.parse(filed.body_text),
      photos: [],
    })
    await phone.sync.drain()
    expect(server.sent.map(({ path }) => path.replace('/api/v1', ''))).toEqual([
      `/reports/${made?.item_id}`,
      `/tickets/${made?.item_id}/operations/${server.sent[1]?.id}`,
    ])
  })

  it('a ticket that is not for me any more is said, not tried for ever', async () => {
    const phone = await newPhone()
    const item = await act(phone, 't', 'note')
    server.refusals.set(item.item_id, { status: 404, code: 'ticket_unknown' })
    await phone.sync.drain()
    expect(await states(phone)).toEqual({ [item.item_id]: 'attention' })
  })

  it('what is too large is said, with its reason, and not sent for ever: the words or a photo', async () => {
    const phone = await newPhone()
    const item = await act(phone, 't', 'note')
    const photo = 'ab'.repeat(32)
    await file(phone, [photo])
    for (const id of [item.item_id, photo]) server.refusals.set(id, { status: 413, code: 'too_large' })
    await phone.sync.drain()
    await phone.sync.tryNow()
    expect((await phone.outbox.all()).map(({ state, refused }) => [state, refused?.code])).toEqual([
      ['attention', 'too_large'],
      ['attention', 'too_large'],
    ])
    expect(server.sent).toHaveLength(2)
  })

  it('a forerunner that the server does not know is waited for, but not for ever', async () => {
    const phone = await newPhone()
    const first = await act(phone, 't', 'arrive')
    await phone.sync.drain()
    const next = await act(phone, 't', 'resolve')
    await phone.db.transact(['outbox'], 'readwrite', (tx) =>
      tx.objectStore('outbox').put({ ...next, after: first.item_id } as Item),
    )
    server.refusals.set(next.item_id, { status: 425, code: 'predecessor_unanswered' })
    for (let round = 0; round < 8; round++) await phone.sync.tryNow()
    expect((await states(phone))[next.item_id]).toBe('saved')
    await phone.sync.tryNow()
    expect((await states(phone))[next.item_id]).toBe('attention')
  })
})

describe('a busy server', () => {
  it('is left alone by all items until it wants them, unless a person asks', async () => {
    const phone = await newPhone()
    server.always = { status: 503, code: 'busy', headers: { 'retry-after': '60' } }
    const first = await file(phone)
    await phone.sync.drain()
    await file(phone)
    await file(phone)
    await phone.sync.drain()
    // Two others, side by side, have found out that it is not for the first one alone.
    expect(server.ids().length).toBe(3)
    await file(phone)
    await phone.outbox.hurry(false)
    await phone.sync.drain()
    expect(server.ids().length).toBe(3)
    const again = await startPhone()
    await again.sync.recover()
    server.always = null
    await again.sync.drain()
    expect(server.ids().filter((id) => id === first.item_id).length).toBe(1)
    await again.sync.tryNow()
    expect(Object.values(await states(again))).toEqual(Array(4).fill('delivered'))
  })

  it('a clock that was set back years keeps nothing waiting', async () => {
    const phone = await newPhone()
    const item = await file(phone)
    await phone.outbox.update(item.item_id, { next_try_at: Date.now() + 3650 * 86_400_000 })
    await phone.sync.drain()
    expect(await states(phone)).toEqual({ [item.item_id]: 'delivered' })
  })
})

describe('the store', () => {
  /** As the first build made it. */
  async function firstBuild(items: object[]) {
    const db = await openDB('gridward', 1, {
      upgrade(made) {
        const outbox = made.createObjectStore('outbox', { keyPath: 'item_id' })
        outbox.createIndex('state', 'state')
        outbox.createIndex('ticket_id', 'ticket_id')
        made.createObjectStore('photos', { keyPath: 'sha256' })
        made.createObjectStore('drafts', { keyPath: 'draft_id' })
        made.createObjectStore('kept', { keyPath: 'key' })
      },
    })
    for (const item of items) await db.put('outbox', item)
    await db.put('drafts', { draft_id: 'report', person_id: 'volunteer', changed_at: 0, content: '写到一半' })
    await db.put('kept', { key: 'session', person_id: 'volunteer', at: 0, value: sessionOf('volunteer') })
    db.close()
  }

  it('of an earlier build is read and sent, in the very characters it was saved in', async () => {
    const [filed, note] = [await report(), await step('item-x', 'note')]
    await firstBuild([{ ...filed, state: 'sending' }, note])
    const phone = await startPhone()
    const { readDraft } = await import('../../src/data/drafts')
    expect(await readDraft('report')).toBe('写到一半')
    await phone.sync.recover()
    await phone.sync.drain()
    expect(server.sent.find(({ id }) => id === filed.item_id)?.body).toMatchObject({
      schema: 1,
      digest: filed.digest,
      body: JSON.parse(filed.body_text),
    })
    expect(await states(phone)).toEqual({ [filed.item_id]: 'delivered', [note.item_id]: 'delivered' })
  })

  it('of a later build: what this one does not know stays in the item, and a strange state is sent', async () => {
    const filed = { ...(await report()), state: 'resting', colour: 'green' }
    await firstBuild([filed])
    const phone = await startPhone()
    await phone.sync.recover()
    await phone.sync.drain()
    expect((await phone.outbox.all())[0]).toMatchObject({ state: 'delivered', colour: 'green' })
  })

  it('that a later build has added to while this page was open is still read and written', async () => {
    const later = await openDB('gridward', 9, {
      upgrade(made) {
        for (const [name, keyPath] of Object.entries({ photos: 'sha256', drafts: 'draft_id', kept: 'key' }))
          made.createObjectStore(name, { keyPath })
        made.createObjectStore('outbox', { keyPath: 'item_id' })
        made.createObjectStore('rows', { keyPath: 'key' })
        made.createObjectStore('feed', { keyPath: 'key' })
        made.createObjectStore('news', { keyPath: 'key' })
      },
    })
    later.close()
    const phone = await newPhone()
    const item = await file(phone)
    expect(await states(phone)).toEqual({ [item.item_id]: 'saved' })
  })

  it('whose handle died behind the page is opened again; a save that was told of is there', async () => {
    const phone = await newPhone()
    await phone.outbox.all()
    const begin = vi.spyOn(IDBDatabase.prototype, 'transaction')
    begin.mockImplementationOnce(() => {
      throw new DOMException('closing', 'InvalidStateError')
    })
    const item = await file(phone)
    expect(begin.mock.calls.length).toBeGreaterThan(1)
    expect(await states(await startPhone())).toEqual({ [item.item_id]: 'saved' })
  })

  it('whose handle died when a save was on the disk, and before it could say so, has saved it once', async () => {
    const begin = IDBDatabase.prototype.transaction
    /** The next save comes to its end, and what is heard is that it was cut off. */
    const unheard = () => {
      const next = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
        this: IDBDatabase,
        ...asked: Parameters<typeof begin>
      ) {
        const tx = begin.apply(this, asked)
        if (asked[1] !== 'readwrite') return tx
        next.mockRestore()
        tx.addEventListener('complete', (event) => Object.assign(event, { type: 'abort' }))
        return tx
      })
    }
    const phone = await newPhone()
    await takePhoto(phone, 'aa')
    unheard()
    const item = await file(phone)
    expect(await states(phone)).toEqual({ [item.item_id]: 'saved' })

    const last = await act(phone, 't', 'arrive')
    await phone.outbox.update(last.item_id, {
      state: 'attention',
      refused: { status: 409, code: 'ticket.stale_assignment', facts: {} },
    })
    unheard()
    const again = await phone.outbox.sendChanged(last.item_id, { body: { note: '又到了' }, photos: [] })
    expect(await states(phone)).toEqual({ [item.item_id]: 'saved', [again!.item_id]: 'saved' })

    const told = {
      ticket_id: 'walk',
      type: 'positions',
      path: (op_id: string) => `/api/v1/patrols/walk/operations/${op_id}`,
      after: null,
      says: { type: 'positions' },
      body: {},
      photos: [],
      label,
    }
    unheard()
    const fact = await phone.outbox.tell(told)
    const seen = { version: 1, assignment_id: null, resolution_id: null }
    const note = { ticket_id: 'u', type: 'note', seen, body: {}, photos: [], after: null, label }
    unheard()
    await phone.outbox.saveTogether('u', (maker) => [makeOperation(maker(), note, digest)], 'visit u')
    expect(Object.keys(await states(phone))).toHaveLength(4)
    expect(await states(phone)).toHaveProperty(fact.item_id, 'saved')
  })

  it('that died three times before it could say so has saved once what is then tried again', async () => {
    const phone = await newPhone()
    await takePhoto(phone, 'aa')
    const begin = IDBDatabase.prototype.transaction
    const seen = { version: 1, assignment_id: null, resolution_id: null }
    const step = { ticket_id: 'u', type: 'note', seen, body: {}, photos: [], after: null, label }
    const visit = (words: string) =>
      phone.outbox.saveTogether(
        words,
        (maker) => [makeOperation(maker(), step, digest), makeOperation(maker(), step, digest)],
        'visit u',
      )
    for (const tap of [() => file(phone), () => visit('门开着')]) {
      const deaf = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
        this: IDBDatabase,
        ...asked: Parameters<typeof begin>
      ) {
        const tx = begin.apply(this, asked)
        if (asked[1] === 'readwrite')
          tx.addEventListener('complete', (event) => Object.assign(event, { type: 'abort' }))
        return tx
      })
      await expect(tap()).rejects.toBeInstanceOf(Error)
      deaf.mockRestore()
      await tap()
    }
    expect(await phone.outbox.all()).toHaveLength(3)
    await visit('门开着')
    expect(await phone.outbox.all(), 'said again later it is another visit').toHaveLength(5)
  })

  it('that stays dead says so after three tries', async () => {
    const phone = await newPhone()
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(() => {
      throw new DOMException('damaged', 'UnknownError')
    })
    await expect(file(phone)).rejects.toMatchObject({ name: 'UnknownError' })
  })

  it('that is full saves nothing and says so: no half of a report is left', async () => {
    const phone = await newPhone()
    const add = vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(() => {
      throw new DOMException('no room', 'QuotaExceededError')
    })
    const refused = await file(phone).catch((error: unknown) => error)
    expect(phone.db.isFull(refused)).toBe(true)
    add.mockRestore()
    expect(await phone.outbox.all()).toEqual([])
  })

  it('keeps no half of what was to be one: what was written before a fault is taken back', async () => {
    const phone = await newPhone()
    const half = phone.db.transact(['drafts'], 'readwrite', async (tx) => {
      await tx.objectStore('drafts').put({ draft_id: 'half', person_id: '', changed_at: 0, content: null })
      throw new Error('the other half failed')
    })
    await expect(half).rejects.toThrow('the other half failed')
    const count = phone.db.transact(['drafts'], 'readonly', (tx) => tx.objectStore('drafts').count())
    expect(await count).toBe(0)
  })

  it('that is full after the first half of an answer keeps all of it as it was written, also when the page is killed', async () => {
    const phone = await newPhone()
    const drafts = await import('../../src/data/drafts')
    const written = { reason: 'still', words: '还在漏水' }
    await drafts.saveDraft('answer t', written, '/ticket/t?answer=no')
    const seen = { version: 1, assignment_id: null, resolution_id: null }
    const steps = [
      { type: 'ask_reopen', body: { reason: '还在漏水' } },
      { type: 'rate', body: { satisfied: false } },
    ].map((step) => ({ ...step, ticket_id: 't', seen, photos: [], label }))
    const add = IDBObjectStore.prototype.add
    const full = vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (
      this: IDBObjectStore,
      item: Item,
    ) {
      if (item.kind === 'operation' && item.type === 'rate')
        throw new DOMException('no room', 'QuotaExceededError')
      return add.call(this, item)
    })
    await expect(phone.outbox.actAtOnce(steps, 'answer t')).rejects.toThrow()
    full.mockRestore()

    const again = await startPhone()
    const kept = await import('../../src/data/drafts')
    expect(await states(again)).toEqual({})
    expect(await kept.readDraft('answer t')).toEqual(written)
    await again.outbox.actAtOnce(steps, 'answer t')
    await again.sync.drain()
    expect(server.sent.map(({ body }) => body?.body)).toEqual(steps.map(({ body }) => body))
    expect(server.sent[1]?.body?.after).toBe(server.ids()[0])
    expect(await kept.readDraft('answer t')).toBeNull()
  })

  it('that is nearly full makes room for a report out of what can be fetched again', async () => {
    const phone = await newPhone()
    const letGo = vi.fn(async () => true)
    vi.stubGlobal('caches', { delete: letGo })
    vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementationOnce(() => {
      throw new DOMException('no room', 'QuotaExceededError')
    })
    const item = await file(phone)
    expect(letGo).toHaveBeenCalledWith('gridward-thumbs')
    expect(await states(phone)).toEqual({ [item.item_id]: 'saved' })
  })

  it('that cannot be read makes no drain fail, and the sending goes on when it can', async () => {
    const phone = await newPhone()
    const item = await file(phone)
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const broken = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(() => {
      throw new DOMException('damaged', 'UnknownError')
    })
    await phone.sync.drain()
    expect(warned).toHaveBeenCalled()
    broken.mockRestore()
    await phone.sync.tryNow()
    expect(await states(phone)).toEqual({ [item.item_id]: 'delivered' })
  })
})

describe('the clock of an item', () => {
  it('bears the offset of the last contact, also when the page was opened anew without a network', async () => {
    await newPhone()
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')))
    const phone = await startPhone()
    const item = await file(phone)
    expect(item.clock.offset_ms).not.toBeNull()
    expect(item.clock.offset_at).not.toBeNull()
    expect(item.clock.boot_id).not.toBe('')
  })
})
