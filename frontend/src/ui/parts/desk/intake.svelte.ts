/** One report that the desk files for somebody: kept after every change, so that a reload or a broken line loses nothing. */
import { forForm, holds, nothing, type Pasted, type Settled } from '../../../core/intake'
import { placeOfPhoto, type Place } from '../../../core/places'
import type { Position } from '../../../core/shapes'
import { readDraft, saveDraft } from '../../../data/drafts'
import { kindKey, proposal, type Degrees, type Kind, type Proposal } from '../../../data/intake'
import { t, tMaybe } from '../../text/index.svelte'
import { Attached } from './attached.svelte'

const DRAFT = 'intake'
/** A hand that types is not asked about at every letter. */
const PAUSE_MS = 250
const PICKED_M = 10
const DEGREES_M = 15
const MOST_PHOTOS = 9

export class IntakeDraft {
  readonly id = DRAFT
  pasted = $state<Pasted>(nothing())
  proposal = $state.raw<Proposal | null>(null)
  kinds = $state.raw<readonly Kind[]>([])
  /** Another number for another report. */
  turn = 0
  readonly attached = new Attached(MOST_PHOTOS, () => {
    this.pasted.photos = [...this.attached.photos]
    this.changed()
  })
  reading = $state(false)
  failed = $state.raw<unknown>(null)
  offline = $state(false)
  private timer: ReturnType<typeof setTimeout> | undefined
  private asked = 0
  private answer: Promise<void> = Promise.resolve()

  get kind(): string {
    return this.pasted.category === '' ? '' : kindKey(this.pasted.category, this.pasted.condition_id)
  }

  get kindWords(): string {
    return this.kinds.find((one) => one.key === this.kind)?.words ?? this.pasted.category
  }

  get urgent(): boolean {
    return this.kinds.find((one) => one.key === this.kind)?.urgent ?? false
  }

  /** Coordinates in the text of which nobody has said yet what they refer to. */
  get undecided(): Degrees[] {
    return this.isSettled('place') ? [] : (this.proposal?.degrees.filter((one) => one.datum === null) ?? [])
  }

  async open(): Promise<void> {
    const kept = await readDraft<Partial<Pasted>>(DRAFT).catch(() => null)
    // What was pasted while this was read is newer.
    if (kept && !holds(this.pasted) && this.attached.coming === 0) {
      this.pasted = { ...nothing(), ...kept }
      this.attached.begin(kept.photos)
    }
    if (holds(this.pasted)) this.ask()
  }

  keep() {
    const pasted = $state.snapshot(this.pasted)
    void saveDraft(DRAFT, pasted, null, holds(pasted)).catch((error: unknown) => (this.failed = error))
  }

  isSettled(what: Settled): boolean {
    return this.pasted.settled.includes(what)
  }

  /** A person has changed this part; the text is not asked for it any more. */
  settle(what: Settled) {
    if (!this.isSettled(what)) this.pasted.settled = [...this.pasted.settled, what]
    this.changed()
  }

  /** The text or what it is judged by has changed. */
  changed() {
    this.keep()
    clearTimeout(this.timer)
    this.reading = true
    this.timer = setTimeout(() => this.ask(), PAUSE_MS)
  }

  /**
   * Resolves when its photos are stored and what is on screen is what the server said of it, or that it cannot say. False:
   * a photo could not be taken, which the person has not been told yet.
   */
  async settled(): Promise<boolean> {
    const whole = await this.attached.settled()
    if (this.reading) {
      clearTimeout(this.timer)
      this.ask()
    }
    await this.answer
    return whole
  }

  private ask() {
    const asking = ++this.asked
    this.reading = true
    this.answer = this.read(asking)
  }

  private async read(asking: number): Promise<void> {
    const { text, place, category, condition_id } = this.pasted
    try {
      const made = await proposal({
        text,
        place: this.isSettled('place') && place ? pointOf(place) : null,
        category: this.isSettled('kind') && category ? category : null,
        condition_id: this.isSettled('kind') ? condition_id : null,
      })
      if (asking !== this.asked) return
      this.offline = false
      this.failed = null
      this.proposal = made
      this.fill(made)
      if (await this.placed(made)) return
    } catch (error) {
      if (asking !== this.asked) return
      this.offline = (error as Error | null)?.name === 'Unreachable'
      this.failed = this.offline ? null : error
      if (!this.isSettled('note')) this.pasted.note = ''
    }
    if (asking === this.asked) this.reading = false
  }

  /** A place that only now is known (a photo's own, or degrees with their datum) is judged as well. */
  private async placed(made: Proposal): Promise<boolean> {
    if (this.isSettled('place') || made.places.length) return false
    const known = made.degrees.find((one) => one.datum !== null)
    if (known) this.useDegrees(known, known.datum!)
    else {
      const own = this.pasted.photos.map((one) => placeOfPhoto(one.exif, Date.now())).find(Boolean)
      if (!own) return false
      this.pasted.place = own
      this.pasted.settled = [...this.pasted.settled, 'place']
      this.ask()
    }
    await this.answer
    return true
  }

  private fill({ heard, places, kinds, choice }: Proposal) {
    const { pasted } = this
    const open = (what: Settled) => !this.isSettled(what)
    if (open('note')) pasted.note = heard.note
    if (open('source') && heard.source) pasted.source = heard.source
    if (open('speaker')) pasted.speaker = heard.speaker ?? ''
    if (open('said_at')) pasted.said_at = forForm(heard.said_at)
    if (open('outer_no')) pasted.outer_no = heard.outer_no ?? ''
    if (open('outer_due_at')) pasted.outer_due_at = forForm(heard.outer_due_at)
    if (open('place')) {
      const [first] = places
      pasted.place = first ? named(first) : null
      if (open('place_note')) pasted.place_note = first?.words ?? ''
    }
    if (open('kind')) {
      const [first] = kinds
      pasted.category = first?.category ?? ''
      pasted.condition_id = first?.condition_id ?? null
    }
    if (open('unit')) pasted.unit_id = pasted.condition_id === null ? '' : (choice?.unit_id ?? '')
    if (open('reason')) pasted.reason = this.reasonFor(pasted.unit_id)
    if (!choice?.twins.some((twin) => twin.ticket_id === pasted.join_ticket_id)) pasted.join_ticket_id = null
    this.keep()
  }

  /** Why the rules think of this unit, in a few words. */
  reasonFor(unit_id: string): string {
    const choice = this.proposal?.choice
    if (unit_id === '' || !choice) return ''
    const candidate = choice.candidates.find((one) => one['unit_id'] === unit_id)
    if (unit_id === choice.unit_id && choice.rule_name)
      return t('intake.reason.rule', { name: choice.rule_name })
    return (candidate && tMaybe(`why.source.${String(candidate['source'])}`)) ?? t('intake.reason.hand')
  }

  choosePlace(at: number) {
    const one = this.proposal?.places[at]
    if (!one) return
    this.pasted.place = named(one)
    if (!this.isSettled('place_note')) this.pasted.place_note = one.words
    this.settle('place')
  }

  pick(position: Position) {
    this.pasted.place = { ...position, accuracy_m: PICKED_M, at: Date.now(), source: 'sketch' }
    this.settle('place')
  }

  useDegrees(degrees: Degrees, datum: string) {
    const at = degrees.as_datum[datum]
    if (!at) return
    this.pasted.place = { ...at, accuracy_m: DEGREES_M, at: Date.now(), source: 'degrees' }
    this.settle('place')
  }

  chooseKind(key: string) {
    const kind = this.kinds.find((one) => one.key === key)
    this.pasted.category = kind?.category ?? ''
    this.pasted.condition_id = kind?.condition_id ?? null
    this.settle('kind')
  }

  chooseUnit(unit_id: string) {
    this.pasted.unit_id = unit_id
    if (!this.isSettled('reason')) this.pasted.reason = this.reasonFor(unit_id)
    this.settle('unit')
  }

  /** After it was filed, or when the person wants to begin anew. The source stays: reports come in rows. */
  clear() {
    clearTimeout(this.timer)
    this.turn += 1
    this.asked += 1
    this.reading = false
    this.attached.begin()
    this.pasted = { ...nothing(), source: this.pasted.source }
    this.proposal = null
    this.failed = null
    this.keep()
  }
}

function named(one: Proposal['places'][number]): Place {
  return { lon: one.lon, lat: one.lat, accuracy_m: one.accuracy_m, at: Date.now(), source: 'named' }
}

function pointOf({ lon, lat, accuracy_m }: Place) {
  return { lon, lat, accuracy_m: Math.min(accuracy_m, 5_000) }
}
