import { describe, expect, it } from 'vitest'
import { pickedFirst, readings, saidOtherwise } from '../../src/core/past'

describe('the columns of another system', () => {
  const known = { id: '工单编号', opened: '上报时间', lon: '经度', lat: '纬度' }

  it('only what was chosen otherwise is declared, so that the command goes on with the same batch', () => {
    expect(saidOtherwise({ ...known }, known)).toEqual({})
    expect(saidOtherwise({ ...known, id: '旧号', category: '事项' }, known)).toEqual({
      id: '旧号',
      category: '事项',
    })
    expect(saidOtherwise({ ...known, category: '' }, known)).toEqual({})
  })

  it('what was said before the page was loaded anew is chosen again, if the file has such a column', () => {
    expect(pickedFirst(known, { id: '旧号', category: '事项' }, ['工单编号', '上报时间', '旧号'])).toEqual({
      ...known,
      id: '旧号',
    })
  })

  it('what the times say stands against what the file says, also where there is nothing', () => {
    const cells = [
      { counted: 'no_due', flag: 'none', rows: 4 },
      { counted: 'on_time', flag: 'on_time', rows: 30 },
      { counted: 'on_time', flag: 'overdue', rows: 2 },
    ]
    expect(readings(cells)).toEqual([
      { counted: 'no_due', rows: [0, 0, 4] },
      { counted: 'on_time', rows: [30, 2, 0] },
    ])
  })
})
