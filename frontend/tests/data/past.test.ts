/** A past comes in by the thousand, through broken connections, and stops when somebody says so. */
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { PutIn } from '../../src/data/past'

vi.stubGlobal('location', { origin: 'http://desk.test' })

/** The server's side: rows it has not yet, and what it does with the next requests instead of answering. */
class Office {
  left = 2_500
  sent = 0
  /** `answer lost`: it is done, and nobody hears of it. */
  faults: unknown[] = []

  send = async (): Promise<PutIn> => {
    this.sent += 1
    const fault = this.faults.shift()
    if (fault !== undefined && fault !== 'answer lost') throw fault
    const came = Math.min(1_000, this.left)
    this.left -= came
    if (fault === 'answer lost') throw new (await import('../../src/data/api')).Unreachable()
    return { came, left: this.left }
  }
}

describe('a past on its way in', () => {
  let putInAll: typeof import('../../src/data/past').putInAll
  let Problem: typeof import('../../src/data/api').Problem
  let Unreachable: typeof import('../../src/data/api').Unreachable

  beforeAll(async () => {
    ;({ putInAll } = await import('../../src/data/past'))
    ;({ Problem, Unreachable } = await import('../../src/data/api'))
  })

  const refusal = (code: string, retry: number | null = null) =>
    new Problem({ code, status: 409, facts: {} }, retry)

  it('goes on where it was, whatever happens to a request', async () => {
    const office = new Office()
    const [told, waited]: [PutIn[], number[]] = [[], []]
    office.faults = [
      undefined,
      'answer lost',
      new Unreachable(),
      refusal('import_under_way'),
      refusal('overloaded', 9),
    ]
    await putInAll(
      office.send,
      (one) => told.push(one),
      new AbortController().signal,
      async (seconds) => void waited.push(seconds),
    )
    expect(told.map((one) => one.left)).toEqual([1_500, 0])
    expect(waited).toEqual([3, 3, 3, 9])
  })

  it('stops after the rows that are under way', async () => {
    const office = new Office()
    const stop = new AbortController()
    await putInAll(
      office.send,
      () => stop.abort(),
      stop.signal,
      async () => {},
    )
    expect(office.left).toBe(1_500)
  })

  it('does not go on with what nobody has looked at, nor for ever without a network', async () => {
    const office = new Office()
    office.faults = [refusal('import_moved_on')]
    const run = () =>
      putInAll(
        office.send,
        () => {},
        new AbortController().signal,
        async () => {},
      )
    await expect(run()).rejects.toThrow('import_moved_on')
    expect(office.sent).toBe(1)
    office.faults = Array.from({ length: 30 }, () => new Unreachable())
    await expect(run()).rejects.toThrow(Unreachable)
    expect(office.sent).toBe(22)
  })
})
