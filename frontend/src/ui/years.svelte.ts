/** Years that lack their official holidays, as the desk says it on every page. */
import { yearsToPublish } from '../core/calendar'
import { localDay } from '../core/steps'
import { calendars, type CalendarVersion } from '../data/standards'
import { me } from './me.svelte'

/** So long an answer is good for: a desk stays open for weeks. */
const GOOD_MS = 1_800_000

interface Heard {
  person_id: string | undefined
  at: number
  calendars: readonly CalendarVersion[]
}
let heard = $state.raw<Heard | null>(null)

export const lacking = {
  get years(): number[] {
    if (heard === null || heard.person_id !== me.session?.person_id) return []
    return yearsToPublish(heard.calendars, localDay(new Date(me.now)))
  },
}

/** Called by whoever reads the calendars anyhow, so that what was just published is not missed. */
export function hearCalendars(found: readonly CalendarVersion[]): void {
  heard = { person_id: me.session?.person_id, at: Date.now(), calendars: found }
}

/** Asks for them unless that was done lately. */
export async function lookAtYears(): Promise<void> {
  const fresh = heard?.person_id === me.session?.person_id && Date.now() - (heard?.at ?? 0) < GOOD_MS
  if (!fresh) hearCalendars(await calendars())
}
