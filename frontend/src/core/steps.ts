/** What each step on a phone asks for, and the body it makes of the answers. Pure. */
import type { Position, TicketBrief } from './shapes'

export interface Step {
  intent: string
  photos: 'must' | 'may' | 'none'
  /** The body's field for the person's own words. */
  words?: string
  words_must?: boolean
  /** Whether the phone's position goes along. */
  position?: boolean
  choice?: 'reason' | 'worker' | 'satisfied'
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

/** The step as this ticket's condition asks for it: what proves that the work is done differs from kind to kind. */
export function stepFor(intent: string, evidence: readonly string[] | undefined): Step | null {
  const step = stepOf(intent)
  if (step === null || intent !== 'resolve' || evidence === undefined || evidence.includes('after_photo'))
    return step
  return evidence.includes('answer')
    ? { ...step, photos: 'may', words: 'answer', words_must: true }
    : { ...step, photos: 'may' }
}

/** The reasons for sending back that every standard starts with; a standard's own list takes their place. */
export const SEND_BACK_REASONS = [
  'outside_area',
  'other_duty',
  'private_ground',
  'ownership_unclear',
] as const

export interface Answers {
  words: string
  photos: readonly string[]
  position: (Position & { accuracy_m: number }) | null
  choice: string | boolean | null
  audience: 'reporter' | 'unit' | 'internal'
}

/** What is still missing before the step can go: the first thing to ask for, or null. */
export function missing(step: Step, answers: Answers): 'photos' | 'words' | 'choice' | 'place' | null {
  if (step.choice && answers.choice === null) return 'choice'
  if (step.photos === 'must' && answers.photos.length === 0) return 'photos'
  if (step.words_must && answers.words.trim() === '') return 'words'
  if (step.intent === 'arrive' && answers.position === null && answers.photos.length === 0) return 'place'
  return null
}

const CHOICE_FIELD = { reason: 'reason', worker: 'worker_id', satisfied: 'satisfied' } as const

export function bodyOf(
  step: Step,
  answers: Answers,
  ticket: Pick<TicketBrief, 'verify_way'>,
): Record<string, unknown> {
  const words = answers.words.trim()
  return {
    ...(step.words && words ? { [step.words]: words } : {}),
    ...(answers.photos.length ? { photos: [...answers.photos] } : {}),
    ...(step.choice ? { [CHOICE_FIELD[step.choice]]: answers.choice } : {}),
    ...(step.position && answers.position
      ? {
          lon: answers.position.lon,
          lat: answers.position.lat,
          ...(step.intent === 'ask_send_back' ? {} : { accuracy_m: answers.position.accuracy_m }),
        }
      : {}),
    ...(step.intent === 'verify'
      ? { way: answers.photos.length ? 'spot' : (ticket.verify_way ?? 'spot') }
      : {}),
    ...(step.intent === 'check' ? { found: true } : {}),
    ...(step.intent === 'note' ? { audience: answers.audience } : {}),
  }
}
