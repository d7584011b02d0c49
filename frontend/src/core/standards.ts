/** A standard's file under a person's hand: what was changed of it, as the file that says only that. Pure. */

export const COMMUNITY_TYPES = [
  'old_estate',
  'estate',
  'urban_village',
  'resettlement',
  'unit_housing',
  'self_built',
  'business',
  'village',
] as const

export type LimitUnit =
  'work_minute' | 'work_hour' | 'work_day' | 'urgent_minute' | 'urgent_hour' | 'urgent_day' | 'natural_day'

export const LIMIT_UNITS: readonly LimitUnit[] = [
  'work_minute',
  'work_hour',
  'work_day',
  'urgent_minute',
  'urgent_hour',
  'urgent_day',
  'natural_day',
]

/** A limit as a file has it; `amount` is a number or a fraction such as "1/4". */
export interface LimitSaid {
  kind: string
  amount: number | string
  text?: string
  remark?: string | null
  minute_of_day?: number | null
}

interface Named {
  zh: string
  en: string
}

export interface StageSaid {
  number: number
  name: string
  limit: LimitSaid
}

export interface ConditionSaid {
  condition_id: string
  category_code: string
  filing_text: string
  name: Named | null
  limit: LimitSaid | null
  limits_by_area_class: Record<string, LimitSaid>
  milestones: StageSaid[]
  acknowledge_limit: LimitSaid | null
  respond_limit: LimitSaid | null
  rework_limit: LimitSaid | null
}

export interface CategorySaid {
  code: string
  name: Named
  parent_name: Named | null
  picture: unknown
  offered: boolean
}

export interface ReasonSaid {
  code: string
  text: Named
}

export const BINDINGS = ['contract', 'regulation', 'coordination'] as const

/** On what a limit binds a kind of unit. A kind without one has reference limits, counted nowhere. */
export interface BasisSaid {
  unit_kind: string
  document: string
  clause: string
  binding: (typeof BINDINGS)[number]
}

/** Kinds of unit that a limit can bind, as they are listed. */
export const BOUND = ['work', 'estate', 'department', 'owner', 'street', 'community'] as const

/** Only what is changed on screen is named; the rest goes back as it came. */
export interface StandardFile {
  scheme: string
  categories: Record<string, CategorySaid>
  conditions: Record<string, ConditionSaid>
  terms: Record<string, unknown> & { verify_limits: Record<string, LimitSaid> }
  reasons: Record<string, ReasonSaid[]>
  bases: BasisSaid[]
}

/** The limits that belong to no condition, in the order of a ticket's life. */
export const TERM_LIMITS = [
  'file_limit',
  'dispatch_limit',
  'urgent_file_limit',
  'urgent_dispatch_limit',
  'approval_limit',
] as const
export const WAYS = ['spot', 'desk', 'phone'] as const
export const CONDITION_LIMITS = ['acknowledge_limit', 'respond_limit', 'rework_limit'] as const

/** The lists that some step asks for. */
export const REASON_LISTS = ['reject', 'send_back', 'extend', 'defer', 'shelve', 'rework'] as const

/** What stands in the two fields of a limit; null: a limit that two fields cannot say (当日18:00, 1/7 of an hour). */
export function fieldsOf(limit: LimitSaid | null): { amount: string; unit: LimitUnit } | null {
  if (limit === null) return { amount: '', unit: 'work_hour' }
  const [above, below = '1'] = String(limit.amount).split('/')
  const amount = Number(above) / Number(below)
  if (limit.kind === 'work_hour' || limit.kind === 'urgent_hour') {
    const minutes = amount * 60
    if (amount < 1 && Number.isInteger(minutes))
      return { amount: String(minutes), unit: limit.kind === 'work_hour' ? 'work_minute' : 'urgent_minute' }
    return Number.isInteger(amount * 4) ? { amount: String(amount), unit: limit.kind } : null
  }
  const unit = LIMIT_UNITS.find((one) => one === limit.kind)
  return unit && Number.isInteger(amount) ? { amount: String(amount), unit } : null
}

/** The limit that the fields say, null for none, undefined where they say nothing that can be a limit. */
export function limitFrom(
  amount: string,
  unit: LimitUnit,
  remark: string | null = null,
): LimitSaid | null | undefined {
  const said = amount.trim()
  if (said === '') return null
  const number = Number(said)
  if (!/^\d{1,3}(\.\d{1,2})?$/.test(said) || number <= 0) return undefined
  const whole = Number.isInteger(number)
  // As a file has it, so that what was typed back is no change.
  const limit = (kind: string, above: number, below: number): LimitSaid => {
    const common = divisor(above, below)
    const amount = below === common ? above / common : `${above / common}/${below / common}`
    return { kind, amount, text: '', remark, minute_of_day: null }
  }
  if (unit === 'work_minute' || unit === 'urgent_minute')
    return whole ? limit(unit === 'work_minute' ? 'work_hour' : 'urgent_hour', number, 60) : undefined
  if (!whole && unit.endsWith('_day')) return undefined
  return Number.isInteger(number * 4) ? limit(unit, number * 4, 4) : undefined
}

function divisor(one: number, other: number): number {
  return other === 0 ? one : divisor(other, one % other)
}

/** A condition with another limit: the last stage of several has the same. */
export function withLimit<C extends Pick<ConditionSaid, 'limit' | 'milestones'>>(
  condition: C,
  limit: LimitSaid | null,
): C {
  const last = condition.milestones.length - 1
  const milestones = condition.milestones.map((stage, at) =>
    at === last && limit ? { ...stage, limit } : stage,
  )
  return { ...condition, limit, milestones }
}

/** A condition with another limit of one stage; that of the last is the condition's own. */
export function withStage<C extends Pick<ConditionSaid, 'limit' | 'milestones'>>(
  condition: C,
  number: number,
  limit: LimitSaid,
): C {
  const milestones = condition.milestones.map((stage) =>
    stage.number === number ? { ...stage, limit } : stage,
  )
  const last = milestones.at(-1)
  return { ...condition, milestones, limit: last?.number === number ? limit : condition.limit }
}

/** The file with another basis for a kind of unit; null: none, its limits are references from then on. */
export function withBasis(file: StandardFile, unit_kind: string, basis: BasisSaid | null): StandardFile {
  const at = file.bases.findIndex((one) => one.unit_kind === unit_kind)
  const others = file.bases.filter((one) => one.unit_kind !== unit_kind)
  if (basis === null) return { ...file, bases: others }
  return {
    ...file,
    bases: at < 0 ? [...others, basis] : [...others.slice(0, at), basis, ...others.slice(at)],
  }
}

/** A basis that names no document binds nobody. */
export function nameless(bases: readonly BasisSaid[]): boolean {
  return bases.some((one) => one.document.trim() === '')
}

/** What was changed, as a file that says nothing else, and how many places that are. */
export function changesOf(
  before: StandardFile,
  after: StandardFile,
): { document: Record<string, unknown>; count: number } {
  const categories = changed(before.categories, after.categories)
  const conditions = changed(before.conditions, after.conditions)
  const terms = same(before.terms, after.terms) ? 0 : 1
  const lists = Object.keys(after.reasons).filter(
    (name) => !same(before.reasons[name] ?? [], after.reasons[name]),
  )
  const bases = same(byKind(before.bases), byKind(after.bases)) ? 0 : 1
  const document: Record<string, unknown> = { scheme: after.scheme }
  if (Object.keys(categories).length) document['categories_changed'] = categories
  if (Object.keys(conditions).length) document['conditions_changed'] = conditions
  if (terms) document['terms'] = after.terms
  if (lists.length) document['reasons'] = after.reasons
  if (bases) document['bases'] = after.bases
  const count = Object.keys(categories).length + Object.keys(conditions).length + terms + lists.length + bases
  return { document, count }
}

/** What keeps a list of reasons from being published: a line without words, or the same words twice. */
export function faultIn(lines: readonly ReasonSaid[]): 'empty' | 'twice' | null {
  const words = lines.map(({ text }) => text.zh.trim())
  if (words.some((one) => one === '')) return 'empty'
  return new Set(words).size < words.length ? 'twice' : null
}

/** Which kind comes first says nothing. */
function byKind(bases: readonly BasisSaid[] = []): BasisSaid[] {
  return [...bases].sort((one, other) => one.unit_kind.localeCompare(other.unit_kind))
}

function changed<One>(before: Record<string, One>, after: Record<string, One>): Record<string, One> {
  return Object.fromEntries(Object.entries(after).filter(([key, one]) => !same(before[key], one)))
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
