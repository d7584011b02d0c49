/** The short tier of the drill, and what a chance schedule seldom meets. The full tier is `npm run drill`. */
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Item } from '../../src/core/operations'
import { Answer } from './network'
import { bundled, type Program } from './program'
import { onPhone } from './store'
import { schedules } from './happenings'
import { playAll, Story, tally } from './story'
import type { Tab } from './tab'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const RUNS = 80

let program: Program

beforeAll(async () => {
  program = await bundled()
})

const items = (story: Story): Item[] => onPhone.items(story.world.factory)

async function outdoors() {
  const story = new Story(program, { seed: 1, locks: true })
  const tab = await story.open()
  await story.pass(1_000)
  return { story, tab }
}

/** Answers to a report that are no acknowledgement, though each looks like one from some side. */
function falseAnswers(item: Item): Answer[] {
  const own = { report_id: item.item_id, digest: item.digest, ticket_id: item.item_id, short_no: '001' }
  const whole = JSON.stringify(own)
  const contents = [
    whole,
    JSON.stringify({ ...own, report_id: '00000000-0000-7000-8000-000000000000' }),
    JSON.stringify({ ...own, digest: 'f'.repeat(64) }),
    JSON.stringify({ digest: item.digest }),
    JSON.stringify({ report_id: item.item_id }),
    JSON.stringify([own]),
    JSON.stringify(whole),
    whole.slice(0, -1),
    whole.slice(0, 40),
    '<html>请登录无线网</html>',
    '{"ok":true,"code":0}',
    'null',
    '',
  ]
  const types = [
    'application/json',
    'text/html; charset=utf-8',
    'text/plain',
    'application/problem+json',
    null,
  ]
  const found: Answer[] = []
  for (const status of [200, 201, 202, 203, 204, 206])
    for (const type of types)
      for (const mark of [true, false])
        for (const content of contents) {
          const json = type !== null && type.includes('json')
          if ((status === 200 || status === 201) && json && mark && content === whole) continue
          const headers = { ...(type ? { 'content-type': type } : {}), ...(mark ? { 'x-app-ack': '1' } : {}) }
          found.push(new Answer(status, headers, content))
        }
  return found
}

describe('the phone’s outbox', () => {
  it('keeps, sends once and tells the truth through whatever happens to it', async () => {
    const counted = tally()
    await fc.assert(
      fc.asyncProperty(schedules, (schedule) => playAll(program, schedule, counted)),
      { numRuns: RUNS, seed: 20261129 },
    )
    expect(counted.saved).toBeGreaterThan(RUNS)
    expect(counted.lies).toBeGreaterThan(0)
  }, 120_000)

  it('believes none of 500 answers that are no acknowledgement', async () => {
    const { story, tab } = await outdoors()
    await story.file(tab, 0, false)
    const [item] = items(story)
    const answers = falseAnswers(item!)
    expect(answers.length).toBeGreaterThanOrEqual(500)
    const honest = story.world.ask
    let asked = 0
    Object.assign(story.world, {
      ask: async (...request: Parameters<typeof honest>) =>
        request[1].path.includes('/reports/') && asked < answers.length
          ? answers[asked++]!
          : honest(...request),
    })
    while (asked < answers.length) {
      await tab.phone.sync.tryNow()
      await story.settle()
      expect(items(story)[0]!.state).toBe('saved')
    }
    await story.rest()
    expect(items(story)[0]!.state).toBe('delivered')
    expect(story.server.order).toEqual([item!.item_id])
  })

  it('lets one poisoned report delay the other 49 by one back-off step at most', async () => {
    const timeOf49 = async (poison: Answer | null) => {
      const { story, tab } = await outdoors()
      story.world.cookie = null
      for (let n = 0; n < 50; n++) await story.file(tab, 0, false)
      const [first] = items(story).sort((a, b) => (a.item_id < b.item_id ? -1 : 1))
      const honest = story.world.ask
      Object.assign(story.world, {
        ask: async (...request: Parameters<typeof honest>) =>
          poison && request[1].path.endsWith(first!.item_id) ? poison : honest(...request),
      })
      void story.signIn(tab, 'liang')
      const began = story.world.now
      const left = () =>
        items(story).filter((item) => item.item_id !== first!.item_id && item.state !== 'delivered').length
      while (left() > 0 && story.world.now - began < HOUR) await story.world.pass(5_000)
      return story.world.now - began
    }
    const alone = await timeOf49(null)
    const poisons = [
      Answer.problem(500, 'unexpected'),
      Answer.problem(503, 'photo_busy', {}, { 'retry-after': '60' }),
    ]
    for (const poison of poisons) expect(await timeOf49(poison)).toBeLessThanOrEqual(alone + MINUTE)
  }, 30_000)

  it('asks nobody to come in who has come in while an answer of before was still on its way', async () => {
    const { story, tab } = await outdoors()
    story.world.cookie = null
    const honest = story.world.ask
    const held: (() => void)[] = []
    Object.assign(story.world, {
      ask: async (...request: Parameters<typeof honest>) => {
        const answer = await honest(...request)
        const nobody = request[1].path.endsWith('/hello') && answer.content.includes('"session":null')
        if (answer.status === 401 || nobody) await new Promise<void>((done) => held.push(done))
        return answer
      },
    })
    tab.happen('online')
    await story.file(tab, 0, false)
    await story.pass(2_000)
    expect(held).toHaveLength(2)
    void story.signIn(tab, 'liang')
    await story.pass(2_000)
    held.forEach((come) => come())
    await story.pass(MINUTE)
    expect(tab.phone.session.isExpired()).toBe(false)
    expect(items(story)[0]!.state).toBe('delivered')
  })

  it('goes on in a window that asked somebody to come in again when they have, in another one or elsewhere', async () => {
    const comeIn = {
      'in another window': (story: Story, other: Tab) => void story.signIn(other, 'liang'),
      // As from a browser that shares its cookies with the app and nothing else.
      elsewhere: (story: Story) => void (story.world.cookie = 'liang'),
    }
    for (const [where, comes] of Object.entries(comeIn)) {
      const { story, tab } = await outdoors()
      const other = await story.open()
      story.world.cookie = null
      await story.file(tab, 0, false)
      await story.pass(2_000)
      expect(tab.phone.session.isExpired(), where).toBe(true)
      comes(story, other)
      await story.pass(2_000)
      other.die()
      if (where === 'elsewhere') tab.happen('visibilitychange')
      await story.file(tab, 0, false)
      await story.pass(MINUTE)
      expect(tab.phone.session.isExpired(), where).toBe(false)
      expect(story.server.order, where).toHaveLength(2)
    }
  })

  it('asks a server that is away for a day a bounded number of times, and a full phone sends without rest for none', async () => {
    const { story, tab } = await outdoors()
    story.network.fates = Array.from({ length: 100_000 }, () => 'refused' as const)
    for (let n = 0; n < 4; n++) await story.file(tab, 0, false)
    const before = story.network.requests
    await story.pass(6 * HOUR)
    // Half of a step of five minutes on average, for each report.
    expect(story.network.requests - before).toBeLessThan(4 * 6 * 60)

    story.network.fates = []
    story.world.full = true
    const full = story.network.requests
    await story.pass(6 * HOUR)
    expect(story.network.requests - full).toBeLessThan(4 * 6 * 60)
    story.world.full = false
    await story.rest()
    expect(story.server.order).toHaveLength(4)
  })

  it('leaves the server alone as long as it asked another page to, also when an attempt of its own came to nothing', async () => {
    const { story, tab } = await outdoors()
    await story.open()
    await story.file(tab, 0, false)
    const [item] = items(story)
    const { outbox } = tab.phone
    const busyUntil = story.world.phoneNow + 10 * MINUTE
    const begun = { ...item!, state: 'sending' as const }
    await outbox.tryLater(begun, busyUntil, busyUntil)
    await outbox.tryLater(begun, story.world.phoneNow + 400, null)
    expect(items(story)[0]).toMatchObject({ state: 'saved', next_try_at: busyUntil, not_before: busyUntil })
  })

  it('rests while a report waits for somebody to sign in', async () => {
    const { story, tab } = await outdoors()
    story.world.cookie = null
    await story.file(tab, 1, false)
    await story.pass(MINUTE)
    expect(items(story)[0]!.state).toBe('sign_in')
    const before = story.world.activity
    await story.pass(HOUR)
    expect(story.world.activity - before).toBeLessThan(2_000)
  })

  it('says at once of a photo that this person may not send any more that it needs attention', async () => {
    const { story, tab } = await outdoors()
    const honest = story.world.ask
    Object.assign(story.world, {
      ask: async (...request: Parameters<typeof honest>) =>
        request[1].path.includes('/photos/') && request[1].method === 'PUT'
          ? Answer.problem(403, 'not_permitted')
          : honest(...request),
    })
    await story.file(tab, 1, false)
    await story.pass(MINUTE)
    expect(items(story)[0]).toMatchObject({
      state: 'attention',
      refused: { status: 403, code: 'not_permitted' },
    })
  })

  it('rests while items only wait for others', async () => {
    const { story, tab } = await outdoors()
    story.network.fates = Array.from({ length: 10_000 }, () => 'refused' as const)
    await story.file(tab, 0, false)
    await story.step(tab, { on: 0, type: 'note', photos: 0, stale: false })
    await story.pass(30 * MINUTE)
    const before = story.world.activity
    await story.pass(HOUR)
    // Woken every 250 ms it would do several hundred thousand things.
    expect(story.world.activity - before).toBeLessThan(20_000)
  })

  it('keeps a photo that a draft holds when the report with the same picture has arrived', async () => {
    const { story, tab } = await outdoors()
    story.network.fates = Array.from({ length: 20 }, () => 'refused' as const)
    await story.file(tab, 1, false)
    const [first] = items(story)
    const content = { token: story.means('liang'), photos: first!.photos, urgent: false }
    await tab.phone.drafts.saveDraft(content.token, content)
    story.network.fates = []
    await story.rest()
    expect(story.server.order).toHaveLength(2)
  })

  it('says of a report that did not fit that it is not saved, and keeps its draft', async () => {
    const { story, tab } = await outdoors()
    await story.file(tab, 1, false)
    story.world.full = true
    const full = story.file(tab, 0, false)
    await expect(full).rejects.toMatchObject({ name: 'QuotaExceededError' })
    expect(items(story)).toHaveLength(1)
    story.world.full = false
    await story.rest()
    expect(story.server.order).toHaveLength(1)
  })

  it('reads and sends what the first build had saved, also when it is killed while it changes the store', async () => {
    for (const fuse of [null, 0, 1, 2, 3, 4]) {
      const story = new Story(program, { seed: 5, locks: true })
      const old = await asTheFirstBuildLeftIt(story)
      const tab = await story.open(fuse)
      await story.pass(MINUTE)
      tab.die()
      await story.rest()
      expect(story.server.order).toEqual([old])
    }
  })
})

/** The store of version 1 with a report that was being sent when the phone was switched off. */
async function asTheFirstBuildLeftIt(story: Story): Promise<string> {
  const request = story.world.factory.open('gridward', 1)
  request.addEventListener('upgradeneeded', () => {
    const outbox = request.result.createObjectStore('outbox', { keyPath: 'item_id' })
    outbox.createIndex('state', 'state')
    outbox.createIndex('ticket_id', 'ticket_id')
    request.result.createObjectStore('photos', { keyPath: 'sha256' })
    request.result.createObjectStore('drafts', { keyPath: 'draft_id' })
    request.result.createObjectStore('kept', { keyPath: 'key' })
  })
  await new Promise((done) => request.addEventListener('success', done))
  const db = request.result
  const tx = db.transaction(['outbox'], 'readwrite')
  const item_id = '01999999-0000-7000-8000-000000000001'
  const note = story.means('liang')
  tx.objectStore('outbox').put({
    item_id,
    ticket_id: item_id,
    person_id: 'liang',
    jurisdiction_id: 'town',
    schema: 1,
    digest: 'a'.repeat(64),
    body_text: JSON.stringify({ category: 'other', note, photos: [] }),
    clock: { captured_at: '2026-08-01T00:00:00Z', tz: 'Asia/Shanghai', offset_ms: null, offset_at: null },
    photos: [],
    urgent: false,
    created_at: 0,
    state: 'sending',
    attempts: 3,
    next_try_at: 0,
    refused: null,
    receipt: null,
    label: { kind: '其他', place: '', picture: null },
    kind: 'report',
  })
  await new Promise((done) => tx.addEventListener('complete', done))
  db.close()
  return item_id
}
