/** The desk's side of households: the register, who visits whom, what was visited in a month. */
import { body, client } from './api'
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
  return body(client.POST('/api/v1/households/file/preview', { body: { content } }))
}

export async function publishFile(content: string): Promise<SpreadsheetRead> {
  return body(client.POST('/api/v1/households/file', { body: { content } }))
}

export async function ties(): Promise<Ties> {
  return body(client.GET('/api/v1/ties'))
}

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

export async function visitFigures(month: string, by: 'whole' | 'grid' | 'building' | 'liaison') {
  return body(client.GET('/api/v1/visits/figures', { params: { query: { month, by } } }))
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
