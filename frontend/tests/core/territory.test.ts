import { describe, expect, it } from 'vitest'
import {
  freeCode,
  gridAt,
  outlines,
  proposalOf,
  readDrawn,
  toggled,
  type Draft,
  type Grid,
} from '../../src/core/territory'
import type { Geometry } from '../../src/core/shapes'

const square = (west: number): Geometry => ({
  type: 'Polygon',
  coordinates: [
    [
      [west, 0],
      [west + 1, 0],
      [west + 1, 1],
      [west, 1],
      [west, 0],
    ],
  ],
})
const market: Grid = { grid_id: 'm', code: '440605001001001', name: '集市', geometry: square(0) }
const estate: Grid = { grid_id: 'e', code: '440605001001002', name: '花园', geometry: square(1) }
const river: Grid = { grid_id: 'r', code: '440605001002007', name: '河边', geometry: square(2) }
const all = [estate, market, river]

const empty: Draft = {
  kind: 'merge',
  from: '2026-12-01',
  grids: [],
  into: '',
  name: '',
  lead_of: '',
  line: [],
  parts: [],
  file: [],
}

describe('choosing grids on the map', () => {
  it('finds the grid at a place, and none outside', () => {
    expect(gridAt(all, { lon: 1.5, lat: 0.5 })?.name).toBe('花园')
    expect(gridAt(all, { lon: 9, lat: 0.5 })).toBeNull()
  })

  it('takes a grid in and out again', () => {
    expect(toggled(toggled([], 'a'), 'b')).toEqual(['a', 'b'])
    expect(toggled(['a', 'b'], 'a')).toEqual(['b'])
  })

  it('offers a code that nobody bears, of the same community', () => {
    expect(freeCode(all, market.code)).toBe('440605001001003')
    expect(freeCode(all, river.code)).toBe('440605001002008')
    expect(freeCode(all, market.code, ['440605001001003'])).toBe('440605001001004')
  })
})

describe('what the server is asked for', () => {
  it('nothing while something is missing', () => {
    expect(proposalOf(empty)).toBeNull()
    const one = { ...empty, grids: [market.code], into: 'x', name: 'x' }
    expect(proposalOf(one)).toBeNull()
    const nameless = { ...one, grids: [market.code, estate.code], name: ' ' }
    expect(proposalOf(nameless)).toBeNull()
    expect(proposalOf({ ...nameless, name: '新网格', from: '' })).toBeNull()
  })

  it('a merge into one of them needs no name', () => {
    const draft = { ...empty, grids: [market.code, estate.code], into: market.code }
    expect(proposalOf(draft)?.wanted).toEqual([{ code: market.code, name: null, geometry: null }])
  })

  it('a split has two named parts and a line, longitude first', () => {
    const line = [
      { lon: 0.5, lat: -1 },
      { lon: 0.5, lat: 2 },
    ]
    const parts = [
      { code: market.code, name: '集市' },
      { code: 'new', name: '东块' },
    ]
    const draft: Draft = { ...empty, kind: 'split', grids: [market.code], line, parts }
    expect(proposalOf(draft)?.line).toEqual([
      [0.5, -1],
      [0.5, 2],
    ])
    expect(proposalOf({ ...draft, line: line.slice(1) })).toBeNull()
    expect(proposalOf({ ...draft, parts: [parts[0]!, { code: 'new', name: '' }] })).toBeNull()
  })

  it('a file that was drawn elsewhere, with a code on each polygon', () => {
    const file = { type: 'FeatureCollection', features: [{ properties: { code: 'a' }, geometry: square(0) }] }
    const drawn = readDrawn(JSON.stringify(file))
    expect(drawn).toEqual([{ code: 'a', name: null, geometry: square(0) }])
    expect(proposalOf({ ...empty, kind: 'redraw', file: drawn ?? [] })?.wanted).toHaveLength(1)
    expect(readDrawn('{')).toBeNull()
    expect(readDrawn('{"features":[{"properties":{},"geometry":null}]}')).toBeNull()
    expect(readDrawn('null')).toBeNull()
  })
})

describe('what the map draws', () => {
  it('the chosen grids first, then old and new outlines', () => {
    const roles = (drawn: ReturnType<typeof outlines>) => drawn.features.map((one) => one.properties['role'])
    expect(roles(outlines(all, [market.code], [{ lon: 0, lat: 0 }], null))).toEqual(['chosen', 'line'])
    const shown = {
      lines: [
        { code: 'a', before: JSON.stringify(square(0)), after: null },
        { code: 'b', before: null, after: JSON.stringify(square(1)) },
      ],
      gaps: [{ ground: JSON.stringify(square(2)) }],
      overlaps: [],
      outside: [{ name: '一座', lon: 0, lat: 0 }],
    }
    expect(roles(outlines(all, [market.code], [], shown))).toEqual(['before', 'after', 'wrong', 'outside'])
  })
})
