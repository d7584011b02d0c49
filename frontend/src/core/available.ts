/** Which steps a screen offers: what the server allowed, moved on by my own unsent steps. Pure. */
import { isLegal } from './apply'
import type { Item } from './operations'
import type { Status } from './shapes'

export interface Offered {
  intent: string
}

/** What a unit may do next after its own steps, before the server has said so. */
const FOLLOWS: Record<string, readonly string[]> = {
  acknowledge: ['arrive', 'resolve'],
  arrive: ['resolve'],
}

export function available(allowed: readonly Offered[], status: Status, pending: readonly Item[]): Offered[] {
  const done = pending.flatMap((item) => (item.kind === 'operation' ? [item.type] : []))
  const offered = new Map(allowed.map((step) => [step.intent, step]))
  for (const intent of done)
    for (const next of FOLLOWS[intent] ?? []) if (!offered.has(next)) offered.set(next, { intent: next })
  return [...offered.values()].filter(({ intent }) => isLegal(intent, status) && !done.includes(intent))
}

/** The one step that a screen puts at the thumb, by what is next in the work. */
const NEXT: readonly string[] = ['resolve', 'acknowledge', 'verify', 'answer_more', 'check', 'rate', 'arrive']

export function foremost(offered: readonly Offered[], status: Status): string | null {
  // A unit acknowledges before it works, though it may resolve at once.
  const order = status === 'assigned' ? ['acknowledge', ...NEXT] : NEXT
  return order.find((intent) => offered.some((step) => step.intent === intent)) ?? null
}
