import { describe, expect, it } from 'vitest'
import { begunIn } from '../../src/core/begun'

const [one, other] = ['a'.repeat(64), 'b'.repeat(64)]

describe('what was begun and not sent', () => {
  it('of a report is its kind, its words and its photos, not what the standard asks', () => {
    const category = { code: 'manhole', name: '井盖', question: { text: '井盖怎么了？', answers: [] } }
    const photos = [
      { sha256: one, exif: null },
      { sha256: other, exif: null },
    ]
    const draft = {
      step: 'confirm',
      photos,
      after: { sha256: one },
      category,
      placeNote: '',
      note: ' 响了一夜 ',
    }
    expect(begunIn(draft)).toEqual({ words: ['井盖', '响了一夜'], photos: [one, other] })
  })

  it('of a step, a visit and a pasted message is found where these have it', () => {
    expect(begunIn({ words: '已清运', photos: [one], choice: 'rain' })).toEqual({
      words: ['已清运'],
      photos: [one],
    })
    const visit = {
      outcome: 'met',
      note: '说起电梯',
      demand: { open: true, category: 'lamp', words: '灯不亮' },
    }
    expect(begunIn(visit).words).toEqual(['说起电梯', '灯不亮'])
    expect(begunIn({ text: '桶满了', speaker: '梁阿姨', source: 'wechat' }).words).toEqual([
      '桶满了',
      '梁阿姨',
    ])
  })

  it('is nothing where nothing was written', () => {
    expect(begunIn(null)).toEqual({ words: [], photos: [] })
    expect(begunIn({ note: ' ', photos: [] })).toEqual({ words: [], photos: [] })
  })
})
