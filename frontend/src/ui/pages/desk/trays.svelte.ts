/** The desk's list while it is on screen: read by pages, kept in step by the stream, or asked for again without one. */
import type { TicketBrief } from '../../../core/shapes'
import { folded, isNarrowed, queryOf, type Counts, type Filters } from '../../../core/trays'
import { followStream, type Lease } from '../../../data/stream'
import { countTickets, firstPage, pageAfter } from '../../../data/trays'
import { alarm } from './alarm.svelte'
import { ASK_MS, askForUrgent } from './lookout'

const POLL_MS = 10_000
/** A safeguard: what became near its breach by time alone tells nobody of it. */
const ANEW_MS = 60_000
/** Counts under filters are the server's: asked so long after the last change. */
const RECOUNT_MS = 3_000
/** Longer than any page is on its way. */
const RECENT_MS = 30_000

export class Trays {
  list = $state.raw<readonly TicketBrief[] | null>(null)
  counts = $state.raw<Counts>({})
  leases = $state.raw<readonly Lease[]>([])
  live = $state(true)
  failed = $state.raw<unknown>(null)
  /** When the server last answered, while it does not. */
  oldAt = $state<number | null>(null)
  /** The ticket that is open, as it was last heard of, whether or not it stands in the list. */
  open = $state.raw<TicketBrief | null>(null)
  more = $state(false)

  #filters: Filters
  #openId: string | null = null
  #next: string | null = null
  #further: Promise<void> | null = null
  #turn = 0
  #stop: (() => void)[] = []
  /** What the stream brought lately: a page that was on its way meanwhile may not know of it. */
  #recent: { at: number; ticket: TicketBrief }[] = []
  #recount: ReturnType<typeof setTimeout> | undefined

  constructor(filters: Filters) {
    this.#filters = filters
  }

  /** Begins to follow; the answer stops it. */
  start(): () => void {
    const leave = followStream({
      tickets: (changed) => this.#changed(changed),
      counts: (counts) => {
        if (!isNarrowed(this.#filters)) this.counts = counts
      },
      leases: (leases) => (this.leases = leases),
      refetch: () => void this.read(),
      live: (live) => {
        if (live && !this.live) void this.read()
        this.live = live
        if (!live) this.leases = []
      },
    })
    const poll = setInterval(() => !this.live && this.#isSeen() && void this.read(), POLL_MS)
    const anew = setInterval(() => this.live && this.#isSeen() && void this.read(), ANEW_MS)
    const ask = setInterval(() => !this.live && void askForUrgent(), ASK_MS)
    const seen = () => this.#isSeen() && void this.read()
    document.addEventListener('visibilitychange', seen)
    this.#stop = [
      leave,
      () => clearInterval(poll),
      () => clearInterval(anew),
      () => clearInterval(ask),
      () => clearTimeout(this.#recount),
      () => document.removeEventListener('visibilitychange', seen),
    ]
    return () => this.#stop.forEach((stop) => stop())
  }

  /** Another ticket is open. */
  watch(ticket_id: string | null) {
    this.#openId = ticket_id
    if (this.open?.ticket_id !== ticket_id) this.open = null
    this.#hear(this.list ?? [])
  }

  #hear(tickets: readonly TicketBrief[]) {
    const found = tickets.find((one) => one.ticket_id === this.#openId)
    if (found && (this.open === null || this.open.version < found.version)) this.open = found
  }

  #isSeen(): boolean {
    return document.visibilityState === 'visible'
  }

  /** Another list is wanted. */
  show(filters: Filters) {
    if (queryOf(filters) !== queryOf(this.#filters)) {
      this.#filters = filters
      this.list = null
      this.#next = null
      this.more = false
    }
    void this.read()
  }

  /** Reads the list from its beginning, as far down as it was read before. */
  async read(): Promise<void> {
    const turn = ++this.#turn
    const filters = this.#filters
    try {
      const [first, counts] = await Promise.all([firstPage(filters), countTickets(filters).catch(() => null)])
      if (turn !== this.#turn) return
      this.oldAt = first.old ? first.at : null
      this.failed = null
      if (counts !== null) this.counts = counts
      let { tickets, next } = first.value
      const wanted = this.list?.length ?? 0
      while (next !== null && tickets.length < wanted && !first.old) {
        const page = await pageAfter(filters, next, Math.min(500, wanted - tickets.length))
        if (turn !== this.#turn) return
        tickets = [...tickets, ...page.tickets]
        next = page.next
      }
      this.#take(tickets, next)
    } catch (error) {
      if (turn === this.#turn) this.failed = error
    }
  }

  /** The next page, when the end of the list comes into sight. */
  readOn(): Promise<void> {
    return (this.#further ??= this.#readFurther().finally(() => (this.#further = null)))
  }

  /** Reads on until so many lines are there, or all; a page that does not come ends it. */
  async readUpTo(lines: number): Promise<void> {
    while (this.more && (this.list?.length ?? 0) < lines && this.failed === null) await this.readOn()
  }

  async #readFurther(): Promise<void> {
    if (this.#next === null) return
    const turn = this.#turn
    try {
      const page = await pageAfter(this.#filters, this.#next)
      if (turn !== this.#turn) return
      const held = new Set(this.list?.map((ticket) => ticket.ticket_id))
      this.#take([...(this.list ?? []), ...page.tickets.filter((one) => !held.has(one.ticket_id))], page.next)
    } catch (error) {
      if (turn === this.#turn) this.failed = error
    }
  }

  #take(tickets: readonly TicketBrief[], next: string | null) {
    this.#next = next
    this.more = next !== null
    const recent = this.#recent.map((one) => one.ticket)
    this.list = folded(tickets, recent, this.#filters, this.more)
    this.#hear(tickets)
    alarm.read(tickets)
  }

  #changed(changed: readonly TicketBrief[]) {
    alarm.notice(changed)
    this.#hear(changed)
    const at = performance.now()
    this.#recent = [
      ...this.#recent.filter((one) => one.at > at - RECENT_MS),
      ...changed.map((ticket) => ({ at, ticket })),
    ]
    if (this.list !== null) this.list = folded(this.list, changed, this.#filters, this.more)
    if (!isNarrowed(this.#filters)) return
    clearTimeout(this.#recount)
    this.#recount = setTimeout(
      () => void (this.#filters.text === null ? this.#count() : this.read()),
      RECOUNT_MS,
    )
  }

  async #count() {
    const filters = this.#filters
    const counts = await countTickets(filters).catch(() => null)
    if (counts !== null && filters === this.#filters) this.counts = counts
  }
}
