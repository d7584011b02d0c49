/** What a phone holds of the world: it ends equal to what the server shows it, whatever happens on the way. */
import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TicketBrief } from '../../src/core/shapes'
import { Community, startPhone, type Phone } from './community'

const MINE = 'person:volunteer'
const AREA = 'community:east'

let server: Community

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
  vi.stubGlobal('location', { origin: 'http://phone.test' })
  vi.stubGlobal('navigator', { onLine: true })
  vi.stubGlobal('document', { visibilityState: 'hidden' })
  vi.stubGlobal('BroadcastChannel', undefined)
  server = new Community()
  server.follow(MINE, AREA)
  vi.stubGlobal('fetch', server.fetch)
})

afterEach(() => vi.unstubAllGlobals())

async function newPhone(): Promise<Phone> {
  const phone = await startPhone()
  await phone.session.hello().catch(() => undefined)
  return phone
}

const held = async (phone: Phone) =>
  Object.fromEntries((await phone.live.rows()).map((one) => [one.ticket_id, one.version]))

/** How much of rows, feed and copies there is. */
const remains = (phone: Phone) =>
  phone.db.transact(['rows', 'feed', 'kept'], 'readonly', async (tx) => [
    await tx.objectStore('rows').count(),
    await tx.objectStore('feed').count(),
    await tx.objectStore('kept').count(),
  ])

const there = () => {
  const seen = server.followed.flatMap((scope) => [...server.scopes.get(scope)!])
  return Object.fromEntries(seen.map((id) => [id, server.tickets.get(id)!.version]))
}

describe('the phone follows', () => {
  it('what is in its scopes at first, what changes, and what is not for it any more', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) server.put(id, {}, [AREA])
    server.put('a', { mine: true }, [AREA, MINE])
    const phone = await newPhone()
    await phone.live.pull()
    expect(await held(phone)).toEqual({ a: 2, b: 1, c: 1, d: 1, e: 1 })
    expect(phone.live.heldStanding()).toMatchObject({ complete: true, behind: null })

    server.put('b', { status: 'in_progress' }, [AREA])
    server.put('c', {}, [])
    await phone.live.pull()
    expect(await held(phone)).toEqual({ a: 2, b: 2, d: 1, e: 1 })
    expect((await phone.live.rows()).find((one) => one.ticket_id === 'b')?.status).toBe('in_progress')
  })

  it('also after the page was killed in the middle of a snapshot', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) server.put(id, {}, [AREA])
    const first = await newPhone()
    let pages = 0
    server.meanwhile = (path) => {
      if (path === '/snapshot' && ++pages > 2) server.mood = 'away'
    }
    await first.live.pull()
    expect(first.live.heldStanding()).toMatchObject({ complete: false })
    // The world goes on: one that the phone has is gone, one that it has not is changed.
    server.mood = 'well'
    server.meanwhile = () => undefined
    server.put('a', {}, [])
    server.put('e', {}, [AREA])
    const again = await newPhone()
    server.asked = []
    await again.live.pull()
    expect(await held(again)).toEqual(there())
    // What had come was not asked for again.
    expect(server.asked.filter(({ path }) => path === '/snapshot').length).toBeLessThan(4)
  })

  it('an older answer never covers a newer row', async () => {
    server.put('a', {}, [AREA])
    const phone = await newPhone()
    await phone.live.pull()
    const late = { ...server.tickets.get('a')! }
    server.put('a', { status: 'closed' }, [AREA])
    await phone.live.pull()
    server.tickets.set('a', late)
    server.log.push({ scope: AREA, id: 'a', version: 1, op: 'u' })
    await phone.live.pull()
    expect((await phone.live.rows())[0]).toMatchObject({ version: 2, status: 'closed' })
  })

  it('a goodbye that is older than what came since is not believed, whatever order they come in', async () => {
    server.put('a', {}, [AREA])
    const phone = await newPhone()
    await phone.live.pull()
    server.put('a', {}, [])
    server.put('a', { status: 'resolved' }, [AREA])
    // The one that left began first and committed last, as a merge and a sweep may.
    const [left, back] = server.log.splice(-2)
    server.log.push(back!, left!)
    await phone.live.pull()
    expect(await held(phone)).toEqual({ a: 3 })
    server.put('a', {}, [])
    await phone.live.pull()
    expect(await held(phone)).toEqual({})
  })

  it('a scope that was taken away and given back before the phone had looked, with what happened in it meanwhile', async () => {
    const phone = await newPhone()
    await phone.live.pull()
    server.put('a', { mine: true }, [MINE])
    server.follow(AREA)
    server.rev += '+'
    // The page that shows the change of scopes is the last that comes.
    server.meanwhile = (path) => {
      if (path === '/changes') server.meanwhile = () => void (server.mood = 'away')
    }
    await phone.live.pull()
    server.meanwhile = () => undefined
    server.mood = 'well'
    server.follow(MINE, AREA)
    server.rev += '+'
    await phone.live.pull()
    expect(await held(phone)).toEqual({ a: 1 })
  })

  it('throws away a page that was asked for before another tab went on', async () => {
    server.put('a', {}, [AREA])
    const phone = await newPhone()
    await phone.live.pull()
    server.put('a', {}, [])
    const other = await startPhone()
    let first = true
    server.underway = async (path) => {
      if (path !== '/changes' || !first) return
      first = false
      // The slow tab was told that the ticket is gone; meanwhile it comes back and the other tab hears of both.
      server.put('a', { status: 'resolved' }, [AREA])
      await other.feed.follow('volunteer', () => undefined)
    }
    await phone.feed.follow('volunteer', () => undefined)
    expect(await held(await startPhone())).toEqual({ a: 3 })
  })

  it('nothing of a ticket that left: its details and what had arrived go too, what is unsent stays', async () => {
    server.put('a', {}, [AREA])
    const phone = await newPhone()
    await phone.live.pull()
    await phone.tickets.ticket('a')
    const note = { ticket_id: 'a', type: 'note', body: { text: '看过了' }, photos: [] }
    const seen = { version: 1, assignment_id: null, resolution_id: null }
    const label = { kind: '', place: '', picture: null }
    const sent = await phone.outbox.act({ ...note, seen, label })
    await phone.outbox.delivered(sent, { ticket_no: '', short_no: '', ticket_id: 'a', at: '' })
    const unsent = await phone.outbox.act({ ...note, seen, label })
    server.put('a', {}, [])
    await phone.live.pull()
    expect(await phone.tickets.heldTicket('a')).toBeNull()
    expect((await phone.outbox.all()).map((item) => item.item_id)).toEqual([unsent.item_id])
  })
})

describe('when the server cannot go on from where the phone is', () => {
  it('after a restore everything is taken anew, and the outbox is not touched', async () => {
    server.put('a', {}, [AREA])
    const before = [server.tickets.get('a')!]
    server.put('a', { status: 'closed' }, [AREA])
    server.put('b', {}, [AREA])
    const phone = await newPhone()
    await phone.live.pull()
    const unsent = await phone.outbox.act({
      ticket_id: 'a',
      type: 'note',
      seen: { version: 2, assignment_id: null, resolution_id: null },
      body: { text: '还在' },
      photos: [],
      label: { kind: '', place: '', picture: null },
    })
    server.restore(before, AREA)
    await phone.live.pull()
    // The restored row is older than the one the phone had, and still the truth.
    expect(await held(phone)).toEqual({ a: 1 })
    expect((await phone.live.rows())[0]?.status).toBe('assigned')
    expect(await phone.outbox.all()).toEqual([unsent])
  })

  it('a server that always sends it back to the start is left alone after a few tries', async () => {
    server.put('a', {}, [AREA])
    const phone = await newPhone()
    server.meanwhile = (path) => {
      if (path === '/changes') server.epoch += 1
    }
    await phone.live.pull()
    expect(server.asked.filter(({ path }) => path === '/changes').length).toBeLessThan(5)
    expect(phone.live.heldStanding().behind).not.toBeNull()
  })

  it('scopes that are gone are dropped, new ones taken', async () => {
    server.put('a', {}, [AREA])
    const phone = await newPhone()
    await phone.live.pull()
    server.follow(MINE, 'unit:work')
    server.rev = 'second'
    server.put('b', {}, ['unit:work'])
    await phone.live.pull()
    expect(await held(phone)).toEqual({ b: 1 })
    expect(phone.live.heldStanding().complete).toBe(true)
  })
})

describe('a pull that fails', () => {
  it('keeps what is there and says why, without a mark of ours nothing counts', async () => {
    server.put('a', {}, [AREA])
    const phone = await newPhone()
    await phone.live.pull()
    for (const mood of ['away', 'captive'] as const) {
      server.mood = mood
      await phone.live.pull()
      expect(phone.live.heldStanding().behind).toMatchObject({ name: 'Unreachable' })
      expect(await held(phone)).toEqual({ a: 1 })
    }
    server.mood = 'well'
    server.put('a', {}, [AREA])
    await phone.live.pull()
    expect(phone.live.heldStanding().behind).toBeNull()
    expect(await held(phone)).toEqual({ a: 2 })
  })

  it('leaves a busy server alone as long as it asked for', async () => {
    const phone = await newPhone()
    server.mood = 'busy'
    await phone.live.pull()
    server.asked = []
    await phone.live.pull()
    await phone.live.pull()
    expect(server.asked).toEqual([])
  })

  it('asks to sign in again and holds everything until then', async () => {
    server.put('a', {}, [AREA])
    const phone = await newPhone()
    await phone.live.pull()
    server.mood = 'signed_out'
    await phone.live.pull()
    expect(phone.session.isExpired()).toBe(true)
    expect(phone.session.session()?.person_id).toBe('volunteer')
    expect(await held(phone)).toEqual({ a: 1 })
    server.mood = 'well'
    await phone.session.hello()
    expect(phone.session.isExpired()).toBe(false)
  })
})

describe('two people on one phone', () => {
  it('the one does not read what is held for the other, and the cookie of the one brings the other nothing', async () => {
    server.put('a', {}, [AREA])
    const phone = await newPhone()
    await phone.live.pull()
    // Somebody else signed in in another tab: this one still remembers the first.
    server.person = 'steward'
    server.follow('person:steward')
    server.put('secret', {}, ['person:steward'])
    await phone.live.pull()
    expect(server.asked.find(({ path }) => path === '/changes')?.as).toBe('volunteer')
    expect(phone.session.session()?.person_id).toBe('steward')
    expect(await held(await startPhone())).toEqual({})
    await phone.live.pull()
    expect(await held(phone)).toEqual({ secret: 1 })
  })

  it('who comes next sees nothing of the first, even where both follow the same and nothing has come yet', async () => {
    server.put('a', { place_note: '只给志愿者看的' }, [AREA])
    const phone = await newPhone()
    await phone.live.pull()
    server.person = 'steward'
    server.meanwhile = (path) => {
      if (path === '/snapshot') server.mood = 'away'
    }
    await phone.session.hello()
    await phone.live.pull()
    expect(await held(await startPhone())).toEqual({})
  })

  it('who signs out leaves nothing but what is unsent', async () => {
    server.put('a', { mine: true }, [MINE])
    const phone = await newPhone()
    await phone.live.pull()
    await phone.tickets.ticket('a')
    await phone.session.signOut()
    const next = await startPhone()
    expect(next.session.session()).toBeNull()
    expect(await remains(next)).toEqual([0, 0, 0])
  })

  it('what is on its way when somebody signs out comes too late: nothing of it stays on the phone', async () => {
    for (const path of ['/tickets/a', '/changes'])
      for (const when of ['before', 'while'] as const) {
        vi.stubGlobal('indexedDB', new IDBFactory())
        server = new Community()
        server.follow(MINE, AREA)
        vi.stubGlobal('fetch', server.fetch)
        server.put('a', { mine: true }, [MINE])
        const phone = await newPhone()
        await phone.live.pull()
        server.put('a', {}, [MINE])
        let leaving: Promise<void> | null = null
        server.underway = async (asked) => {
          if (asked !== path || leaving !== null) return
          leaving = phone.session.signOut()
          if (when === 'before') await leaving
        }
        await (path === '/changes' ? phone.live.pull() : phone.tickets.ticket('a'))
        await leaving
        expect(leaving).not.toBeNull()
        expect(await remains(phone), `${path} ${when}`).toEqual([0, 0, 0])
      }
  })

  it('who signs out without a network is not signed in again by the cookie that is still there', async () => {
    const phone = await newPhone()
    server.mood = 'away'
    await phone.session.signOut()
    server.mood = 'well'
    const next = await startPhone()
    server.asked = []
    const answer = await next.session.hello()
    expect(answer.session).toBeNull()
    expect(next.session.session()).toBeNull()
    expect(server.asked.map(({ path }) => path)).toContain('/sign-out')
  })
})

describe('near by', () => {
  it('knows the open ones of a kind from what the phone holds, without a network', async () => {
    const place = { lon: 113.2765, lat: 22.8341 }
    server.put('here', { ...place, category: 'litter_full' }, [AREA])
    server.put('over', { ...place, category: 'litter_full', status: 'closed' }, [AREA])
    server.put('other', { ...place, category: 'manhole' }, [AREA])
    server.put('far', { lon: 113.3, lat: 22.8341, category: 'litter_full' }, [AREA])
    await (await newPhone()).live.pull()
    server.mood = 'away'
    const phone = await startPhone()
    const found = await phone.live.near('litter_full', place, 50)
    expect(found.map(({ ticket, metres }) => [ticket.ticket_id, metres])).toEqual([['here', 0]])
  })
})

describe('whatever happens', () => {
  it('at rest the phone equals the server', async () => {
    const scopes = [MINE, AREA, 'unit:work']
    const event = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          what: fc.constant('put' as const),
          id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
          scopes: fc.subarray(scopes),
        }),
      },
      { weight: 3, arbitrary: fc.record({ what: fc.constant('pull' as const), cut: fc.nat({ max: 8 }) }) },
      { weight: 1, arbitrary: fc.record({ what: fc.constant('restart' as const) }) },
      { weight: 1, arbitrary: fc.record({ what: fc.constant('restore' as const) }) },
      {
        weight: 1,
        arbitrary: fc.record({
          what: fc.constant('scopes' as const),
          now: fc.subarray(scopes, { minLength: 1 }),
        }),
      },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 3, maxLength: 25 }),
        fc.integer({ min: 1, max: 4 }),
        async (events, pageSize) => {
          vi.stubGlobal('indexedDB', new IDBFactory())
          server = new Community()
          server.follow(MINE, AREA)
          server.pageSize = pageSize
          vi.stubGlobal('fetch', server.fetch)
          let phone = await newPhone()
          let copy: TicketBrief[] = []
          for (const happening of events) {
            if (happening.what === 'put') server.put(happening.id, {}, happening.scopes)
            else if (happening.what === 'restart') phone = await startPhone()
            else if (happening.what === 'restore') {
              const scope = server.followed[0]!
              server.restore(copy, scope)
              copy = [...server.tickets.values()]
            } else if (happening.what === 'scopes') {
              server.follow(...happening.now)
              server.rev += '+'
            } else {
              let left = happening.cut
              server.meanwhile = () => {
                if (left-- === 0) server.mood = 'away'
              }
              await phone.live.pull()
              server.mood = 'well'
              server.meanwhile = () => undefined
            }
          }
          await phone.live.pull()
          await phone.live.pull()
          expect(await held(phone)).toEqual(there())
          expect(await held(await startPhone())).toEqual(there())
        },
      ),
      { numRuns: Number(process.env.RUNS ?? 40) },
    )
  }, 120_000)
})
