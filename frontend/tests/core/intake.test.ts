import { describe, expect, it } from 'vitest'
import { forForm, holds, lacks, nothing, outerTone, reportOf } from '../../src/core/intake'

const NOW = Date.parse('2026-09-01T04:00:00Z')

describe('a report that the desk files for somebody', () => {
  it('takes place, unit and speaker along, and no telephone number in what units read', () => {
    const pasted = {
      ...nothing(),
      text: '桶满了，打 138-0013-8000',
      category: 'litter_full',
      condition_id: 'litter_full-full',
      place: { lon: 113.1, lat: 23, accuracy_m: 40, at: NOW - 5_000, source: 'named' as const },
      place_note: ' 学校东门旁 ',
      speaker: '黄女士 138-0013-8000',
      unit_id: 'sanitation',
      reason: '按责任范围',
    }
    const body = reportOf(pasted, NOW)
    expect(body.note).toBe('桶满了，打 （电话略）')
    expect(body.location).toMatchObject({ lon: 113.1, accuracy_m: 40, age_s: 5, source: 'named' })
    expect(body).toMatchObject({ place_note: '学校东门旁', unit_id: 'sanitation', unit_reason: '按责任范围' })
    expect(body.outer_due_at).toBeUndefined()
  })

  it('sends what units will read as it stood on screen, and nothing where somebody has emptied it', () => {
    const pasted = { ...nothing(), text: '来电人：王秀英，桶满了', note: '桶满了' }
    expect(reportOf(pasted, NOW).note).toBe('桶满了')
    expect(reportOf({ ...pasted, note: '', settled: ['note'] }, NOW).note).toBeNull()
    expect(reportOf({ ...pasted, note: '' }, NOW).note).toBe('来电人：王秀英，桶满了')
  })

  it('sends nobody out when it joins a ticket that is open', () => {
    const body = reportOf({ ...nothing(), unit_id: 'sanitation', join_ticket_id: 'twin' }, NOW)
    expect(body.join_ticket_id).toBe('twin')
    expect(body.unit_id).toBeUndefined()
  })

  it('says what is lacking, one thing after another', () => {
    const pasted = nothing()
    expect(lacks(pasted)).toBe('words')
    expect(lacks({ ...pasted, text: '满了' })).toBe('kind')
    expect(lacks({ ...pasted, text: '满了', category: 'litter_full', unit_id: 'x' })).toBe('reason')
    expect(lacks({ ...pasted, text: '满了', category: 'litter_full' })).toBeNull()
    expect([holds(pasted), holds({ ...pasted, text: 'x' })]).toEqual([false, true])
  })

  it('writes times as a form does and tells how near another limit is', () => {
    const form = forForm('2026-09-01T04:05:00Z')
    expect(new Date(form).toISOString()).toBe('2026-09-01T04:05:00.000Z')
    expect(forForm(null)).toBe('')
    const tones = ['2026-09-01T03:00:00Z', '2026-09-02T03:00:00Z', '2026-09-03T03:00:00Z']
    expect(tones.map((at) => outerTone(at, NOW))).toEqual(['late', 'near', 'far'])
  })
})
