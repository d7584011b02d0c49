import { expect, test } from 'vitest'
import { makeFact, address, envelope, type Item } from '../../src/core/operations'
import {
  holdsIdNumber,
  layOver,
  mayReopen,
  toldOf,
  VISIT,
  type DueList,
  type Household,
} from '../../src/core/visits'

const household = (household_id: string, reached = false): Household => ({
  household_id,
  version: 1,
  building_id: 'b',
  building: '集市一号楼',
  label: '101',
  lon: 113.1,
  lat: 23,
  cares: false,
  due_on: '2026-09-30',
  reached,
  overdue: false,
  last_outcome: null,
  last_on: null,
  follow_ups: [],
})
const list: DueList = {
  households: [household('one'), household('two'), household('three', true)],
  visited: 4,
  a_month: 12,
  month_ends_on: '2026-09-30',
}

async function visit(household_id: string, outcome: string, more: Partial<Item> = {}): Promise<Item> {
  const clock = {
    captured_at: '2026-09-01T04:00:00Z',
    tz: 'Asia/Shanghai',
    offset_ms: 0,
    offset_at: null,
    boot_id: 'b',
    mono_ms: 1,
  }
  const maker = { item_id: `v-${household_id}`, person_id: 'me', jurisdiction_id: 'j', clock, created_at: 1 }
  const fact = {
    ticket_id: household_id,
    type: VISIT,
    path: `/api/v1/visits/v-${household_id}`,
    after: null,
    says: {},
    body: { household_id, outcome },
    photos: [],
    label: { kind: '', place: '', picture: null },
  }
  return { ...(await makeFact(maker, fact, async () => 'digest')), ...more } as Item
}

test('an unsent visit stands on the list at once, and a card at the door leaves the household due', async () => {
  const items = [await visit('one', 'met'), await visit('two', 'card_left')]
  const { todo, done, visited } = layOver(list, items, 'me', 1000)
  expect(done.map((one) => one.household_id)).toEqual(['one', 'three'])
  expect(todo.map((one) => [one.household_id, one.mine?.outcome])).toEqual([['two', 'card_left']])
  expect(visited).toBe(6)
})

test('what the list knows already is not counted twice, and another person’s visit not at all', async () => {
  const items = [
    await visit('one', 'met', { state: 'delivered', delivered_at: 500 }),
    await visit('two', 'met', { person_id: 'another' }),
  ]
  const { todo, visited } = layOver(list, items, 'me', 1000)
  expect(todo).toHaveLength(2)
  expect(visited).toBe(4)
})

test('a visit goes to its own address without any place', async () => {
  const item = await visit('one', 'met')
  expect(address(item)).toBe('/api/v1/visits/v-one')
  expect(JSON.parse(envelope(item)).body).toEqual({ household_id: 'one', outcome: 'met' })
})

test('an identity number is seen, also with blanks; a telephone number is not one', () => {
  expect(holdsIdNumber('证 440605 19900101 1234')).toBe(true)
  expect(holdsIdNumber('证440605-1990-0101-123X')).toBe(true)
  expect(holdsIdNumber('电话 138 0013 8000，证 440605 900101 123')).toBe(true)
  for (const words of [
    '电话 13800138000',
    '13800138000 1201',
    '138 0013 8000 139 0013 9000',
    '1512 139 1103 1203',
  ])
    expect(holdsIdNumber(words), words).toBe(false)
})

test('what was done long ago is asked about, but cannot be reopened', () => {
  const follow = { ticket_id: 't', category_code: 'lamp', ended_at: '2026-06-01T00:00:00Z' }
  const until = { ...follow, reopen_until: '2026-07-16T00:00:00Z' }
  expect(mayReopen(until, Date.parse('2026-07-15T23:00:00Z'))).toBe(true)
  expect(mayReopen(until, Date.parse('2026-07-16T01:00:00Z'))).toBe(false)
})

test('what became of a household meanwhile is told for a week, to whoever went there', async () => {
  const receipt = { ticket_no: '', short_no: '', ticket_id: 'one', at: '', marks: ['household_merged'] }
  const mine = await visit('one', 'met', { state: 'delivered', delivered_at: 10_000, receipt })
  const plain = await visit('two', 'met', { state: 'delivered', delivered_at: 10_000 })
  const told = [{ item_id: mine.item_id, place: mine.label.place, mark: 'household_merged' }]
  expect(toldOf([mine, plain], mine.person_id, 20_000)).toEqual(told)
  expect(toldOf([mine], 'somebody else', 20_000)).toEqual([])
  expect(toldOf([mine], mine.person_id, 10_000 + 8 * 86_400_000)).toEqual([])
})
