import { describe, expect, it } from 'vitest'
import { photoStored, verdictOf, type Reply } from '../../src/core/verdicts'
import { report, step } from '../build'

const json = { 'content-type': 'application/json', 'x-app-ack': '1' }
const problem = { 'content-type': 'application/problem+json', 'x-app-ack': '1' }

const reply = (status: number, body: unknown, headers: Reply['headers'] = json): Reply => ({
  status,
  headers,
  text: typeof body === 'string' || body === null ? body : JSON.stringify(body),
})

describe('delivered', () => {
  it('is a checked acknowledgement and nothing else', async () => {
    const item = await report()
    const good = {
      report_id: item.item_id,
      digest: item.digest,
      ticket_no: '20260901-000037',
      short_no: '037',
      received_at: 'now',
    }
    expect(verdictOf(reply(201, good), item)).toMatchObject({
      verdict: 'delivered',
      receipt: { short_no: '037' },
    })
    expect(verdictOf(reply(200, good), item).verdict).toBe('delivered')

    const false_ones: [string, Reply][] = [
      ['a captive portal', reply(200, '<html>请登录</html>', { 'content-type': 'text/html' })],
      ['HTML 201', reply(201, '<html></html>', { 'content-type': 'text/html', 'x-app-ack': '1' })],
      ['JSON without our mark', reply(200, good, { 'content-type': 'application/json' })],
      ['no content', reply(204, null)],
      ['cut short', reply(200, JSON.stringify(good).slice(0, 20))],
      ['nothing read', reply(200, null)],
      ['another id', reply(200, { ...good, report_id: 'other' })],
      ['another digest', reply(200, { ...good, digest: 'other' })],
      ['a list', reply(200, [good])],
      ['another success', reply(202, good)],
    ]
    for (const [what, answer] of false_ones) expect(verdictOf(answer, item).verdict, what).toBe('later')
  })

  it('for a step names the step', async () => {
    const item = await step('t', 'note')
    expect(verdictOf(reply(200, { op_id: item.item_id, digest: item.digest }), item).verdict).toBe(
      'delivered',
    )
    expect(verdictOf(reply(200, { report_id: item.item_id, digest: item.digest }), item).verdict).toBe(
      'later',
    )
  })
})

describe('other answers', () => {
  it('are read by their status, when they are ours', async () => {
    const item = await step('t', 'note')
    const told = (status: number, body: object) => verdictOf(reply(status, body, problem), item)
    expect(told(409, { code: 'assignment_over', facts: { n: 1 }, current: { status: 'closed' } })).toEqual({
      verdict: 'refused',
      refused: { status: 409, code: 'assignment_over', facts: { n: 1, current: { status: 'closed' } } },
    })
    expect(told(401, { code: 'not_signed_in' }).verdict).toBe('sign_in')
    expect(told(424, { code: 'photos_missing', facts: { missing: ['aa'] } })).toEqual({
      verdict: 'photos_missing',
      missing: ['aa'],
    })
    expect(told(425, { code: 'predecessor_unanswered' }).verdict).toBe('later')
    expect(told(503, { code: 'busy' }).verdict).toBe('later')
  })

  it('keep a Retry-After', async () => {
    const busy = reply(503, { code: 'busy' }, { ...problem, 'retry-after': '7' })
    expect(verdictOf(busy, await step('t', 'note'))).toEqual({ verdict: 'later', retryAfterS: 7 })
  })

  it('of a proxy end nothing', async () => {
    const item = await report()
    for (const status of [400, 401, 403, 404, 409, 410, 422])
      expect(verdictOf(reply(status, '<h1>nginx</h1>', { 'content-type': 'text/html' }), item).verdict).toBe(
        'later',
      )
  })
})

describe('a photo', () => {
  it('is there only when the server names its digest', () => {
    expect(photoStored(reply(201, { sha256: 'aa', size: 1 }), 'aa')).toBe(true)
    expect(photoStored(reply(201, { sha256: 'bb', size: 1 }), 'aa')).toBe(false)
    expect(photoStored(reply(200, 'ok', { 'content-type': 'text/html' }), 'aa')).toBe(false)
  })
})
