/** The full drill of the phone's program: `npm run drill -- SEED SIZE`. Ends with 1 when something did not hold. */
import fc from 'fast-check'
import { bundled } from './program'
import { schedules } from './happenings'
import { playAll, tally } from './story'

export const SIZES: Record<string, number> = { planted: 1_500, short: 150, full: 5_000 }

export async function drill(seed: number, size: string): Promise<number> {
  const numRuns = SIZES[size] ?? Number(size)
  if (!Number.isInteger(numRuns) || numRuns < 1) throw new RangeError(`no such size: ${size}`)
  console.log(`phone drill: seed ${seed}, ${numRuns} schedules`)
  const began = Date.now()
  const counted = tally()
  const program = await bundled()
  const found = await fc.check(
    fc.asyncProperty(schedules, (schedule) => playAll(program, schedule, counted)),
    { seed, numRuns, interruptAfterTimeLimit: 60 * 60_000 },
  )
  if (found.failed) console.log(fc.defaultReportMessage(found))
  const figures = Object.entries(counted).map(([name, n]) => `${name} ${n}`)
  const end = found.failed ? `VIOLATED (${String(found.errorInstance)})` : 'held'
  console.log(`phone drill: ${end}; ${figures.join(', ')}; ${Math.round((Date.now() - began) / 1000)} s`)
  return found.failed ? 1 : 0
}
