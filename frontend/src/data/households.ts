/** The desk's side of households: the register, who visits whom, what was visited in a month. */
import { body, client, withFile } from './api'
import type { components } from './schema'

type Schemas = components['schemas']
export type SpreadsheetRead = Schemas['SpreadsheetRead']
export type Ties = Schemas['TiesShown']
export type Suggestion = Schemas['SuggestionShown']
export type Figures = Schemas['FiguresShown']
export type Overdue = Schemas['OverduesShown']
export type Demand = Schemas['DemandShown']
export type HouseholdLine = Schemas['HouseholdLine']

export async function previewFile(content: string): Promise<SpreadsheetRead> {
  return body(client.POST('/api/v1/households/file/preview', { body: { content }, fetch: withFile }))
}

export async function publishFile(content: string): Promise<SpreadsheetRead> {
  return body(client.POST('/api/v1/households/file', { body: { content }, fetch: withFile }))
}

export async function ties(): Promise<Ties> {
  return body(client.GET('/api/v1/ties'))
}

/** Communities in which somebody visits, or holds what is to be handed over. */
export const communitiesOf = (board: Ties | null): string[] => [
  ...new Set([...(board?.liaisons ?? []), ...(board?.former ?? [])].map((one) => one.community_id)),
]

export async function suggestTies(community_id: string, leaving?: string): Promise<Suggestion> {
  const query = leaving ? { community_id, leaving } : { community_id }
  return body(client.GET('/api/v1/ties/suggestion', { params: { query } }))
}

export async function giveTies(
  wanted: { household_id: string; person_id: string | null }[],
): Promise<number> {
  return (await body(client.PUT('/api/v1/ties', { body: { ties: wanted } }))).changed
}

export async function householdsOf(query: {
  building_id?: string
  liaison_id?: string
}): Promise<HouseholdLine[]> {
  return (await body(client.GET('/api/v1/households', { params: { query } }))).households
}

export async function visitFigures(
  month: string,
  by: 'whole' | 'grid' | 'building' | 'liaison',
  area_id?: string,
) {
  const query = { month, by, ...(area_id ? { area_id } : {}) }
  return body(client.GET('/api/v1/visits/figures', { params: { query } }))
}

export async function overdueVisits(): Promise<Overdue> {
  return body(client.GET('/api/v1/visits/overdue'))
}

export async function demandsOf(month: string): Promise<Demand[]> {
  return (await body(client.GET('/api/v1/visits/demands', { params: { query: { month } } }))).demands
}

export async function movedAway(household_id: string): Promise<void> {
  const path = '/api/v1/households/{household_id}/move-away'
  await body(client.POST(path, { params: { path: { household_id } } }))
}

export type MergePreview = Schemas['MergeShown']
export type ErasePreview = Schemas['EraseShown']
export type Door = Schemas['Door']
export type LookedAfter = Schemas['LookedAfter']
export type HomeShown = Schemas['HomeShown']
export type AtHand = Schemas['AtHand']
export type RevealPage = Schemas['RevealPage']
export type RevealLine = Schemas['RevealLine']
export type DwellingIn = Schemas['DwellingIn']

const of = (household_id: string) => ({ params: { path: { household_id } } })

/** `text`: words of an address; `ended`: also those that moved away or were merged. */
export async function findHouseholds(query: {
  text: string
  ended: boolean
  after?: string
}): Promise<Schemas['HouseholdPage']> {
  return body(client.GET('/api/v1/households', { params: { query } }))
}

export async function putPlace(household_id: string, place: DwellingIn): Promise<number> {
  const path = '/api/v1/households/{household_id}'
  return (await body(client.PUT(path, { ...of(household_id), body: place }))).version
}

export async function doublesOf(household_id: string): Promise<Door[]> {
  return (await body(client.GET('/api/v1/households/{household_id}/doubles', of(household_id)))).doors
}

export async function lookAtMerge(household_id: string, into_id: string): Promise<MergePreview> {
  const params = { path: { household_id }, query: { into_id } }
  return body(client.GET('/api/v1/households/{household_id}/merge', { params }))
}

export async function merge(household_id: string, into_id: string): Promise<void> {
  const path = '/api/v1/households/{household_id}/merge'
  await body(client.POST(path, { ...of(household_id), body: { into_id } }))
}

export async function lookAtErase(household_id: string): Promise<ErasePreview> {
  return body(client.GET('/api/v1/households/{household_id}/erase', of(household_id)))
}

export async function erase(household_id: string): Promise<void> {
  await body(client.POST('/api/v1/households/{household_id}/erase', of(household_id)))
}

/** Who was shown a number; `before` is the last one seen. */
export async function reveals(before?: RevealLine): Promise<RevealPage> {
  const query = before ? { before: before.at, before_id: before.reveal_id } : {}
  return body(client.GET('/api/v1/reveals', { params: { query } }))
}

export async function peopleAtHand(): Promise<AtHand[]> {
  return (await body(client.GET('/api/v1/ties/people'))).people
}

/** Buildings with who looks after them, a page at a time. `text`: of a building, its code or its steward's name. */
export async function stewards(query: {
  text: string
  without: boolean
  after?: string
}): Promise<Schemas['StewardsShown']> {
  return body(client.GET('/api/v1/building-stewards', { params: { query } }))
}

/** `person_id` null: nobody looks after it any more. */
export async function appoint(building_id: string, person_id: string | null): Promise<void> {
  const path = '/api/v1/building-stewards/{building_id}'
  await body(client.PUT(path, { params: { path: { building_id } }, body: { person_id } }))
}

export async function homes(): Promise<HomeShown[]> {
  return (await body(client.GET('/api/v1/home-registrations'))).homes
}

/** `building_id` null: does not live here any more. */
export async function registerHome(
  person_id: string,
  building_id: string | null,
  employer: string,
): Promise<void> {
  const path = '/api/v1/home-registrations/{person_id}'
  await body(client.PUT(path, { params: { path: { person_id } }, body: { building_id, employer } }))
}

export type House = Schemas['HouseShown']

export async function housesOf(community_id: string): Promise<House[]> {
  return (await body(client.GET('/api/v1/ties/houses', { params: { query: { community_id } } }))).houses
}

/** `entrance` null: the whole building. Whose the households were that are another's now. */
export async function moveHouse(building_id: string, entrance: string | null, person_id: string | null) {
  const params = { path: { building_id } }
  const path = '/api/v1/ties/houses/{building_id}'
  return (await body(client.PUT(path, { params, body: { entrance, person_id } }))).before
}
