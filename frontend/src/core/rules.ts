/** Routing rules as they are edited and judged: lists stay as they were, a change gives a new one. */
import type { RoutingRule } from './desk'

export interface Duty {
  category: string
  unit_kind: string
  part?: string
  unit_id?: string
  area_id?: string
}

/** Rules with their duty list: what is published as one. */
export interface Draft {
  rules: RoutingRule[]
  duties: Duty[]
}

/** Code and name by id or code. */
export type Named = Record<string, [string, string]>

export interface Names {
  categories: Named
  conditions: Named
  units: Named
  areas: Named
  grids: Named
}

export interface RuleChange {
  what: string
  place: number
  rule_id: string | null
  name: string | null
  fields: string[]
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
}

export interface Edition {
  version: number
  published_at: string
  publisher: string | null
  rules: number
  duties: number
  changes: RuleChange[]
}

/** A way of a report: to a unit, or (null) to the dispatcher. */
export interface Way {
  unit_id: string | null
  rule_id: string | null
  rule_name: string | null
  doubts: string[]
}

export interface Moved {
  ticket_id: string
  ticket_no: string
  received_at: string
  category: string
  grid_id: string | null
  lon: number | null
  lat: number | null
  before: Way
  after: Way
}

export interface Gap {
  grid_id: string
  doubt: string
  share: number
  categories: string[]
  conditions: string[]
  rule_id: string | null
  unit_ids: string[]
}

export interface Coverage {
  version: number
  pairs: number
  by_doubt: Record<string, number>
  gaps: Gap[]
}

/** A rule that holds for everything and leaves it to the dispatcher, under an id that no other rule has. */
export function newRule(list: readonly RoutingRule[], name: string): RoutingRule {
  const taken = new Set(list.map((rule) => rule.rule_id))
  let number = list.length + 1
  while (taken.has(`rule-${number}`)) number += 1
  return { rule_id: `rule-${number}`, name, when: {}, choose: { by: 'tray' } }
}

/** With `rule` in place of the one of its id, or, new, before a last rule that catches all. */
export function withRule(list: readonly RoutingRule[], rule: RoutingRule): RoutingRule[] {
  if (list.some((one) => one.rule_id === rule.rule_id))
    return list.map((one) => (one.rule_id === rule.rule_id ? rule : one))
  const last = list.at(-1)
  const caught = last !== undefined && Object.keys(last.when).length === 0
  return caught ? [...list.slice(0, -1), rule, last] : [...list, rule]
}

/** Without a rule; who went before it on purpose does no more. */
export function withoutRule(list: readonly RoutingRule[], rule_id: string): RoutingRule[] {
  return list
    .filter((rule) => rule.rule_id !== rule_id)
    .map((rule) => (rule.before ? { ...rule, before: rule.before.filter((one) => one !== rule_id) } : rule))
}

/** How many reports went which way; the most first. */
export function ways(moved: readonly Moved[]): { from: string | null; to: string | null; n: number }[] {
  const counted = new Map<string, { from: string | null; to: string | null; n: number }>()
  for (const { before, after } of moved) {
    const key = `${before.unit_id} ${after.unit_id}`
    const way = counted.get(key) ?? { from: before.unit_id, to: after.unit_id, n: 0 }
    counted.set(key, { ...way, n: way.n + 1 })
  }
  return [...counted.values()].sort((one, other) => other.n - one.n)
}

/** Worst first; a screen colours a grid by the worst that is said of it. */
export const WORST = ['no_rule', 'no_unit', 'unit_gone', 'several_units', 'left_to_desk'] as const

const rank = (doubt: string) => WORST.indexOf(doubt as (typeof WORST)[number])

export interface GridGaps {
  grid_id: string
  worst: string
  gaps: Gap[]
}

/** The gaps of each grid, worst grid first: by what is wrong, then by how much of the grid. */
export function byGrid(gaps: readonly Gap[]): GridGaps[] {
  const found = new Map<string, Gap[]>()
  for (const gap of gaps) found.set(gap.grid_id, [...(found.get(gap.grid_id) ?? []), gap])
  return [...found]
    .map(([grid_id, own]) => {
      const sorted = [...own].sort(
        (one, other) => rank(one.doubt) - rank(other.doubt) || other.share - one.share,
      )
      return { grid_id, worst: sorted[0]!.doubt, gaps: sorted }
    })
    .sort((one, other) => rank(one.worst) - rank(other.worst) || other.gaps[0]!.share - one.gaps[0]!.share)
}

/** A share of the ground in percent: never 0 for something, never 100 for less than all. */
export function percent(share: number): number {
  return share >= 1 ? 100 : Math.min(99, Math.max(1, Math.round(share * 100)))
}
