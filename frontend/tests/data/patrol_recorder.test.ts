/** A patrol on a phone that is killed again and again, against a server that loses answers: every position once. */
import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { readFixes, type Fix } from '../../src/core/patrols'

const SESSION = {
  person_id: 'steward',
  name: '李网格',
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

/** What arrived, by id: the server keeps the first and answers a repeat the same. */
let taken: Map<string, { type: string | undefined; digest: string; body: Record<string, unknown> }>
let mood: 'well' | 'away' | 'lost_answer'
/** Bytes of all messages of walks that left the phone. */
let uploaded = 0

async function server(input: Request | string, init?: RequestInit): Promise<Response> {
  const path = new URL(typeof input === 'string' ? input : input.url, 'http://phone.test').pathname
  const answer = (status: number, body: object) =>
    new Response(JSON.stringify(body), {
      status,
      headers: {
        'content-type': status < 300 ? 'application/json' : 'application/problem+json',
        'x-app-ack': '1',
      },
    })
  if (path.endsWith('/hello')) return answer(200, { server_time: new Date().toISOString(), session: SESSION })
  if (mood === 'away') throw new TypeError('Failed to fetch')
  const [, patrol, op] = /\/patrols\/([\w-]+)(?:\/operations\/([\w-]+))?/.exec(path)!
  uploaded += new TextEncoder().encode(init!.body as string).length
  const sent = JSON.parse(init!.body as string)
  if (op && !taken.has(patrol!)) return answer(425, { code: 'predecessor_unanswered' })
  const id = op ?? patrol!
  const known = taken.get(id)
  if (known && known.digest !== sent.digest) return answer(409, { code: 'id_taken' })
  if (!known) taken.set(id, { type: sent.type, digest: sent.digest, body: sent.body })
  if (mood === 'lost_answer') throw new TypeError('connection reset')
  return answer(known ? 200 : 201, { patrol_id: patrol, op_id: op ?? null, digest: sent.digest, version: 1 })
}

let tell: ((fix: Fix) => void)[]
/** Who wants to know when the page is seen or not. */
const hearing = new Set<() => void>()

async function phone() {
  vi.resetModules()
  tell = []
  const watch = {
    watchPosition: (hear: (found: object) => void) =>
      tell.push(({ lon, lat, at, accuracy_m }) =>
        hear({ coords: { longitude: lon, latitude: lat, accuracy: accuracy_m }, timestamp: at * 1000 }),
      ),
    clearWatch: (id: number) => void (tell[id - 1] = () => undefined),
  }
  vi.stubGlobal('navigator', { onLine: true, geolocation: watch })
  const session = await import('../../src/data/session')
  const outbox = await import('../../src/data/outbox')
  const sync = await import('../../src/data/sync')
  const recorder = await import('../../src/data/patrol_recorder')
  await session.remembered()
  await session.hello()
  return { outbox, sync, recorder }
}

const step = (n: number): Fix => ({
  at: 1_790_000_000 + 10 * n,
  lon: 113 + n * 0.0002,
  lat: 23,
  accuracy_m: 6,
})

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
  vi.stubGlobal('location', { origin: 'http://phone.test' })
  vi.stubGlobal('BroadcastChannel', undefined)
  const kept = new Map<string, string>()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  })
  hearing.clear()
  vi.stubGlobal('document', {
    visibilityState: 'hidden',
    addEventListener: (_: string, hear: () => void) => hearing.add(hear),
    removeEventListener: (_: string, hear: () => void) => hearing.delete(hear),
  })
  vi.stubGlobal('fetch', server)
  taken = new Map()
  mood = 'well'
})
afterEach(() => vi.unstubAllGlobals())

/** The page goes to the back: what was recorded is stored. */
async function hidden(recorder: Awaited<ReturnType<typeof phone>>['recorder']) {
  hearing.forEach((hear) => hear())
  await recorder.settled()
}

it('tells every position once, whatever kills the page and whatever the network loses', async () => {
  const acts = fc.array(fc.constantFrom('walk', 'kill', 'lose', 'away', 'well', 'check'), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(acts, async (story) => {
      vi.stubGlobal('indexedDB', new IDBFactory())
      localStorage.removeItem('patrol')
      taken = new Map()
      mood = 'well'
      let one = await phone()
      await one.recorder.start({ plan_id: 'plan', name: '老街' })
      let steps = 0
      let checks = 0
      for (const act of story) {
        if (act === 'walk') {
          for (let n = 0; n < 100; n++) {
            const fix = step(steps++)
            tell.forEach((hear) => hear(fix))
          }
          await hidden(one.recorder)
        } else if (act === 'kill') {
          await hidden(one.recorder)
          one = await phone()
          await one.recorder.resume()
        } else if (act === 'check') {
          await one.recorder.checkIn({ code: 'ABC234' })
          checks++
        } else mood = act === 'lose' ? 'lost_answer' : act
      }
      await one.recorder.end()
      mood = 'well'
      for (let round = 0; round < 8; round++) await one.sync.tryNow()
      expect(
        (await one.outbox.all()).map((item) => item.state).filter((state) => state !== 'delivered'),
      ).toEqual([])
      const told = [...taken.values()]
      const found = told
        .filter(({ type }) => type === 'positions')
        .flatMap(({ body }) => readFixes(String(body['fixes']), Date.parse(String(body['since'])) / 1000))
        .map(({ at }) => at)
        .sort((a, b) => a - b)
      expect(found).toEqual(Array.from({ length: steps }, (_, n) => step(n).at))
      expect(told.filter(({ type }) => type === 'check_in')).toHaveLength(checks)
      expect(told.filter(({ type }) => type === 'end')).toHaveLength(1)
      const stored = (await one.outbox.all()).reduce((sum, item) => sum + JSON.stringify(item).length, 0)
      expect(stored).toBeLessThan(2_000_000)
      // After its end nobody is followed.
      tell.forEach((hear) => hear(step(steps + 1)))
      await hidden(one.recorder)
      expect((await one.outbox.all()).filter((item) => item.state !== 'delivered')).toEqual([])
    }),
    { numRuns: 25 },
  )
})

it('tells also the positions that come while those before them are stored', async () => {
  const one = await phone()
  await one.recorder.start({ plan_id: 'plan', name: '老街' })
  const steps = 400
  let ending: Promise<void> | null = null
  for (let n = 0; n < steps; n++) {
    // The last of them while the last part is being stored.
    if (n === steps - 1) ending = one.recorder.end()
    // The phone does its work meanwhile, as far as it comes.
    await new Promise((done) => setImmediate(done))
    tell.forEach((hear) => hear(step(n)))
    if (n === steps / 2) await one.recorder.checkIn({ code: 'ABC234' })
  }
  await ending
  for (let round = 0; round < 8; round++) await one.sync.tryNow()
  const found = [...taken.values()]
    .filter(({ type }) => type === 'positions')
    .flatMap(({ body }) => readFixes(String(body['fixes']), Date.parse(String(body['since'])) / 1000))
    .map(({ at }) => at)
    .sort((a, b) => a - b)
  expect(found).toEqual(Array.from({ length: steps }, (_, n) => step(n).at))
})

it('costs a phone less than 2 MB and 300 KB of traffic in four hours, also of somebody who never stands', async () => {
  uploaded = 0
  const one = await phone()
  await one.recorder.start({ plan_id: 'plan', name: '老街' })
  mood = 'away'
  // A position every second, at the fastest pace that is still walking: nothing is left out for being near.
  for (let second = 0; second < 4 * 3600; second++) {
    const turn = Math.floor(second / 90) % 2 ? -1 : 1
    const fix = {
      at: 1_790_000_000 + second,
      lon: 113 + turn * (second % 90) * 2.9e-5,
      lat: 23 + (second % 7) * 1e-6,
      accuracy_m: 5 + (second % 9),
    }
    tell.forEach((hear) => hear(fix))
    if (second % 600 === 599) {
      await one.recorder.checkIn({ code: 'ABC234' })
      await hidden(one.recorder)
    }
  }
  await hidden(one.recorder)
  const { transact } = await import('../../src/data/db')
  const held = await transact(['outbox', 'drafts'], 'readonly', async (tx) => [
    ...(await tx.objectStore('outbox').getAll()),
    ...(await tx.objectStore('drafts').getAll()),
  ])
  const bytes = new TextEncoder().encode(JSON.stringify(held)).length
  await one.recorder.end()
  uploaded = 0
  mood = 'well'
  for (let round = 0; round < 4; round++) await one.sync.tryNow()
  expect((await one.outbox.all()).every((item) => item.state === 'delivered')).toBe(true)
  const told = [...taken.values()].filter(({ type }) => type === 'positions')
  expect(told.length).toBeGreaterThan(10)
  console.log(`four hours of a walk: ${bytes} bytes on the phone, ${uploaded} bytes sent`)
  expect(bytes).toBeLessThan(2_000_000)
  expect(uploaded).toBeGreaterThan(told.length * 100)
  expect(uploaded).toBeLessThan(300_000)
}, 30_000)
