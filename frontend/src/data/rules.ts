/** Routing rules: versions, files, a new version, and what any rules would mean. Nothing but `publish` changes anything. */
import type { Routing, RoutingRule, RuleFault } from '../core/desk'
import type { Coverage, Draft, Duty, Edition, Moved, Names, RuleChange } from '../core/rules'
import type { Position } from '../core/shapes'
import { body, client, withFile } from './api'

export interface RuleSet {
  version: number
  rules: RoutingRule[]
  duties: Duty[]
  units: { unit_id: string; name: string; kind: string }[]
}

/** One version, or the rules in force. */
export async function rules(version?: number): Promise<RuleSet> {
  const query = version === undefined ? {} : { version }
  return (await body(client.GET('/api/v1/routing/rules', { params: { query } }))) as unknown as RuleSet
}

/** The names of one version's rules by their ids, as tickets keep them. */
export async function ruleNames(version: number): Promise<Record<string, string>> {
  return Object.fromEntries((await rules(version)).rules.map((rule) => [rule.rule_id, rule.name]))
}

/** Where a report of this kind would go from here by the rules in force, and why; nothing is filed. */
export async function explainPoint({ lon, lat }: Position, category: string): Promise<Routing> {
  const query = { lon, lat, category }
  return (await body(client.GET('/api/v1/explain', { params: { query } }))) as unknown as Routing
}

/** What everything is called that rules may name. */
export async function names(): Promise<Names> {
  return (await body(client.GET('/api/v1/routing/names'))) as unknown as Names
}

/** Every version, newest first, with what it changed. */
export async function versions(): Promise<Edition[]> {
  return (await body(client.GET('/api/v1/routing/versions'))).versions as unknown as Edition[]
}

export async function compared(before: number, after: number): Promise<RuleChange[]> {
  const answer = await body(client.GET('/api/v1/routing/compare', { params: { query: { before, after } } }))
  return answer.changes as unknown as RuleChange[]
}

/** Publishes rules and duty list as one; refused when somebody else has published since `based_on`. */
export async function publish(based_on: number, draft: Draft): Promise<number> {
  const sent = { based_on, rules: draft.rules as never[], duties: draft.duties as never[] }
  return (await body(client.PUT('/api/v1/routing/rules', { body: sent }))).version
}

/** What `draft` says about a place, and what would stop it from being published; nothing is stored. */
export async function tryPoint(
  place: Position,
  accuracy_m: number,
  category: string,
  draft: Draft,
): Promise<{ choice: Routing; faults: RuleFault[] }> {
  return (await body(
    client.POST('/api/v1/routing/try', {
      body: {
        lon: place.lon,
        lat: place.lat,
        accuracy_m,
        category,
        rules: draft.rules as never[],
        duties: draft.duties as never[],
      },
    }),
  )) as unknown as { choice: Routing; faults: RuleFault[] }
}

/** Where the browser gets a version as a workbook. */
export function workbookOf(version: number): string {
  return `/api/v1/routing/rules/file?version=${version}`
}

export interface FileRead extends Draft {
  based_on: number
  changes: RuleChange[]
  refused: { place: string; field: string; text: string; why: string; code: string }[]
}

/** Reads a workbook into a draft. */
export async function readWorkbook(file: File): Promise<FileRead> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000)
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return (await body(
    client.POST('/api/v1/routing/rules/file', { body: { content: btoa(text) }, fetch: withFile }),
  )) as unknown as FileRead
}

export async function coverage(draft: Draft): Promise<Coverage> {
  return (await body(
    client.POST('/api/v1/routing/coverage', {
      body: { rules: draft.rules as never[], duties: draft.duties as never[] },
    }),
  )) as unknown as Coverage
}

export interface DryRunPage {
  total: number
  read: number
  moved: Moved[]
  until: string
  next: { received_at: string; ticket_id: string } | null
}

/** The pages of a dry run, oldest reports first; whoever stops asking stops it. */
export async function* dryRun(draft: Draft, days: number): AsyncGenerator<DryRunPage> {
  let until: string | null = null
  let after: DryRunPage['next'] = null
  do {
    const page: DryRunPage = (await body(
      client.POST('/api/v1/routing/dry-run', {
        body: {
          rules: draft.rules as never[],
          duties: draft.duties as never[],
          days,
          until,
          after,
        },
      }),
    )) as unknown as DryRunPage
    yield page
    until = page.until
    after = page.next
  } while (after !== null)
}

/** The faults in a refusal to publish; empty when it was refused for something else. */
export function faultsIn(error: unknown): RuleFault[] {
  const refused = (error as { refused?: { code: string; facts?: Record<string, unknown> } } | null)?.refused
  const faults = refused?.code === 'rules_refused' ? refused.facts?.['faults'] : null
  return Array.isArray(faults) ? (faults as RuleFault[]) : []
}
