/** Figures: what they are, their numbers, what they open, and a period counted by another rule. */
import { body, client, lines } from './api'
import type { components } from './schema'

type Schemas = components['schemas']
export type Indices = Schemas['IndicesOut']
export type Index = Schemas['IndexOut']
export type Figures = Schemas['FiguresOut']
export type Figure = Schemas['FigureOut']
export type GroupFigure = Schemas['GroupOut']
export type Standings = Schemas['StandingsOut']
export type Standing = Schemas['StandingOut']
export type Spreads = Schemas['SpreadsOut']
export type Members = Schemas['MembersOut']
export type Member = Schemas['MemberOut']
export type Supposed = Schemas['SupposedLine']
export type Counted = Schemas['CountedOut']
export type Group = Schemas['Group']

/** A question: local days, both included, and what it is narrowed to. */
export interface Asked {
  from: string
  to: string
  area_id?: string
  grid_id?: string
  unit_id?: string
  category?: string
  worker_id?: string
  territory?: 'then' | 'now'
  as_of?: string
}

/** What a list is asked for: a step is some days of the period, judged like all of it. */
export interface Listed extends Asked {
  step_from?: string
  step_to?: string
}

export async function indices(): Promise<Indices> {
  return body(client.GET('/api/v1/figures/indices'))
}

export async function figures(query: Asked): Promise<Figures> {
  return body(client.GET('/api/v1/figures', { params: { query } }))
}

/** Who of a unit had work in hand in the period, by name. */
export async function people(query: Asked): Promise<Schemas['WorkerOut'][]> {
  return (await body(client.GET('/api/v1/figures/people', { params: { query } }))).people
}

export async function byGroup(asked: Asked, group: Group, index: string): Promise<GroupFigure[]> {
  return (await body(client.GET('/api/v1/figures/groups', { params: { query: { ...asked, group, index } } })))
    .groups
}

export async function standings(asked: Asked, group: Group, index: string): Promise<Standings> {
  return body(client.GET('/api/v1/figures/standings', { params: { query: { ...asked, group, index } } }))
}

export async function spreads(query: Asked): Promise<Spreads> {
  return body(client.GET('/api/v1/figures/spreads', { params: { query } }))
}

/** A page of a set; at most 500 rows. */
export async function members(
  asked: Listed,
  set: string,
  after: string | null,
  limit: number,
): Promise<Members> {
  return body(
    client.GET('/api/v1/figures/tickets', {
      params: { query: { ...asked, set, limit, ...(after ? { after } : {}) } },
    }),
  )
}

/** Where the file of a set lies that begins after so many rows; the browser fetches it by itself, however long it is. */
export function fileOf(
  asked: Listed,
  set: string,
  format: 'xlsx' | 'csv' | 'geojson',
  lang: 'zh' | 'en',
  skip: number,
): string {
  return `/api/v1/figures/export?${new URLSearchParams({ ...asked, set, format, lang, skip: String(skip) })}`
}

export interface SupposedPeriod {
  sums: Supposed
  /** What the sums were counted from, as far as it is listed. */
  rows: Counted[]
}

/** Counts a period by another rule; tells how far it is. Null: it broke off. Aborting stops the server too. */
export async function suppose(
  asked: Asked,
  rule: string,
  signal: AbortSignal,
  told: (line: Supposed) => void,
): Promise<SupposedPeriod | null> {
  let last: Supposed | null = null
  const rows: Counted[] = []
  const query = new URLSearchParams({ ...asked, rule })
  for await (const line of lines(`/api/v1/figures/suppose?${query}`, signal)) {
    last = JSON.parse(line) as Supposed
    for (const row of last.rows ?? []) rows.push(row)
    told(last)
  }
  return last?.done ? { sums: last, rows } : null
}
