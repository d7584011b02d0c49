/** The due list of a liaison as the phone shows it: with my own unsent visits laid over. Pure. */
import type { components } from '../data/schema'
import { canonical, type Item } from './operations'

type Schemas = components['schemas']
export type DueList = Schemas['DueListShown']
export type Household = Schemas['DueShown']
export type Outcome = Household['last_outcome'] & string
export type Purpose = Schemas['PurposeIn']['purpose']
export type Need = Schemas['ContactIn']['needs'] extends readonly (infer One)[] | undefined ? One : never

export const OUTCOMES: readonly Outcome[] = ['met', 'card_left', 'not_now', 'moved_away', 'phoned']
/** After these a household is not due again before the next quarter or month. */
const REACHED: ReadonlySet<Outcome> = new Set(['met', 'not_now'])
export const VISIT = 'visit'

export interface Door extends Household {
  /** My visit that the list does not know of yet, and how far it got. */
  mine: { outcome: Outcome; state: Item['state'] } | null
}

function visits(items: readonly Item[], person: string | null, since: number): Map<string, Door['mine']> {
  const found = new Map<string, Door['mine']>()
  for (const item of [...items].sort((a, b) => a.created_at - b.created_at)) {
    if (item.kind !== 'fact' || item.type !== VISIT || item.person_id !== person) continue
    if (item.state === 'delivered' && (item.delivered_at ?? 0) < since) continue
    const body = JSON.parse(item.body_text) as { household_id: string; outcome: Outcome }
    found.set(body.household_id, { outcome: body.outcome, state: item.state })
  }
  return found
}

/** `at`: milliseconds of the phone when the server told the list. */
export function layOver(
  list: DueList,
  items: readonly Item[],
  person: string | null,
  at: number,
): { todo: Door[]; done: Door[]; visited: number } {
  const mine = visits(items, person, at)
  const doors = list.households.map((one) => ({ ...one, mine: mine.get(one.household_id) ?? null }))
  const isDone = (one: Door) => one.reached || (one.mine !== null && REACHED.has(one.mine.outcome))
  const added = [...mine.values()].filter((one) => one !== null && one.outcome !== 'phoned').length
  return {
    todo: doors.filter((one) => !isDone(one)),
    done: doors.filter(isDone),
    visited: list.visited + added,
  }
}

/**
 * What the phone keeps of an item that has arrived. What was written at a door is then on the phone no more: the server has
 * it, and shows it to its liaison while online.
 */
export function afterDelivery(item: Item): Item {
  if (item.kind !== 'fact' || item.type !== VISIT) return item
  const { household_id, outcome } = JSON.parse(item.body_text) as { household_id: string; outcome: Outcome }
  return { ...item, body_text: canonical({ household_id, outcome }) }
}

/** What became of a household while a visit to it was still on this phone. */
export interface Told {
  item_id: string
  place: string
  mark: (typeof TOLD)[number]
}
const TOLD = ['household_merged', 'household_moved', 'not_tied'] as const
const TOLD_MS = 7 * 86_400_000

/** My visits of the last seven days that were taken, but to a household that had moved, was merged or is another's by then. */
export function toldOf(items: readonly Item[], person: string | null, now: number): Told[] {
  return items.flatMap(({ item_id, kind, person_id, label, receipt, delivered_at, ...item }) => {
    if (kind !== 'fact' || person_id !== person || !('type' in item) || item.type !== VISIT) return []
    const mark = TOLD.find((one) => receipt?.marks?.includes(one))
    return mark && (delivered_at ?? 0) > now - TOLD_MS ? [{ item_id, place: label.place, mark }] : []
  })
}

/** Whether what was done can still be reopened; `at` in milliseconds. A list kept from before this was told says nothing. */
export function mayReopen(follow: Household['follow_ups'][number], at: number): boolean {
  return !(at > Date.parse(follow.reopen_until))
}

const PLAIN = /(?<!\d)(?:\d{17}[\dXx]|\d{15})(?!\d)/
const RUN = /\d(?:[ \t\u00a0\u3000\-－‐-―]{0,3}[\dXx])*/g
const MOBILE = /^1[3-9]\d{9}$/
const PROVINCE = /^(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)/
const BORN = /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/

/** An identity number: eighteen or fifteen figures, in a row or in groups. The server removes the same from a note. */
export function holdsIdNumber(words: string): boolean {
  const plain = words.normalize('NFKC')
  if (PLAIN.test(plain)) return true
  return (plain.match(RUN) ?? []).some((run) => {
    const groups = run.match(/[\dXx]+/g) ?? []
    return groups.some((_, from) =>
      groups.some((_, last) => last > from && inGroups(groups.slice(from, last + 1))),
    )
  })
}

/** In groups it is one only where province and birthday can be: a telephone number with the room behind it is none. */
function inGroups(groups: readonly string[]): boolean {
  const all = groups.join('')
  if (!/^(?:\d{17}[\dXx]|\d{15})$/.test(all)) return false
  const born = all.length === 18 ? all.slice(6, 14) : `19${all.slice(6, 12)}`
  let at = 0
  const phoned = groups.some((group) => {
    const found =
      (at === 11 && MOBILE.test(all.slice(0, 11))) || (at === all.length - 11 && MOBILE.test(all.slice(at)))
    at += group.length
    return found
  })
  return !phoned && PROVINCE.test(all) && BORN.test(born)
}
