/** What was reported of the same kind near by: first as the phone holds it, then as the server says, if it answers. */
import { boxAround } from '../../../core/geo'
import { nearRadius, type Place } from '../../../core/places'
import type { Category, TicketBrief } from '../../../core/shapes'
import { nearBy } from '../../../core/tickets'
import { near } from '../../../data/live'
import { openNear } from '../../../data/tickets'

export interface Found {
  ticket: TicketBrief
  metres: number
}

/** `hear` is called once or twice: nearest first, own reports left out. `sure`: the server said it just now. */
export async function findNear(
  category: Category,
  place: Place,
  hear: (found: Found[], sure: boolean) => void,
): Promise<void> {
  const radius = nearRadius(category.duplicate_radius_m, place)
  const others = (found: Found[]) => found.filter(({ ticket }) => !ticket.mine)
  hear(others(await near(category.code, place, radius).catch(() => [])), false)
  const asked = await openNear(category.code, boxAround(place, radius)).catch(() => null)
  if (asked !== null) hear(others(nearBy(asked, category.code, place, radius)), true)
}
