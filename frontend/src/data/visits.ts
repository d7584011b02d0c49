/** Households that I visit: the list that the phone keeps, without names; names and numbers only while online. */
import { makeFact, makeOperation, makeReport, type Item } from '../core/operations'
import type { ReportBody } from '../core/shapes'
import { VISIT, type Household, type Need, type Outcome, type Purpose } from '../core/visits'
import { body, client } from './api'
import { onOther } from './feed'
import { kept } from './kept'
import { saveTogether, sha256Text } from './outbox'
import type { components } from './schema'

type Schemas = components['schemas']
export type HouseholdShown = Schemas['HouseholdShown']

export async function dueList() {
  return kept('due list', () => body(client.GET('/api/v1/my/households')))
}

/** Calls `hear` when a household of mine changed, came or went. Returns how to stop. */
export function onHouseholds(hear: () => void): () => void {
  return onOther('household', hear)
}

export const visitDraft = (household_id: string) => `visit ${household_id}`

type Demand = Pick<ReportBody, 'category' | 'note'>

interface Said {
  outcome: Outcome
  note: string | null
  follows: string | null
  satisfied: boolean | null
}

/**
 * A visit with what was asked for at it and, where somebody is unhappy, the wish to reopen: all of it is saved on this phone,
 * or none, and what was being written goes with it.
 */
export async function tellVisit(
  one: Household,
  said: Said,
  words: { visit: Item['label']; demand: Item['label']; reopen: Item['label'] },
  more: {
    demand: Demand | null
    reopen: { ticket_id: string; version: number; reason: string } | null
  },
): Promise<void> {
  const { household_id } = one
  const { demand, reopen } = more
  const visit = (visit_id: string) => ({
    ticket_id: household_id,
    type: VISIT,
    path: `/api/v1/visits/${visit_id}`,
    after: null,
    says: {},
    body: { household_id, ...said },
    photos: [],
    label: words.visit,
  })
  const asked = (visit_id: string, demand: Demand): ReportBody => ({
    ...demand,
    condition_id: null,
    // The place is the building: where the phone is at a door is nobody's business.
    location: { lon: one.lon, lat: one.lat, accuracy_m: 30, age_s: 0, source: 'named' },
    place_note: one.building,
    photos: [],
    self_resolved: null,
    join_ticket_id: null,
    visit_id,
  })
  await saveTogether(
    { household_id, said, demand, reopen: reopen && { ...reopen, version: null } },
    (maker, after) => {
      const told = maker()
      const label = { urgent: false, label: words.demand }
      return [
        makeFact(told, visit(told.item_id), sha256Text),
        ...(demand ? [makeReport(maker(), asked(told.item_id, demand), label, sha256Text)] : []),
        ...(reopen
          ? [
              makeOperation(
                maker(),
                {
                  ticket_id: reopen.ticket_id,
                  type: 'ask_reopen',
                  seen: { version: reopen.version, assignment_id: null, resolution_id: null },
                  body: { reason: reopen.reason },
                  photos: [],
                  after: after(reopen.ticket_id),
                  label: words.reopen,
                },
                sha256Text,
              ),
            ]
          : []),
      ]
    },
    visitDraft(household_id),
  )
}

const of = (household_id: string) => ({ params: { path: { household_id } } })

export async function household(household_id: string): Promise<HouseholdShown> {
  return body(client.GET('/api/v1/households/{household_id}', of(household_id)))
}

export async function revealNumber(household_id: string, purpose: Purpose): Promise<string> {
  const path = '/api/v1/households/{household_id}/number'
  return (await body(client.POST(path, { ...of(household_id), body: { purpose } }))).phone
}

export async function agree(household_id: string, given: boolean, version: string): Promise<void> {
  const path = '/api/v1/households/{household_id}/consent'
  await body(client.PUT(path, { ...of(household_id), body: { given, version } }))
}

export async function keepContact(
  household_id: string,
  contact: { name: string; phone: string | null; needs: Need[] },
): Promise<void> {
  const path = '/api/v1/households/{household_id}/contact'
  await body(client.PUT(path, { ...of(household_id), body: contact }))
}
