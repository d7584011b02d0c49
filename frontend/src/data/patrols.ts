/** What this phone holds to walk without a signal: plans, checkpoints, grids, the latest patrols. */
import { body, client } from './api'
import { onOther } from './feed'
import { held, kept, type Fresh } from './kept'
import { onDelivered } from './outbox'
import type { components } from './schema'

export type MyPatrols = components['schemas']['MyPatrols']
export type HeldPlan = components['schemas']['HeldPlan']
export type HeldCheckpoint = components['schemas']['HeldCheckpoint']

const KEY = 'patrols'
/** The community counts a walk within seconds; the feed alone would tell of it only when it is next asked. */
const COUNTED_IN_MS = [4_000, 8_000, 16_000]
const hearers = new Set<(found: MyPatrols) => void>()

/** The phone's copy of what it needs to walk; the server's where it answers. */
export async function myPatrols(): Promise<Fresh<MyPatrols>> {
  const found = await kept(KEY, async () => (await body(client.GET('/api/v1/patrols/mine'))) as MyPatrols)
  if (!found.old) {
    hearers.forEach((hear) => hear(found.value))
    waitForCount(found.value)
  }
  return found
}

/** Only what the phone holds. */
export async function heldPatrols(): Promise<MyPatrols | null> {
  return (await held<MyPatrols>(KEY))?.value ?? null
}

export function onPatrols(hear: (found: MyPatrols) => void): () => void {
  hearers.add(hear)
  return () => hearers.delete(hear)
}

let timer: ReturnType<typeof setTimeout> | undefined

/** Several changes of one moment are one question. */
function soon() {
  clearTimeout(timer)
  timer = setTimeout(ask, 1_500)
}

const ask = () => void myPatrols().catch(() => undefined)

let waited = 0
let counting: ReturnType<typeof setTimeout> | undefined

function waitForCount({ patrols }: MyPatrols) {
  clearTimeout(counting)
  if (!patrols.some((one) => one.ended_at !== null && !one.counted)) waited = 0
  else if (waited < COUNTED_IN_MS.length) counting = setTimeout(ask, COUNTED_IN_MS[waited++])
}

let following = false

/** Keeps the copy in step with the feed, from the first call on. */
export function followPatrols() {
  if (following) return
  following = true
  for (const entity of ['patrol', 'patrol_plan']) onOther(entity, soon)
  onDelivered(() => {
    waited = 0
    soon()
  })
  soon()
}
