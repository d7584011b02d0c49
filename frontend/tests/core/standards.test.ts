import { describe, expect, it } from 'vitest'
import {
  changesOf,
  faultIn,
  fieldsOf,
  limitFrom,
  nameless,
  withBasis,
  withLimit,
  withStage,
  type BasisSaid,
  type StandardFile,
} from '../../src/core/standards'

describe('a limit in two fields', () => {
  it('says what the file says, and back', () => {
    expect(fieldsOf({ kind: 'work_hour', amount: '1/4' })).toEqual({ amount: '15', unit: 'work_minute' })
    expect(limitFrom('15', 'work_minute')).toEqual({
      kind: 'work_hour',
      amount: '1/4',
      text: '',
      remark: null,
      minute_of_day: null,
    })
    expect(fieldsOf({ kind: 'work_day', amount: 5 })).toEqual({ amount: '5', unit: 'work_day' })
    expect(fieldsOf({ kind: 'urgent_hour', amount: '3/2' })).toEqual({ amount: '1.5', unit: 'urgent_hour' })
    expect(limitFrom('1.5', 'urgent_hour', '种植季节')).toEqual({
      kind: 'urgent_hour',
      amount: '3/2',
      text: '',
      remark: '种植季节',
      minute_of_day: null,
    })
    expect(limitFrom('60', 'urgent_minute')?.amount).toBe(1)
    expect(limitFrom('2', 'work_day')?.amount).toBe(2)
  })
  it('leaves to the file what two fields cannot say', () => {
    expect(fieldsOf({ kind: 'by_time', amount: 0, minute_of_day: 1080 })).toBeNull()
    expect(fieldsOf({ kind: 'work_hour', amount: '1/7' })).toBeNull()
  })
  it('is none where nothing is written, and nothing where it makes no sense', () => {
    expect(limitFrom(' ', 'work_hour')).toBeNull()
    for (const [amount, unit] of [
      ['0', 'work_hour'],
      ['-2', 'work_hour'],
      ['1.5', 'work_day'],
      ['7.5', 'work_minute'],
      ['1.3', 'work_hour'],
      ['vier', 'work_hour'],
    ] as const)
      expect(limitFrom(amount, unit)).toBeUndefined()
  })
})

describe('stages', () => {
  const two = {
    limit: { kind: 'natural_day', amount: 15 },
    milestones: [
      { number: 1, name: '制止', limit: { kind: 'urgent_hour', amount: 1 } },
      { number: 2, name: '拆除', limit: { kind: 'natural_day', amount: 15 } },
    ],
  }
  it('end with the limit of the whole', () => {
    expect(withStage(two, 2, { kind: 'natural_day', amount: 10 }).limit).toEqual({
      kind: 'natural_day',
      amount: 10,
    })
    expect(withStage(two, 1, { kind: 'urgent_hour', amount: 2 }).limit).toEqual(two.limit)
    expect(withLimit(two, { kind: 'natural_day', amount: 20 }).milestones[1]!.limit.amount).toBe(20)
  })
})

describe('what was changed', () => {
  const file = {
    scheme: 'local',
    categories: { a: { code: 'a', offered: true }, b: { code: 'b', offered: true } },
    conditions: {},
    terms: { verify_limits: {}, max_extensions: 2 },
    reasons: { reject: [{ code: 'x', text: { zh: '不归这里管', en: '' } }] },
  } as unknown as StandardFile
  it('is all that the file says', () => {
    expect(changesOf(file, file)).toEqual({ document: { scheme: 'local' }, count: 0 })
    const off = {
      ...file,
      categories: { ...file.categories, b: { ...file.categories['b']!, offered: false } },
    }
    expect(changesOf(file, off)).toEqual({
      document: { scheme: 'local', categories_changed: { b: { code: 'b', offered: false } } },
      count: 1,
    })
    const more = {
      ...file,
      reasons: { ...file.reasons, rework: [{ code: 'y', text: { zh: '没清完', en: '' } }] },
    }
    expect(changesOf(file, more).document['reasons']).toEqual(more.reasons)
  })
  it('is which kinds of unit are bound by what, and which are bound no more', () => {
    const contract: BasisSaid = { unit_kind: 'work', document: '作业合同', clause: '', binding: 'contract' }
    const owner: BasisSaid = { unit_kind: 'owner', document: '协议', clause: '一', binding: 'coordination' }
    const bound = { ...file, bases: [contract] }
    const more = withBasis(bound, 'owner', owner)
    expect(changesOf(bound, more)).toEqual({
      document: { scheme: 'local', bases: [contract, owner] },
      count: 1,
    })
    expect(changesOf(more, withBasis(more, 'work', null)).document['bases']).toEqual([owner])
    expect(withBasis(more, 'work', { ...contract, clause: '五' }).bases[0]!.clause).toBe('五')
    const again = withBasis(withBasis(more, 'work', null), 'work', contract)
    expect(changesOf(more, again).count).toBe(0)
    expect(nameless(withBasis(more, 'work', { ...contract, document: ' ' }).bases)).toBe(true)
  })
  it('is not published with an empty line or with one twice', () => {
    const line = (zh: string) => ({ code: zh, text: { zh, en: '' } })
    expect([
      faultIn([line('甲'), line(' ')]),
      faultIn([line('甲'), line('甲 ')]),
      faultIn([line('甲')]),
    ]).toEqual(['empty', 'twice', null])
  })
})
