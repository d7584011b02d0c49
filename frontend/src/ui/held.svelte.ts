/** The tickets that this phone holds, as the lists show them: with my own unsent steps laid over. */
import { chosenBy, layOver } from '../core/apply'
import type { TicketBrief } from '../core/shapes'
import type { Viewer } from '../core/tickets'
import { heldStanding, onRows, pull, rows } from '../data/live'
import { viewer } from '../data/viewer'
import { me } from './me.svelte'

let tickets = $state.raw<readonly TicketBrief[] | null>(null)
let who = $state.raw<Viewer | null>(null)
let standing = $state.raw(heldStanding())
let unreadable = $state.raw<unknown>(null)
let looks = 0

async function look() {
  const turn = ++looks
  try {
    const [found, whose] = [await rows(), await viewer()]
    if (turn !== looks) return
    tickets = found
    who = whose
    unreadable = null
  } catch (error) {
    if (turn === looks) unreadable = error
  }
  standing = heldStanding()
}

onRows(() => void look())
void look()

export const held = {
  /** null: not read yet. */
  get tickets(): readonly TicketBrief[] | null {
    return tickets && layOver(tickets, me.own)
  },
  /** What a list of them shows, see `chosenBy`; null: not known yet. */
  chosen(choose: (tickets: readonly TicketBrief[], who: Viewer) => TicketBrief[]): TicketBrief[] | null {
    const whose = who
    return tickets && whose && chosenBy(tickets, me.own, (found) => choose(found, whose))
  },
  /** As the server said it last, without my own steps. */
  row(ticket_id: string): TicketBrief | null {
    return tickets?.find((ticket) => ticket.ticket_id === ticket_id) ?? null
  },
  /** For whom the lists are made; null: not known yet. */
  get who() {
    return who
  },
  /** Everything of mine has come at least once. */
  get complete() {
    return standing.complete
  },
  /** Why the phone is not in step with the server; null when it is, or nobody has tried yet. */
  get behind(): unknown {
    return unreadable ?? standing.behind
  },
  /** Milliseconds of the phone, when it was last in step. */
  get at() {
    return standing.at
  },
  async again(): Promise<void> {
    await pull()
    await look()
  },
}
