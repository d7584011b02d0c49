/** Walks and visits of a schedule: what is told of them, and what must hold of it beside what holds of everything. */
import type { Item } from '../../src/core/operations'
import { readFixes } from '../../src/core/patrols'
import type { Household } from '../../src/core/visits'
import type { Server } from './server'
import { onPhone } from './store'
import type { Tab } from './tab'
import { mustHold, type World } from './world'

const WEST = 113.1
const LAT = 23
/** Far enough apart that each is worth keeping, long enough that nine of them are a message. */
const EVERY_S = 100
const METRE = 1 / 102_000
const OUTCOMES = ['met', 'card_left', 'not_now', 'moved_away', 'phoned'] as const

/** What a patrol keeps as its draft, as far as it is looked at. */
interface Walk {
  patrol_id: string
  part: { at: number }[]
}

/** What somebody tells of a door in one moment: all of it is on the phone, or nothing. */
interface Told {
  visit: string
  demand: string | null
  reopen: string | null
}

export function isWalk(content: unknown): content is Walk {
  return typeof content === 'object' && content !== null && 'patrol_id' in content
}

function isPositions(item: Item): boolean {
  return item.kind === 'fact' && item.type === 'positions'
}

export class Field {
  /** The page on which somebody walks. */
  private walker: Tab | null = null
  private steps = 0
  private readonly told: Told[] = []
  /** Bodies of messages that were read once. */
  private readonly read = new Map<string, number[]>()
  /** Seconds of positions that were on the disk once. */
  private readonly kept = new Set<number>()

  constructor(
    private readonly world: World,
    private readonly server: Server,
  ) {}

  /** Begins a walk, or goes on with it: `count` positions, then a check-in or its end. */
  async walk(
    tab: Tab,
    count: number,
    then: 'nothing' | 'check_in' | 'end',
    killed: { at: number; after: number } | null,
  ): Promise<void> {
    if (!this.walker?.alive) this.walker = tab
    const { recorder } = this.walker.phone
    await recorder.resume()
    const under = (): string | null => {
      let walk: { patrol_id: string } | null = null
      recorder.onWalk((standing) => (walk = standing.walk))()
      return (walk as { patrol_id: string } | null)?.patrol_id ?? null
    }
    if (under() === null) await recorder.start(null)
    const patrol_id = under()
    const heard: number[] = []
    for (let n = 0; n < count; n++) {
      this.steps++
      if (n === killed?.at) this.walker.fuse = killed.after
      const at = this.world.startedAt + this.steps * EVERY_S * 1000
      this.walker.move({ lon: WEST + this.steps * 20 * METRE, lat: LAT, accuracy_m: 6, at })
      heard.push(at / 1000)
      // The phone may still be storing what came before.
      this.world.activity++
      await new Promise((done) => setImmediate(done))
      if (n % 6 === 5) {
        // Somebody looks at another app: what was recorded is stored.
        this.walker.visibility = 'hidden'
        this.walker.happen('visibilitychange')
        await recorder.settled()
        this.keep()
        this.walker.visibility = 'visible'
        this.walker.happen('visibilitychange')
      }
    }
    await recorder.settled()
    if (then === 'check_in') await recorder.checkIn({ code: `C${this.steps}` })
    if (then !== 'end') return
    await recorder.end()
    // Of a walk that the phone calls ended everything was told.
    const ended = onPhone
      .items(this.world.factory)
      .some((item) => item.kind === 'fact' && item.type === 'end' && item.ticket_id === patrol_id)
    if (ended) for (const at of heard) this.kept.add(at)
  }

  /** A walk that was left is ended by its own person, who opens the app again. */
  async endWalk(tab: Tab): Promise<void> {
    this.walker = tab
    await tab.phone.recorder.resume()
    await tab.phone.recorder.end()
  }

  /** A visit; the tokens are what was written in it, in what was asked for there, and in the wish to reopen. */
  async visit(
    tab: Tab,
    door: number,
    tokens: Told,
    reopen: { ticket_id: string; version: number } | null,
  ): Promise<void> {
    this.told.push(tokens)
    const household = { household_id: `door-${door}`, building: '一号楼', lon: WEST, lat: LAT } as Household
    const label = { kind: '走访', place: '一号楼', picture: null }
    const tap = () =>
      tab.phone.visits.tellVisit(
        household,
        {
          outcome: OUTCOMES[door % OUTCOMES.length]!,
          note: tokens.visit,
          follows: reopen?.ticket_id ?? null,
          satisfied: reopen === null ? null : false,
        },
        { visit: label, demand: label, reopen: label },
        {
          demand: tokens.demand === null ? null : { category: 'other', note: tokens.demand },
          reopen: reopen && { ...reopen, reason: tokens.reopen! },
        },
      )
    // Whoever reads that it was not saved taps again: what was written is still on the screen.
    await tap().catch(tap)
  }

  /** What holds at every moment; `known` are tokens of all that was ever on the phone. */
  look(known: ReadonlySet<string>) {
    for (const { visit, demand, reopen } of this.told) {
      const all = [visit, demand, reopen].filter((token) => token !== null)
      const there = all.filter((token) => known.has(token))
      mustHold(
        there.length === 0 || there.length === all.length,
        'I1',
        () => `of one moment at a door ${there.join(', ')} is there and not all of ${all.join(', ')}`,
      )
    }
    const now = this.positions()
    for (const at of this.kept)
      mustHold(now.has(at), 'I1', () => `a position (${at}) was on the disk and is gone`)
    this.keep()
  }

  private keep() {
    for (const at of this.positions()) this.kept.add(at)
  }

  /** Those that are safe: on the disk or told. */
  private positions(): Set<number> {
    const drafts = onPhone.drafts(this.world.factory).map((draft) => draft.content)
    const found = new Set<number>()
    for (const walk of drafts.filter(isWalk)) for (const fix of walk.part) found.add(fix.at)
    for (const item of onPhone.items(this.world.factory).filter(isPositions))
      for (const at of this.fixesOf(item.body_text)) found.add(at)
    for (const text of this.server.positions()) for (const at of this.fixesOf(text)) found.add(at)
    return found
  }

  /** In the end: every position that was kept was told, once; every walk that began has ended, once. */
  accounts() {
    const times = this.server.positions().flatMap((text) => this.fixesOf(text))
    const arrived = new Set(times)
    mustHold(arrived.size === times.length, 'I1', () => 'a position was told twice')
    for (const at of this.kept) mustHold(arrived.has(at), 'I1', () => `a position (${at}) never arrived`)
    for (const [walk, ends] of this.server.ends())
      mustHold(ends === 1, 'I1', () => `the walk ${walk} has ${ends} ends`)
  }

  private fixesOf(text: string): number[] {
    const known = this.read.get(text)
    if (known) return known
    const body = JSON.parse(text) as { since: string; fixes: string }
    const found = readFixes(body.fixes, Date.parse(body.since) / 1000).map((fix) => fix.at)
    this.read.set(text, found)
    return found
  }
}
