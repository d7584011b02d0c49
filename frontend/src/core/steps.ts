/** What each step on a phone asks for, and the body it makes of the answers. Pure. */
import type { Claimed } from './evidence'
import { LIFECYCLE } from './lifecycle.gen'
import type { Seen } from './operations'
import type { Position, TicketDetail } from './shapes'
import { appealable, openRequest } from './tickets'

export interface Step {
  intent: string
  photos: 'must' | 'may' | 'none'
  /** The body's field for the person's own words. */
  words?: string
  words_must?: boolean
  /** Whether the phone's position goes along. */
  position?: boolean
  choice?: 'reason' | 'worker' | 'satisfied' | 'milestone' | 'order' | 'clock'
  /** For how much longer, or until which day, is asked. */
  span?: boolean
  until?: boolean
  /** Shows the place with the boundaries that speak for the answer. */
  map?: boolean
}

const STEPS: readonly Step[] = [
  { intent: 'acknowledge', photos: 'none' },
  { intent: 'arrive', photos: 'may', position: true },
  { intent: 'resolve', photos: 'must', words: 'note', position: true },
  { intent: 'hand_to', photos: 'none', choice: 'worker' },
  {
    intent: 'ask_send_back',
    photos: 'may',
    words: 'clause',
    words_must: true,
    choice: 'reason',
    map: true,
    position: true,
  },
  { intent: 'withdraw_send_back', photos: 'none' },
  { intent: 'reach', photos: 'may', words: 'note', position: true, choice: 'milestone' },
  { intent: 'ask_extend', photos: 'may', words: 'text', choice: 'reason', span: true },
  { intent: 'withdraw_extend', photos: 'none' },
  { intent: 'ask_defer', photos: 'may', words: 'text', choice: 'reason', until: true },
  { intent: 'withdraw_defer', photos: 'none' },
  { intent: 'ask_shelve', photos: 'may', words: 'text', choice: 'reason', until: true },
  { intent: 'withdraw_shelve', photos: 'none' },
  { intent: 'answer_supervision', photos: 'none', words: 'answer', words_must: true, choice: 'order' },
  { intent: 'appeal', photos: 'may', words: 'reason', words_must: true, choice: 'clock' },
  { intent: 'withdraw_appeal', photos: 'none' },
  { intent: 'verify', photos: 'must', position: true },
  { intent: 'rework', photos: 'must', words: 'reason', words_must: true },
  { intent: 'check', photos: 'must', words: 'note' },
  { intent: 'answer_more', photos: 'may', words: 'answer', words_must: true },
  { intent: 'withdraw', photos: 'none', words: 'reason' },
  { intent: 'rate', photos: 'none', words: 'words', choice: 'satisfied' },
  { intent: 'ask_reopen', photos: 'may', words: 'reason', words_must: true },
  { intent: 'add_photo', photos: 'must', words: 'note' },
  { intent: 'note', photos: 'none', words: 'text', words_must: true },
]

export function stepOf(intent: string): Step | null {
  return STEPS.find((step) => step.intent === intent) ?? null
}

type Asked = Pick<TicketDetail, 'verify_way' | 'condition' | 'photos' | 'requests'>

/** The step as this ticket asks for it: what proves that work is done, and how it is checked, differ from kind to kind. */
export function stepFor(intent: string, ticket: Asked): Step | null {
  const step = stepOf(intent)
  if (step === null) return null
  if (intent === 'resolve') return ticket.condition ? proven(step, ticket.condition.evidence) : step
  if (intent !== 'verify') return step
  const way = wayOf(ticket)
  if (way === 'phone') return { ...step, photos: 'may', words: 'call', words_must: true }
  return way === 'desk' ? { ...step, photos: 'may' } : step
}

function proven(step: Step, evidence: readonly string[]): Step {
  if (evidence.includes('after_photo') || evidence.includes('photo')) return { ...step, photos: 'must' }
  return evidence.includes('answer')
    ? { ...step, photos: 'may', words: 'answer', words_must: true }
    : { ...step, photos: 'may' }
}

/** A stage asks for proofs of its own. */
export function stepForMilestone(step: Step, proof: readonly string[] | undefined): Step {
  return proof ? proven(step, proof) : step
}

/** How "done" is checked: as the ticket says; pictures cannot be compared where the unit brought none. */
function wayOf(ticket: Asked): string {
  const compared = ticket.verify_way !== 'desk' || ticket.photos.some((photo) => photo.kind === 'after')
  return (compared && ticket.verify_way) || 'spot'
}

/** The stages of a ticket's kind that this unit has not reached yet. */
export function milestonesLeft(
  ticket: Pick<TicketDetail, 'condition' | 'timeline' | 'assignment'>,
): Milestone[] {
  const since = ticket.assignment?.assigned_at ?? ''
  const reached = ticket.timeline
    .filter((entry) => entry.verb === 'milestone.reached' && Date.parse(entry.at) >= Date.parse(since))
    .map((entry) => entry.detail['number'])
  const all = (ticket.condition?.milestones ?? []) as unknown as Milestone[]
  return all.filter((one) => !reached.includes(one.number))
}

/** Whether there is anything to take the step on: a stage that is left, a limit that was run over. */
export function hasMatter(
  intent: string,
  ticket: Pick<TicketDetail, 'condition' | 'timeline' | 'assignment' | 'clocks'>,
): boolean {
  if (intent === 'reach') return milestonesLeft(ticket).length > 0
  return intent !== 'appeal' || appealable(ticket).length > 0
}

export interface Milestone {
  number: number
  name: string
  limit_text: string
  proof: string[]
}

/** What an extension is asked in; the first is what most are asked in. */
export const SPAN_KINDS = ['work_day', 'work_hour', 'natural_day'] as const
export type SpanKind = (typeof SPAN_KINDS)[number]

/** `2026-11-25` for the day that it is where the phone is. */
export function localDay(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** The last instant of a day `2026-11-25` where the phone is; null when it is none. */
export function endOfDay(day: string): Date | null {
  const [year, month, date] = day.split('-').map(Number)
  if (!year || !month || !date) return null
  return new Date(year, month - 1, date + 1)
}

export interface Answers {
  words: string
  photos: readonly Claimed[]
  position: (Position & { accuracy_m: number }) | null
  choice: string | boolean | number | null
  /** As typed. */
  amount: string
  span: SpanKind
  /** `2026-11-25`, or empty. */
  until: string
  audience: 'reporter' | 'unit' | 'internal'
}

/** Of a step that asks for nothing. */
export const NO_ANSWERS: Answers = {
  words: '',
  photos: [],
  position: null,
  choice: null,
  amount: '',
  span: SPAN_KINDS[0],
  until: '',
  audience: 'internal',
}

/** What is still missing before the step can go: the first thing to ask for, or null. */
export function missing(
  step: Step,
  answers: Answers,
): 'photos' | 'words' | 'choice' | 'place' | 'span' | 'until' | null {
  if (step.choice && answers.choice === null) return 'choice'
  if (step.span && !(Number(answers.amount) > 0)) return 'span'
  if (step.until && endOfDay(answers.until) === null) return 'until'
  if (step.photos === 'must' && answers.photos.length === 0) return 'photos'
  if (step.words_must && answers.words.trim() === '') return 'words'
  if (step.intent === 'arrive' && answers.position === null && answers.photos.length === 0) return 'place'
  return null
}

const CHOICE_FIELD = {
  reason: 'reason',
  worker: 'worker_id',
  satisfied: 'satisfied',
  milestone: 'number',
  order: 'order_id',
  clock: 'clock',
} as const

/** Whose body takes the place without its accuracy. */
const NO_ACCURACY = new Set(['ask_send_back', 'reach'])

export function bodyOf(step: Step, answers: Answers, ticket: Asked): Record<string, unknown> {
  const words = answers.words.trim()
  return {
    ...(step.words && words ? { [step.words]: words } : {}),
    ...(answers.photos.length ? { photos: [...answers.photos] } : {}),
    ...(step.choice ? { [CHOICE_FIELD[step.choice]]: answers.choice } : {}),
    ...(step.position && answers.position
      ? {
          lon: answers.position.lon,
          lat: answers.position.lat,
          ...(NO_ACCURACY.has(step.intent) ? {} : { accuracy_m: answers.position.accuracy_m }),
        }
      : {}),
    ...(step.span ? { by: { kind: answers.span, amount: Number(answers.amount) } } : {}),
    ...(step.until ? { until: endOfDay(answers.until)?.toISOString() } : {}),
    ...(step.intent.startsWith('withdraw_') ? { request_id: openRequest(ticket, step.intent) } : {}),
    ...(step.intent === 'verify' ? { way: wayOf(ticket) } : {}),
    ...(step.intent === 'check' ? { found: true } : {}),
    ...(step.intent === 'note' ? { audience: answers.audience } : {}),
  }
}

/**
 * What the step is judged on and what has become another since its person looked: the photos and words may be about what
 * was before. Null: nothing that the step hangs on.
 */
export function overtaken(intent: string, seen: Seen, now: Seen): 'assignment' | 'resolution' | null {
  const on = intent in LIFECYCLE ? LIFECYCLE[intent as keyof typeof LIFECYCLE].judged_on : 'nothing'
  if (on === 'assignment' && seen.assignment_id !== now.assignment_id) return on
  if (on === 'resolution' && seen.resolution_id !== now.resolution_id) return on
  return null
}
