/** The answer that comes back: what the unit says, what the reporter answered, what of a photo is covered. Pure. */
import type { Item } from './operations'
import type { Status, TicketDetail } from './shapes'

type Told = Pick<TicketDetail, 'timeline' | 'status'>

const DONE: ReadonlySet<Status> = new Set(['resolved', 'closed'])

/** The unit's own sentence about the result of now; null: it said none, or the result did not hold. */
export function unitSentence(ticket: Told): string | null {
  if (!DONE.has(ticket.status)) return null
  return ticket.timeline.filter(({ verb }) => verb === 'ticket.resolved').at(-1)?.text ?? null
}

/** Which result the ticket had last, by when it was recorded: reporters are not told its id. Null: none is known of. */
export function resultOf(ticket: Pick<TicketDetail, 'timeline'>): string | null {
  return ticket.timeline.filter(({ verb }) => verb === 'ticket.resolved').at(-1)?.recorded_at ?? null
}

const PUT_OFF: Partial<Record<Status, string>> = { deferred: 'defer', shelved: 'shelve' }

/** What was granted by which it waits now: until when, and why by the standard's list; null: it does not wait. */
export function putOff({ status, requests }: Pick<TicketDetail, 'status' | 'requests'>) {
  const granted = requests.filter(({ kind, state }) => kind === PUT_OFF[status] && state === 'granted')
  return granted.sort((a, b) => ((a.decided_at ?? '') < (b.decided_at ?? '') ? -1 : 1)).at(-1) ?? null
}

/** Why it waits or was not taken up: the sentence that somebody wrote, or a code of the standard's lists. */
export function whyNot(
  ticket: Pick<TicketDetail, 'status' | 'requests' | 'timeline'>,
): { text: string } | { code: string } | null {
  if (ticket.status !== 'rejected') {
    const code = putOff(ticket)?.reason
    return code ? { code } : null
  }
  const said = ticket.timeline.filter(({ verb }) => verb === 'ticket.rejected').at(-1)
  const code = said?.detail['reason']
  return said?.text ? { text: said.text } : typeof code === 'string' ? { code } : null
}

/** What the reporter has said of this round's result, also when it is still on this phone; null: nothing yet. */
export function rated(ticket: Told, outbox: readonly Item[]): boolean | null {
  const last = ticket.timeline
    .filter(({ verb }) => verb === 'ticket.rated' || verb === 'ticket.reopened')
    .at(-1)
  if (last?.verb === 'ticket.rated') return last.detail['satisfied'] === true
  const since = last ? Date.parse(last.recorded_at) : 0
  const mine = outbox.filter((item) => item.kind === 'operation' && item.type === 'rate')
  const sent = mine.filter((item) => item.state !== 'attention' && item.created_at > since).at(-1)
  return sent ? (JSON.parse(sent.body_text) as { satisfied?: unknown }).satisfied === true : null
}

/** Whether a reporter has already said of a result that waits to be looked at that it is none. */
export function doubted(ticket: Told, outbox: readonly Item[]): boolean {
  const at = ticket.timeline.map(({ verb }) => verb).lastIndexOf('ticket.resolved')
  const since = ticket.timeline.slice(at + 1)
  const told = since.some(
    ({ verb, who }) => who === 'reporter' && (verb === 'note.added' || verb === 'photo.added'),
  )
  return (
    told || outbox.some((item) => item.kind === 'operation' && isDoubt(item) && item.state !== 'delivered')
  )
}

function isDoubt(item: Item): boolean {
  return item.kind === 'operation' && (item.type === 'note' || item.type === 'add_photo')
}

/** A covered part of a picture: left, top, width, height as fractions of its sides. */
export type Box = readonly [number, number, number, number]

export const MOST_BOXES = 40
const LEAST = 0.01

const within = (value: number) => Math.min(1, Math.max(0, value))
const round = (value: number) => Math.round(value * 10_000) / 10_000

/** The part between two corners, in any order; null when it is too small to be meant. */
export function boxBetween(from: readonly [number, number], to: readonly [number, number]): Box | null {
  const [left, right] = [within(Math.min(from[0], to[0])), within(Math.max(from[0], to[0]))]
  const [top, bottom] = [within(Math.min(from[1], to[1])), within(Math.max(from[1], to[1]))]
  if (right - left < LEAST || bottom - top < LEAST) return null
  return [round(left), round(top), round(right - left), round(bottom - top)]
}

/** Moved by fractions, never out of the picture. */
export function moved(box: Box, dx: number, dy: number): Box {
  const [x, y, width, height] = box
  return [
    round(Math.min(1 - width, Math.max(0, x + dx))),
    round(Math.min(1 - height, Math.max(0, y + dy))),
    width,
    height,
  ]
}

/** Its lower right corner moved. */
export function resized(box: Box, dx: number, dy: number): Box {
  const [x, y, width, height] = box
  return [
    x,
    y,
    round(Math.min(1 - x, Math.max(LEAST, width + dx))),
    round(Math.min(1 - y, Math.max(LEAST, height + dy))),
  ]
}
