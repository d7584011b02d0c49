import { describe, expect, it } from 'vitest'
import {
  byGrid,
  newRule,
  percent,
  ways,
  withoutRule,
  withRule,
  type Gap,
  type Moved,
} from '../../src/core/rules'
import type { RoutingRule } from '../../src/core/desk'

const rule = (rule_id: string, more: Partial<RoutingRule> = {}): RoutingRule => ({
  rule_id,
  name: rule_id,
  when: { grounds: ['lane'] },
  choose: { by: 'tray' },
  ...more,
})
const rest = rule('rest', { when: {} })

describe('a list of rules as it is edited', () => {
  it('gives a new rule an id that no other has', () => {
    const list = [rule('a'), rule('rule-3')]
    expect(newRule(list, '新').rule_id).toBe('rule-4')
  })

  it('puts a new rule before the one that catches all, and a changed one where it stood', () => {
    const list = [rule('a'), rest]
    expect(withRule(list, rule('b')).map((one) => one.rule_id)).toEqual(['a', 'b', 'rest'])
    expect(withRule([rule('a')], rule('b')).map((one) => one.rule_id)).toEqual(['a', 'b'])
    const renamed = withRule(list, rule('a', { name: '甲' }))
    expect(renamed.map((one) => one.name)).toEqual(['甲', 'rest'])
    expect(list[0]!.name).toBe('a')
  })

  it('forgets who went before a rule that is gone', () => {
    const list = [rule('a', { before: ['b', 'c'] }), rule('b'), rule('c')]
    expect(withoutRule(list, 'b')).toEqual([rule('a', { before: ['c'] }), rule('c')])
  })
})

describe('what rules would mean', () => {
  const way = (unit_id: string | null) => ({ unit_id, rule_id: null, rule_name: null, doubts: [] })
  const moved = (from: string | null, to: string | null) =>
    ({ before: way(from), after: way(to) }) as unknown as Moved

  it('counts the ways, the most first, the tray apart from any unit', () => {
    expect(ways([moved('a', null), moved('b', 'c'), moved('a', null)])).toEqual([
      { from: 'a', to: null, n: 2 },
      { from: 'b', to: 'c', n: 1 },
    ])
  })

  it('lists grids worst first', () => {
    const gap = (grid_id: string, doubt: string, share: number) => ({ grid_id, doubt, share }) as Gap
    const found = byGrid([
      gap('1', 'several_units', 1),
      gap('2', 'left_to_desk', 1),
      gap('3', 'no_unit', 0.2),
      gap('1', 'no_unit', 0.1),
    ])
    expect(found.map((one) => [one.grid_id, one.worst])).toEqual([
      ['3', 'no_unit'],
      ['1', 'no_unit'],
      ['2', 'left_to_desk'],
    ])
  })

  it('never says 0 % of something or 100 % of less than all', () => {
    expect([0.0001, 0.5, 0.9999, 1].map(percent)).toEqual([1, 50, 99, 100])
  })
})
