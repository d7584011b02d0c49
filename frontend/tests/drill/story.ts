/** A schedule of what people, the system and the network do, played on the real program; what must hold is looked at after each thing. */
import { isDeepStrictEqual } from 'node:util'
import type { Item } from '../../src/core/operations'
import { Field, isWalk } from './field'
import { HOUR, MINUTE, type Happening, type Schedule } from './happenings'
import { Network } from './network'
import type { Program } from './program'
import { Server } from './server'
import { onPhone } from './store'
import { Tab } from './tab'
import { mustHold, sha256, World } from './world'

const YEAR = 365.25 * 24 * HOUR
const MOST_TABS = 3
/** After this long in coverage, with the page open, nothing may be left: the longest rest that is heeded is an hour. */
const PATIENCE = 70 * MINUTE
const MOST_REQUESTS = 4_000

/** What a drill counted; the last line of a run is made of it. */
export interface Tally {
  schedules: number
  saved: number
  arrived: number
  visits: number
  walks: number
  'messages of walks': number
  'check-ins': number
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
  visits: 0,
  walks: 0,
  'messages of walks': 0,
  'check-ins': 0,
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
  /** Tokens of all that was ever on the phone. */
  private readonly everThere = new Set<string>()
  private readonly putAway = new Set<string>()
  private readonly field: Field
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
    this.field = new Field(this.world, this.server)
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
    const tap = () => this.send(tab, token, taken, urgent)
    // Whoever reads that it was not saved taps again: what was written is still on the screen.
    await tap().catch(tap)
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
      if (draft.person_id !== person) continue
      if (isWalk(content)) await this.field.endWalk(tab)
      else await this.send(tab, content.token, content.photos, content.urgent)
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
    const unanswered = this.unanswered(mine, report.item_id)
    const token = `s${this.tokens++}`
    this.meant.set(token, { token, person, kind: 'operation', ticket_id: report.item_id, seen, unanswered })
    const taken = photos ? [await this.photo(tab)] : []
    const tap = () =>
      tab.phone.outbox.act({
        ticket_id: report.item_id,
        type,
        seen,
        body: { text: token, photos: taken },
        photos: taken,
        label: { kind: '', place: '', picture: null },
      })
    const item = await tap().catch(tap)
    this.saidSaved.set(item.item_id, token)
    void tab.phone.sync.drain().catch(() => undefined)
  }

  /** What was written in it; a message of a walk is known by its own id. */
  private tokenOf(item: { body_text: string; item_id?: string }): string {
    const body = JSON.parse(item.body_text) as { note?: string; text?: string; reason?: string }
    return body.note ?? body.text ?? body.reason ?? item.item_id ?? ''
  }

  /** A visit, with what was asked for there and, of a report of mine that was answered, that it is not good. */
  async visit(
    tab: Tab,
    { door, demand, on, unhappy }: { door: number; demand: boolean; on: number; unhappy: boolean },
  ) {
    const person = tab.phone.session.currentPerson()?.person_id
    if (person === undefined) return
    const mine = onPhone.items(this.world.factory).filter((item) => item.person_id === person)
    const asked = mine.filter((item) => item.kind === 'report' && item.state === 'delivered')
    const about = unhappy ? asked[on % Math.max(1, asked.length)] : undefined
    const ticket = about && this.server.tickets.get(about.item_id)
    const tokens = {
      visit: `v${this.tokens++}`,
      demand: demand ? this.means(person) : null,
      reopen: ticket ? `s${this.tokens++}` : null,
    }
    if (ticket) {
      const seen = { version: ticket.version, assignment_id: null, resolution_id: null }
      const unanswered = this.unanswered(mine, ticket.ticket_id)
      const token = tokens.reopen!
      const { ticket_id } = ticket
      this.meant.set(token, { token, person, kind: 'operation', ticket_id, seen, unanswered })
    }
    const reopen = ticket ? { ticket_id: ticket.ticket_id, version: ticket.version } : null
    await this.field.visit(tab, door, tokens, reopen)
    const said = new Set<string | null>(Object.values(tokens))
    for (const item of onPhone.items(this.world.factory)) {
      const token = this.tokenOf(item)
      if (said.has(token)) this.saidSaved.set(item.item_id, token)
    }
    void tab.phone.sync.drain().catch(() => undefined)
  }

  private unanswered(mine: readonly Item[], ticket_id: string): string[] {
    return mine
      .filter((item) => item.kind === 'operation' && item.ticket_id === ticket_id)
      .filter((item) => ['saved', 'sending', 'sign_in'].includes(item.state))
      .map((item) => this.tokenOf(item))
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
      case 'walk':
        if (tab!.phone.session.currentPerson() === null) begin(this.signIn(tab!, 'liang'))
        else begin(this.field.walk(tab!, happening.count, happening.then, happening.killed))
        break
      case 'visit':
        begin(this.visit(tab!, happening))
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
        !before || (before.digest === item.digest && this.asItWas(before, item)),
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
      if (!before) this.everThere.add(token)
      this.known.set(item.item_id, before ? { ...item, body_text: before.body_text } : item)
    }
    this.field.look(this.everThere)
    for (const fact of this.server.facts.values()) {
      const item = this.known.get(fact.id)
      mustHold(item?.person_id === fact.person, 'I10', () => `${fact.text} came under another's name`)
    }
    for (const arrived of [...this.server.reports.values(), ...this.server.steps.values()]) {
      const meant = this.meant.get(this.written(arrived.text))
      mustHold(meant?.person === arrived.person, 'I10', () => `${arrived.text} came under another's name`)
    }
    mustHold(this.network.requests < MOST_REQUESTS, 'I16', () => `${this.network.requests} requests`)
  }

  /** A visit that has arrived keeps the outcome; what was written at the door is on the phone no more. */
  private asItWas(before: Item, item: Item): boolean {
    return before.body_text === item.body_text || (item.kind === 'fact' && item.state === 'delivered')
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
      // What was pressed in a tab that is closed was answered only now: after somebody else's sign-in it is their turn, after
      // the sign-out of this person they are asked to come in again.
      if (this.world.cookie !== person) continue
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
    this.field.accounts()
    const byToken = new Map<string, string[]>()
    for (const id of this.server.order) {
      const token = this.tokenOf({ body_text: this.server.holds(id)!.text, item_id: id })
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
    into.saved += this.known.size
    into.arrived += this.server.order.length
    const facts = [...this.server.facts.values()]
    const of = (type: string) => facts.filter((fact) => fact.type === type).length
    into.visits += of('visit')
    into.walks += of('start')
    into['messages of walks'] += of('positions') + of('end')
    into['check-ins'] += of('check_in')
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
