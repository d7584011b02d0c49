/** Routing rules: the published list, a new version, and what any list says about a point. */
import type { Routing, RoutingRule, RuleFault } from '../core/desk'
import type { Position } from '../core/shapes'
import { body, client } from './api'

export interface RuleSet {
  version: number
  rules: RoutingRule[]
  units: { unit_id: string; name: string }[]
}

export async function rules(): Promise<RuleSet> {
  return (await body(client.GET('/api/v1/routing/rules'))) as unknown as RuleSet
}

/** The names of the rules in force by their ids, as tickets keep them. */
export async function ruleNames(): Promise<Record<string, string>> {
  return Object.fromEntries((await rules()).rules.map((rule) => [rule.rule_id, rule.name]))
}

/** Publishes a whole list; refused when somebody else has published since `based_on`. */
export async function publish(based_on: number, list: readonly RoutingRule[]): Promise<RuleSet> {
  return (await body(
    client.PUT('/api/v1/routing/rules', { body: { based_on, rules: list as never[] } }),
  )) as unknown as RuleSet
}

/** What `list` says about a place, and what would stop it from being published; nothing is stored. */
export async function tryPoint(
  place: Position,
  accuracy_m: number,
  category: string,
  list: readonly RoutingRule[],
): Promise<{ choice: Routing; faults: RuleFault[] }> {
  return (await body(
    client.POST('/api/v1/routing/try', {
      body: { lon: place.lon, lat: place.lat, accuracy_m, category, rules: list as never[] },
    }),
  )) as unknown as { choice: Routing; faults: RuleFault[] }
}

/** The faults in a refusal to publish; empty when it was refused for something else. */
export function faultsIn(error: unknown): RuleFault[] {
  const refused = (error as { refused?: { code: string; facts?: Record<string, unknown> } } | null)?.refused
  const faults = refused?.code === 'rules_refused' ? refused.facts?.['faults'] : null
  return Array.isArray(faults) ? (faults as RuleFault[]) : []
}
