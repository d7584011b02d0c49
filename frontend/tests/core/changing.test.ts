import { describe, expect, it } from 'vitest'
import { apply, chosenBy, layOver, unsentAbout } from '../../src/core/apply'
import { asNote, changed, currentOf, photosOf, stillPossible, wordsOf } from '../../src/core/changing'
import {
  dependents,
  inOrder,
  restsUntil,
  waitsFor,
  type Item,
  type OperationItem,
} from '../../src/core/operations'
import { outlineOf, outlineOfReport, withMyPhotos, withRow } from '../../src/core/outline'
import type { ReportBody, TicketBrief } from '../../src/core/shapes'
import { BODY, report, step, ticket } from '../build'

const bare = (sha256: string) => ({ sha256, exif: null })
const cc = { sha256: 'cc', exif: { taken_at: '2026-11-29T09:00:00+08:00', lon: 113.29, lat: 22.8 } }

async function said(
  type: string,
  body: Record<string, unknown>,
  photos: string[] = [],
): Promise<OperationItem> {
  const item = (await step('ticket-1', type)) as OperationItem
  return { ...item, body_text: JSON.stringify(body), photos }
}

describe('what a person wrote', () => {
  it('is found in whichever field the step keeps it, and a chosen code is not it', async () => {
    expect(wordsOf(await said('resolve', { note: '已清运' }))).toBe('已清运')
    expect(wordsOf(await said('rework', { reason: '桶边还有一袋' }))).toBe('桶边还有一袋')
    expect(wordsOf(await said('ask_send_back', { reason: 'outside_area', clause: '第 3 条' }))).toBe(
      '第 3 条',
    )
    expect(wordsOf(await said('ask_extend', { reason: 'weather' }))).toBe('')
    expect(wordsOf(await said('acknowledge', {}))).toBeNull()
  })

  it('is changed in its place, and everything else stays', async () => {
    const item = await said('resolve', { note: '已清运', photos: ['aa', 'bb'], lon: 113, lat: 22 }, [
      'aa',
      'bb',
    ])
    expect(changed(item, ' 又冲洗过 ', [bare('bb'), cc])).toEqual({
      body: { note: '又冲洗过', photos: [bare('bb'), cc], lon: 113, lat: 22 },
      photos: ['bb', 'cc'],
    })
    expect(changed(item, '', [])).toEqual({ body: { lon: 113, lat: 22 }, photos: [] })
  })

  it('keeps what each photo claims, and of those that an earlier build sent that nothing is known', async () => {
    const item = await said('resolve', { photos: ['aa', cc] }, ['aa', 'cc'])
    expect(photosOf(item)).toEqual([bare('aa'), cc])
    expect(changed(item, '', photosOf(item)).body['photos']).toEqual([bare('aa'), cc])
    const told = asNote('', photosOf(item), 'unit')
    expect(told).toEqual({ type: 'add_photo', body: { photos: [bare('aa'), cc] }, photos: ['aa', 'cc'] })
  })

  it('in a report leaves what is known of each photo, and nothing claims a photo that was taken out', async () => {
    const before = { sha256: 'aa', kind: 'before' as const, exif: null }
    const after = { sha256: 'bb', kind: 'after' as const, exif: null }
    const body: ReportBody = {
      ...BODY,
      photos: [before, after],
      self_resolved: { after_photo: 'bb', note: null },
    }
    const item: Item = { ...(await report({}, ['aa', 'bb'])), body_text: JSON.stringify(body) }
    const without = changed(item, '', [bare('aa'), cc]).body as unknown as ReportBody
    expect(without.photos).toEqual([before, { ...cc, kind: 'before' }])
    expect(without.self_resolved).toBeNull()
    expect(without.note).toBeNull()
    expect((changed(item, '', [bare('aa'), bare('bb')]).body as unknown as ReportBody).self_resolved).toEqual(
      body.self_resolved,
    )
  })

  it('can always be told as a note, unless there is nothing to tell', () => {
    expect(asNote(' 弄好了 ', [bare('aa')], 'unit')).toEqual({
      type: 'add_photo',
      body: { photos: [bare('aa')], note: '弄好了' },
      photos: ['aa'],
    })
    expect(asNote('弄好了', [], 'unit')?.body).toEqual({ text: '弄好了', audience: 'unit' })
    expect(asNote(' ', [], 'unit')).toBeNull()
  })
})

describe('how the ticket stands now', () => {
  it('is read from the refusal, as far as it may be known', async () => {
    const current = { status: 'in_progress', version: 9, assignment_id: 'x', resolution_id: null }
    const refused = (facts: Record<string, unknown>) => ({ status: 409, code: 'ticket.illegal', facts })
    const item = await said('acknowledge', {})
    expect(currentOf({ ...item, refused: refused({ current }) })).toEqual({
      status: 'in_progress',
      seen: { version: 9, assignment_id: 'x', resolution_id: null },
      merged_into_id: null,
    })
    expect(currentOf({ ...item, refused: refused({ current: { ticket_id: 't' } }) })).toBeNull()
    expect(stillPossible(item, 'in_progress')).toBe(false)
    expect(stillPossible(item, 'assigned')).toBe(true)
    expect(stillPossible(item, null)).toBe(true)
  })
})

describe('what waits for a refused item', () => {
  it('is all that builds on it, in its order, and nothing else', async () => {
    const refused: Item = { ...(await step('t', 'arrive')), state: 'attention' }
    const next = await step('t', 'resolve', { created_at: 9 }, refused.item_id)
    const last = await step('t', 'note', { created_at: 1 }, next.item_id)
    const beside = await step('t', 'note')
    const items = [last, beside, next, refused]
    expect(dependents(items, refused)).toEqual([next, last])
    expect(waitsFor(items, last)).toBe(refused)
    expect(waitsFor(items, beside)).toBeNull()
    expect(waitsFor(items, refused)).toBeNull()
    expect(inOrder([last, next])).toEqual([next, last])
  })

  it('is every step of a ticket whose report was refused', async () => {
    const filed: Item = { ...(await report()), state: 'attention' }
    const note = await step(filed.ticket_id, 'note')
    expect(dependents([note, filed], filed)).toEqual([note])
  })
})

describe('a server’s wish to be left alone', () => {
  it('holds until then, and not for ever when the clock is wrong', async () => {
    const item = await report()
    expect(restsUntil({ ...item, not_before: 5_000 }, 1_000)).toBe(5_000)
    expect(restsUntil({ ...item, not_before: 5_000 }, 6_000)).toBe(0)
    expect(restsUntil({ ...item, not_before: 10 * 365 * 86_400_000 }, 1_000)).toBe(0)
    expect(restsUntil(item, 1_000)).toBe(0)
  })
})

describe('a ticket that was never opened', () => {
  it('shows what its row holds, with my own steps laid over', async () => {
    const row = ticket({ status: 'assigned', version: 3 })
    const shown = apply(outlineOf(row), [await step('ticket-1', 'acknowledge')])
    expect(shown.ticket).toMatchObject({ status: 'in_progress', timeline: [], allowed: [] })
    expect(
      layOver([row, ticket({ ticket_id: 'other' })], [await step('ticket-1', 'acknowledge')]),
    ).toMatchObject([{ status: 'in_progress' }, { status: 'assigned' }])
  })

  it('stays in its list until what I did has reached the server, and leaves it then', async () => {
    const toDo = (tickets: readonly TicketBrief[]) => tickets.filter(({ status }) => status === 'in_progress')
    const rows = [ticket({ ticket_id: 'other', status: 'closed' }), ticket({ status: 'in_progress' })]
    const done = await step('ticket-1', 'resolve')
    for (const state of ['saved', 'sending', 'sign_in'] as const) {
      const outbox = [{ ...done, state }]
      expect(chosenBy(rows, outbox, toDo)).toMatchObject([{ ticket_id: 'ticket-1', status: 'resolved' }])
      expect([...unsentAbout(outbox)]).toEqual(['ticket-1'])
    }
    const receipt = { ticket_id: 'ticket-1', short_no: '037', version: 9 }
    const delivered = { ...done, state: 'delivered', receipt } as Item
    // The feed has not told of it yet.
    expect(chosenBy(rows, [delivered], toDo)).toEqual([])
    expect(unsentAbout([delivered]).size).toBe(0)
  })

  it('takes the newer of its details and its row', () => {
    const details = { ...outlineOf(ticket({ version: 5 })), source: 'app' }
    expect(withRow(details, ticket({ version: 6, status: 'closed' }))).toMatchObject({
      status: 'closed',
      source: 'app',
    })
    expect(withRow(details, ticket({ version: 4, status: 'closed' })).status).toBe('assigned')
    expect(withRow(details, null)).toBe(details)
  })

  it('shows the photo of my own work beside the one of before, until the community shows it itself', async () => {
    const done: Item = { ...(await step('ticket-1', 'resolve')), photos: ['bb'] }
    const bare = outlineOf(ticket({ photo: 'aa' }))
    const shown = withMyPhotos(bare, [done, await step('ticket-1', 'note')])
    expect(shown.photos.map(({ sha256, kind }) => [sha256, kind])).toEqual([
      ['aa', 'before'],
      ['bb', 'after'],
    ])
    expect(withMyPhotos(shown, [done])).toBe(shown)
  })

  it('is there for a report that is still on this phone: words and photos can be added to it', async () => {
    const item = await report({}, ['aa'])
    const shown = outlineOfReport(item)
    expect(shown).toMatchObject({ ticket_id: item.item_id, status: 'received', photo: 'aa', mine: true })
    expect(shown.allowed.map(({ intent }) => intent)).toEqual(['note', 'add_photo'])
  })
})
