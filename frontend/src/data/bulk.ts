/** Steps on several tickets: asked what they would do, queued together, taken back or put away together. */
import { operationsOf, TAKE_BACK_MS, type BulkStep, type Planned, type Said } from '../core/bulk'
import { body, client } from './api'
import { actTogether, all, newId, putAway, takeBack } from './outbox'

export async function planStep(
  step: BulkStep,
  ticket_ids: string[],
  unit_id: string | null = null,
): Promise<Planned[]> {
  const asked = { step, ticket_ids, ...(unit_id === null ? {} : { unit_id }) }
  return (await body(client.POST('/api/v1/tickets/plan', { body: asked }))).tickets
}

/** Queues what a plan says, to go out in ten seconds. */
export async function sendPlanned(
  step: BulkStep,
  plan: readonly Planned[],
  said: Said,
  because: (source: string | null) => string,
): Promise<void> {
  const steps = operationsOf(plan, said, because)
  if (steps.length) await actTogether({ batch_id: newId(), step }, steps, TAKE_BACK_MS)
}

export { takeBack }

const SEEN = 'desk.batches.seen'
const KEPT = 100

/** Batches whose result this person has put away. */
export function seenBatches(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(SEEN) ?? '[]')
    return Array.isArray(kept) ? kept.map(String) : []
  } catch {
    return []
  }
}

/** The result was read: what could not be done is no unsent work any more. */
export async function putAwayBatch(batch_id: string): Promise<void> {
  for (const item of await all())
    if (item.batch?.batch_id === batch_id && item.state === 'attention') await putAway(item.item_id)
  localStorage.setItem(SEEN, JSON.stringify([...seenBatches(), batch_id].slice(-KEPT)))
}
