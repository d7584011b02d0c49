import { expect, test } from 'vitest'
import { sharesOf, tonesOf, type House } from '../../src/core/ties'

const house = (n: number, ...whose: (string | null)[]): House => ({
  building_id: `b${n}`,
  building: `${n}号楼`,
  lon: 113 + (n % 6) * 0.001,
  lat: 23 + Math.floor(n / 6) * 0.001,
  behind: whose.map((person_id, at) => ({ entrance: String(at + 1), person_id, households: 10 - at })),
})

test('a house is shared as its households are, the most first, and nobody counts as well', () => {
  expect(sharesOf(house(1, 'li', null, 'li'))).toEqual([
    { person_id: 'li', households: 18 },
    { person_id: null, households: 9 },
  ])
})

test('of two who share a house or live wall to wall none has the other’s tone', () => {
  const houses = Array.from({ length: 36 }, (_, n) => house(n, `p${Math.floor(n / 3)}`))
  houses.push(house(40, 'p0', 'p11'))
  const tones = tonesOf(houses)
  expect(tones.size).toBe(12)
  expect(tones.get('p0')).not.toBe(tones.get('p11'))
  for (let n = 0; n < 35; n++)
    if (n % 6 !== 5 && Math.floor(n / 3) !== Math.floor((n + 1) / 3))
      expect(tones.get(`p${Math.floor(n / 3)}`)).not.toBe(tones.get(`p${Math.floor((n + 1) / 3)}`))
})
