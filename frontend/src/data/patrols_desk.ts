/** Patrols as the desk sees them: coverage, what was missed, walks, plans, and the switch. */
import { body, client } from './api'
import type { components } from './schema'

type Schemas = components['schemas']
export type Coverage = Schemas['Coverage']
export type GridCovered = Schemas['GridCovered']
export type GridOnMap = Schemas['GridOnMap']
export type Miss = Schemas['MissShown']
export type PatrolLine = Schemas['PatrolShown']
export type Walk = Schemas['Walk']
export type Plan = Schemas['PlanShown']
export type PlanWish = Schemas['PatrolPlanIn']
export type Checkpoint = Schemas['CheckpointIn']
export type Walker = Schemas['Walker']
export type Sheets = Schemas['SheetsShown']
export type TurnsShown = Schemas['TurnsShown']
export type WalkRules = Schemas['WalkRulesShown']
export type Policy = Schemas['PolicyShown']
export type RouteWalked = Schemas['RouteWalked']
export type Hours = Schemas['HoursShown']
export type Audience = Schemas['Audience']

/** Local days, both included; `plan_id`, `community_id` absent: all of the reader's own. */
export interface Asked {
  from: string
  to: string
  plan_id?: string
  community_id?: string
}

export async function coverage(query: Asked): Promise<Coverage> {
  return body(client.GET('/api/v1/patrols/coverage', { params: { query } }))
}

export async function coverageOnMap(query: Asked & { community_id: string }): Promise<GridOnMap[]> {
  return (await body(client.GET('/api/v1/patrols/coverage/map', { params: { query } }))).grids
}

/** The newest first; `cut`: there are more. */
export async function missed({ from, to, plan_id }: Asked): Promise<{ misses: Miss[]; cut: boolean }> {
  const query = { from, to, ...(plan_id ? { plan_id } : {}) }
  return body(client.GET('/api/v1/patrols/missed', { params: { query } }))
}

/** The newest first; `cut`: there are more. */
export async function walks({ from, to, plan_id }: Asked): Promise<{ patrols: PatrolLine[]; cut: boolean }> {
  const query = { from, to, ...(plan_id ? { plan_id } : {}) }
  return body(client.GET('/api/v1/patrols', { params: { query } }))
}

export async function walk(patrol_id: string): Promise<Walk> {
  const found = await body(client.GET('/api/v1/patrols/{patrol_id}', { params: { path: { patrol_id } } }))
  return found as Walk
}

/** Where the file of the patrol log lies; the browser fetches it by itself. */
export function logFile({ from, to }: Asked, format: 'xlsx' | 'csv', lang: 'zh' | 'en'): string {
  return `/api/v1/patrols/export?${new URLSearchParams({ from, to, format, lang })}`
}

export async function plans(): Promise<Plan[]> {
  return (await body(client.GET('/api/v1/patrol-plans'))).plans as Plan[]
}

/** How often each plan's route was walked in a month (`2026-09`); plans without a route are not in it. */
export async function routesWalked(month: string): Promise<RouteWalked[]> {
  return (await body(client.GET('/api/v1/patrol-plans/routes', { params: { query: { month } } }))).routes
}

export async function walkers(): Promise<Walker[]> {
  return (await body(client.GET('/api/v1/patrol-plans/walkers'))).people
}

export async function suggested(community_id: string, grid_id: string): Promise<Checkpoint[]> {
  const query = { community_id, grid_id }
  return (await body(client.GET('/api/v1/patrol-plans/suggestion', { params: { query } }))).checkpoints
}

export async function keepPlan(plan_id: string, wish: PlanWish): Promise<void> {
  await body(client.PUT('/api/v1/patrol-plans/{plan_id}', { params: { path: { plan_id } }, body: wish }))
}

export async function endPlan(plan_id: string): Promise<void> {
  await client.POST('/api/v1/patrol-plans/{plan_id}/end', { params: { path: { plan_id } } })
}

export async function sheets(plan_id: string): Promise<Sheets> {
  return body(client.GET('/api/v1/patrol-plans/{plan_id}/sheets', { params: { path: { plan_id } } }))
}

export async function policy(): Promise<Policy> {
  return body(client.GET('/api/v1/patrol-policy'))
}

export async function decide(audiences: Audience[], hours: boolean, reason: string): Promise<void> {
  await client.PUT('/api/v1/patrol-policy', { body: { audiences, hours, reason } })
}

/** How long each was on patrol in a month (`2026-09`); refused where that is not counted. */
export async function hoursOf(month: string): Promise<Hours> {
  return body(client.GET('/api/v1/patrol-hours', { params: { query: { month } } }))
}

export function hoursFile(month: string, format: 'xlsx' | 'csv', lang: 'zh' | 'en'): string {
  return `/api/v1/patrol-hours/file?${new URLSearchParams({ month, format, lang })}`
}

export async function turnsOf(plan_id: string, { from, to }: Asked): Promise<TurnsShown> {
  const params = { path: { plan_id }, query: { from, to } }
  return body(client.GET('/api/v1/patrol-plans/{plan_id}/turns', { params }))
}

/** Another code for a checkpoint: the sheet that hangs there counts for nothing from now on. */
export async function renewSheet(plan_id: string, checkpoint_id: string): Promise<void> {
  const params = { path: { plan_id, checkpoint_id } }
  await body(client.POST('/api/v1/patrol-plans/{plan_id}/checkpoints/{checkpoint_id}/renew', { params }))
}

export async function walkRules(): Promise<WalkRules> {
  return body(client.GET('/api/v1/patrol-rules'))
}

export async function setWalkRules(swath_m: number, reach_m: number): Promise<void> {
  await client.PUT('/api/v1/patrol-rules', { body: { swath_m, reach_m } })
}
