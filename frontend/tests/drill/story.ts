/** A schedule of what people, the system and the network do, played on the real program; what must hold is looked at after each thing. */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import type { Item } from '../../src/core/operations'
import { FATES, Network, type Fate } from './network'
import type { Program } from './program'
import { Server } from './server'
import { onPhone, type StoreFault } from './store'
import { Tab } from './tab'
import { mustHold, sha256, World } from './world'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const YEAR = 365.25 * 24 * HOUR
const MOST_TABS = 3
/** After this long in coverage, with the page open, nothing may be left: the longest rest that is heeded is an hour. */
const PATIENCE = 70 * MINUTE
const MOST_REQUESTS = 4_000

const PEOPLE = ['liang', 'he'] as const
type Who = (typeof PEOPLE)[number]

const STORE_FAULTS: StoreFault[] = ['handle_died', 'closed', 'aborted', 'unknown', 'full']

const event = fc.oneof(
  { weight: 2, arbitrary: fc.record({ what: fc.constant('open' as const) }) },
  {
    weight: 9,
    arbitrary: fc.record({
      what: fc.constant('file' as const),
      tab: fc.nat(2),
      photos: fc.nat(2),
      urgent: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constant('step' as const),
      tab: fc.nat(2),
      on: fc.nat(5),
      type: fc.constantFrom('note', 'resolve'),
      photos: fc.nat(1),
      stale: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('pass' as const),
      ms: fc.constantFrom(50, 400, 3_000, 40_000, 6 * MINUTE, HOUR),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('weather' as const),
      fates: fc.array(fc.constantFrom<Fate>(...FATES), { minLength: 1, maxLength: 10 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant('kill' as const), tab: fc.nat(2), after: fc.nat(25) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('store' as const),
      tab: fc.nat(2),
      faults: fc.array(fc.option(fc.constantFrom(...STORE_FAULTS), { freq: 2 }), {
        minLength: 1,
        maxLength: 6,
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('full' as const), full: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('wake' as const), tab: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('try_now' as const), tab: fc.nat(2) }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('clock' as const), years: fc.constantFrom(-10, -1, 0, 1, 10) }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('expire' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('sign_in' as const),
      tab: fc.nat(2),
      who: fc.constantFrom<Who>(...PEOPLE),
    }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('reassign' as const), on: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('erase' as const), on: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('forget' as const) }) },
)
type Happening = typeof event extends fc.Arbitrary<infer T> ? T : never

export const schedules = fc.record({
  seed: fc.integer(),
  locks: fc.boolean(),
  events: fc.array(event, { minLength: 6, maxLength: 34, size: 'max' }),
})
export type Schedule = typeof schedules extends fc.Arbitrary<infer T> ? T : never

/** What a drill counted; the last line of a run is made of it. */
export interface Tally {
  schedules: number
  saved: number
  arrived: number
  refused: number
  kills: number
  faults: number
  lies: number
  requests: number
}

export const tally = (): Tally => ({
  schedules: 0,
  saved: 0,
  arrived: 0,
  refused: 0,
  kills: 0,
  faults: 0,
  lies: 0,
  requests: 0,
})

interface Meant {
  /** What somebody wrote once: it may take effect once. */
  token: string
  person: string
  kind: 'report' | 'operation'
  ticket_id: string | null
  seen: unknown
  /** Tokens of my steps on the ticket that had no answer when this one was made. */
  unanswered: string[]
}

export class Story {
  readonly world: World
  readonly network = new Network()
  readonly server: Server
  private readonly meant = new Map<string, Meant>()
  /** Ids that the screen called saved. */
  private readonly saidSaved = new Map<string, string>()
  private readonly known = new Map<string, Item>()
  private readonly putAway = new Set<string>()
  private tokens = 0
  kills = 0
  faults = 0

  constructor(
    private readonly program: Program,
    { seed, locks }: Pick<Schedule, 'seed' | 'locks'>,
  ) {
    this.world = new World(seed, locks, this.network.ask)
    this.server = new Server(
      () => this.world.now,
      (sha) => this.network.acked.has(sha) || this.server.forgotten.has(sha),
      (person) => (this.world.cookie = person),
    )
    this.network.world = this.world
    this.network.server = this.server
  }

  /** A page is opened, as the app opens it. */
  async open(fuse: number | null = null): Promise<Tab> {
    const tab = new Tab(this.world, this.program)
    tab.fuse = fuse
    void (async () => {
      const known = await tab.phone.session.remembered()
      const asked = tab.phone.session.hello().catch(() => null)
      if (known === null) await asked
      tab.phone.sync.start()
    })().catch(() => undefined)
    await this.settle()
    return tab
  }

  async settle() {
    await this.world.quiet()
    this.look()
  }

  pass(ms: number) {
    return this.world.pass(ms, () => this.look())
  }

  private async photo(tab: Tab): Promise<string> {
    const bytes = this.world.bytes(24).buffer
    const sha = sha256(new Uint8Array(bytes))
    const person_id = tab.phone.session.currentPerson()?.person_id ?? ''
    await tab.phone.db.transact(['photos'], 'readwrite', (tx) =>
      tx.objectStore('photos').put({
        sha256: sha,
        person_id,
        bytes,
        width: 1,
        height: 1,
        taken_at: this.world.phoneNow,
        stored_on_server: false,
      }),
    )
    return sha
  }

  /** Words of a report that this person means to make. */
  means(person: string): string {
    const token = `r${this.tokens++}`
    this.meant.set(token, { token, person, kind: 'report', ticket_id: null, seen: null, unanswered: [] })
    return token
  }

  /** Somebody photographs, writes and sends; the draft is there before. `token` is what was written. */
  async file(tab: Tab, photos: number, urgent: boolean): Promise<void> {
    const person = tab.phone.session.currentPerson()?.person_id
    if (person === undefined) return
    const token = this.means(person)
    const taken: string[] = []
    for (let n = 0; n < photos; n++) taken.push(await this.photo(tab))
    await tab.phone.drafts.saveDraft(token, { token, photos: taken, urgent })
    await this.send(tab, token, taken, urgent)
  }

  private async send(tab: Tab, token: string, photos: string[], urgent: boolean) {
    const item = await tab.phone.outbox.fileReport(
      {
        category: 'other',
        condition_id: null,
        location: null,
        place_note: null,
        note: token,
        photos: photos.map((sha256) => ({ sha256, kind: 'before', exif: null })),
        self_resolved: null,
        join_ticket_id: null,
      },
      { urgent, label: { kind: '其他', place: '', picture: 'other' } },
      token,
    )
    this.saidSaved.set(item.item_id, token)
    void tab.phone.sync.drain().catch(() => undefined)
  }

  /** After a kill the app opens in the draft: whoever finds one there sends it. */
  private async resume(tab: Tab) {
    const person = tab.phone.session.currentPerson()?.person_id
    for (const draft of onPhone.drafts(this.world.factory)) {
      const content = draft.content as { token: string; photos: string[]; urgent: boolean }
      if (draft.person_id === person) await this.send(tab, content.token, content.photos, content.urgent)
    }
  }

  /** A step on a ticket as the screen shows it; `stale`: as it was before it went to another unit. */
  async step(
    tab: Tab,
    { on, type, photos, stale }: { on: number; type: string; photos: number; stale: boolean },
  ) {
    const person = tab.phone.session.currentPerson()?.person_id
    const mine = onPhone.items(this.world.factory).filter((item) => item.person_id === person)
    const reports = mine.filter((item) => item.kind === 'report')
    const report = reports[on % Math.max(1, reports.length)]
    if (person === undefined || !report) return
    const ticket = this.server.tickets.get(report.item_id)
    const seen =
      ticket && report.state === 'delivered'
        ? {
            version: ticket.version,
            assignment_id: stale ? 'unit-before' : ticket.assignment_id,
            resolution_id: null,
          }
        : { version: 0, assignment_id: null, resolution_id: null }
    const unanswered = mine
      .filter((item) => item.kind === 'operation' && item.ticket_id === report.item_id)
      .filter((item) => ['saved', 'sending', 'sign_in'].includes(item.state))
      .map((item) => this.tokenOf(item))
    const token = `s${this.tokens++}`
    this.meant.set(token, { token, person, kind: 'operation', ticket_id: report.item_id, seen, unanswered })
    const taken = photos ? [await this.photo(tab)] : []
    const item = await tab.phone.outbox.act({
      ticket_id: report.item_id,
      type,
      seen,
      body: { text: token, photos: taken },
      photos: taken,
      label: { kind: '', place: '', picture: null },
    })
    this.saidSaved.set(item.item_id, token)
    void tab.phone.sync.drain().catch(() => undefined)
  }

  private tokenOf(item: { body_text: string }): string {
    const body = JSON.parse(item.body_text) as { note?: string; text?: string }
    return body.note ?? body.text ?? ''
  }

  /** Hands the phone on; or comes in again after the session ended. */
  async signIn(tab: Tab, who: string) {
    const { session } = tab.phone
    if (session.currentPerson()?.person_id !== who) await session.signOut()
    await session.useInvite(who, 'now')
  }

  async play(happening: Happening): Promise<void> {
    // Whoever wants something opens the page again after the system closed it.
    if ('tab' in happening && this.world.live.length === 0) await this.open()
    const { live } = this.world
    const tab = 'tab' in happening ? live[happening.tab % Math.max(1, live.length)] : undefined
    if ('tab' in happening && !tab) return
    // What a person begins may be cut short by a kill: nobody waits for it.
    const begin = (work: Promise<unknown>) => void work.catch(() => undefined)
    const report = 'on' in happening ? [...this.server.reports.keys()] : []
    const on = 'on' in happening ? report[happening.on % Math.max(1, report.length)] : undefined
    switch (happening.what) {
      case 'open':
        if (live.length < MOST_TABS) begin(this.open())
        break
      case 'file':
        if (tab!.phone.session.currentPerson() === null) begin(this.signIn(tab!, 'liang'))
        else begin(this.file(tab!, happening.photos, happening.urgent))
        break
      case 'step':
        begin(this.step(tab!, happening))
        break
      case 'pass':
        await this.pass(happening.ms)
        break
      case 'weather':
        this.network.fates.push(...happening.fates)
        break
      case 'kill':
        tab!.fuse = happening.after
        this.kills++
        break
      case 'store':
        tab!.storeFaults.push(...happening.faults)
        this.faults += happening.faults.filter((fault) => fault !== null).length
        break
      case 'full':
        this.world.full = happening.full
        break
      case 'wake':
        tab!.happen('online')
        break
      case 'try_now':
        this.network.pressed()
        begin(tab!.phone.sync.tryNow())
        break
      case 'clock':
        this.world.skew = happening.years * YEAR
        break
      case 'expire':
        this.world.cookie = null
        break
      case 'sign_in':
        begin(this.signIn(tab!, happening.who))
        break
      case 'reassign':
        if (on) this.server.reassign(on)
        break
      case 'erase':
        if (on) this.server.erase(on)
        break
      case 'forget':
        this.server.forgetLoosePhotos()
        break
    }
    await this.settle()
  }

  /** What holds at every moment. */
  look() {
    const { factory, violation } = this.world
    if (violation) throw violation
    this.network.strict = this.world.hasLocks || this.world.live.length <= 1
    const items = onPhone.items(factory)
    const photos = new Map(onPhone.photos(factory).map((photo) => [photo.sha256, photo]))
    const here = new Set(items.map((item) => item.item_id))
    for (const [id, item] of this.known)
      if (item.state !== 'delivered' && !this.putAway.has(id))
        mustHold(here.has(id), 'I1', () => `${this.tokenOf(item)} is gone from the phone, unsent`)
    for (const [id, token] of this.saidSaved)
      mustHold(
        this.known.has(id) || here.has(id),
        'I13',
        () => `${token} was called saved and is not on the phone`,
      )
    for (const item of items) {
      const token = this.tokenOf(item)
      const before = this.known.get(item.item_id)
      mustHold(
        !before || (before.digest === item.digest && before.body_text === item.body_text),
        'I1',
        () => `${token} changed after it was saved`,
      )
      mustHold(
        before?.state !== 'delivered' || item.state === 'delivered',
        'I3',
        () => `${token} was delivered and is ${item.state} now`,
      )
      const held = this.server.holds(item.item_id)
      if (item.state === 'delivered')
        mustHold(
          held?.digest === item.digest && held.status < 300 && this.network.acked.has(item.item_id),
          'I3',
          () => `${token} is called delivered and was never acknowledged`,
        )
      else
        for (const sha of item.photos) {
          const bytes = photos.get(sha)?.bytes
          const sound = bytes !== undefined && sha256(new Uint8Array(bytes)) === sha
          mustHold(
            sound || this.network.acked.has(sha),
            'I1',
            () => `a photo of ${token} is gone from the phone`,
          )
        }
      this.known.set(item.item_id, item)
    }
    for (const arrived of [...this.server.reports.values(), ...this.server.steps.values()]) {
      const meant = this.meant.get(this.written(arrived.text))
      mustHold(meant?.person === arrived.person, 'I10', () => `${arrived.text} came under another's name`)
    }
    mustHold(this.network.requests < MOST_REQUESTS, 'I16', () => `${this.network.requests} requests`)
  }

  private written(text: string): string {
    return this.tokenOf({ body_text: text })
  }

  /** In coverage again: each person opens the app, sends what lies in the draft and puts away what was refused. */
  async rest(): Promise<void> {
    this.network.fates = []
    this.world.full = false
    for (let round = 0; round < 12; round++) {
      const open = [...onPhone.items(this.world.factory), ...onPhone.drafts(this.world.factory)].filter(
        (one) => !('state' in one) || (one as Item).state !== 'delivered',
      )
      const person = open[round % Math.max(1, open.length)]?.person_id
      if (person === undefined) break
      for (const tab of this.world.live) tab.die()
      const tab = await this.open()
      await this.pass(5_000)
      void this.signIn(tab, person).catch(() => undefined)
      await this.pass(5_000)
      const work = this.resume(tab).then(
        () => null,
        (error: unknown) => error,
      )
      await this.pass(PATIENCE)
      const failed = await work
      mustHold(failed === null, 'I1', () => `what lay in the draft cannot be sent: ${String(failed)}`)
      const mine = () => onPhone.items(this.world.factory).filter((item) => item.person_id === person)
      for (const item of mine())
        if (item.state === 'attention') {
          this.justified(item)
          this.putAway.add(item.item_id)
          await tab.phone.outbox.putAway(item.item_id)
        }
      for (const item of mine())
        mustHold(
          item.state === 'delivered' || this.waitsForRefused(item),
          'I1',
          () => `${this.tokenOf(item)} is still ${item.state}`,
        )
      await this.settle()
    }
    this.accounts()
  }

  /** Only what the server refused for good may need attention. */
  private justified(item: Item) {
    const held = this.server.steps.get(item.item_id)
    const gone = this.server.erased.has(item.ticket_id)
    mustHold(
      gone || (held !== undefined && held.status >= 400) || this.buildsOnPutAway(item),
      'I1',
      () => `${this.tokenOf(item)} needs attention (${item.refused?.code}) though nobody refused it`,
    )
  }

  /** Through others that wait as well: of three in a row, the first was refused and the third is looked at first. */
  private buildsOnPutAway(item: Item): boolean {
    if (item.kind !== 'operation' || item.after === null) return false
    const before = this.known.get(item.after)
    return this.putAway.has(item.after) || (before !== undefined && this.buildsOnPutAway(before))
  }

  private waitsForRefused(item: Item): boolean {
    return [...this.known.values()].some(
      (other) => other.ticket_id === item.ticket_id && this.putAway.has(other.item_id),
    )
  }

  /** What holds in the end: each thing that was saved took effect once, as it was meant, in order. */
  private accounts() {
    for (const item of onPhone.items(this.world.factory))
      mustHold(item.state === 'delivered', 'I1', () => `${this.tokenOf(item)} never arrived`)
    const byToken = new Map<string, string[]>()
    for (const id of this.server.order) {
      const token = this.written(this.server.holds(id)!.text)
      byToken.set(token, [...(byToken.get(token) ?? []), id])
    }
    for (const [token, ids] of byToken)
      mustHold(ids.length === 1, 'I1', () => `${token} took effect ${ids.length} times`)
    for (const [id, token] of this.saidSaved) {
      const held = this.server.holds(id)
      mustHold(
        held !== undefined || this.putAway.has(id),
        'I1',
        () => `${token} was called saved and was lost`,
      )
      for (const sha of held?.photos ?? [])
        mustHold(this.server.photos.has(sha), 'I2', () => `${token} lacks a photo`)
    }
    for (const step of this.server.steps.values()) {
      const meant = this.meant.get(this.written(step.text))!
      mustHold(
        isDeepStrictEqual(step.seen, meant.seen) && step.ticket_id === meant.ticket_id,
        'I8',
        () => `${meant.token} was sent blind: it says that ${JSON.stringify(step.seen)} was seen`,
      )
      for (const token of meant.unanswered) {
        const before = [...this.server.steps.values()].find((other) => this.written(other.text) === token)
        if (step.effects === 0 || !before) continue
        mustHold(
          before.effects === 1 && this.server.order.indexOf(before.id) < this.server.order.indexOf(step.id),
          'I8',
          () => `${meant.token} took effect though ${token} before it did not`,
        )
      }
    }
  }

  count(into: Tally) {
    into.schedules++
    into.saved += this.saidSaved.size
    into.arrived += this.server.order.length
    into.refused += [...this.server.steps.values()].filter((step) => step.status >= 400).length
    into.kills += this.kills
    into.faults += this.faults
    into.lies += this.network.lies
    into.requests += this.network.requests
  }
}

export async function playAll(program: Program, schedule: Schedule, into: Tally): Promise<void> {
  const story = new Story(program, schedule)
  await story.open()
  for (const happening of schedule.events) await story.play(happening)
  await story.rest()
  story.count(into)
}
