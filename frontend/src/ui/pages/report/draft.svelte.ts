/** One report being made. It is stored after every step, so that a phone that closes the page loses nothing. */
import type { Category, Location, LocationSource, NearName } from '../../../core/shapes'
import { readDraft, saveDraft } from '../../../data/drafts'
import type { Photo } from '../../../data/photos'
import { t } from '../../text/index.svelte'

const DRAFT = 'report'

export const STEPS = ['shoot', 'kind', 'confirm'] as const
export type Step = (typeof STEPS)[number]

export interface Place {
  lon: number
  lat: number
  accuracy_m: number
  /** Milliseconds of the phone when it was measured or chosen. */
  at: number
  source: LocationSource
}

interface Content {
  step: Step
  photos: Photo[]
  /** 我已顺手处理: put right already, which this photo shows. */
  done: boolean
  after: Photo | null
  joined: string | null
  category: Category | null
  answer: string | null
  place: Place | null
  placeNote: string
  note: string
}

const empty = (): Content => ({
  step: 'shoot',
  photos: [],
  done: false,
  after: null,
  joined: null,
  category: null,
  answer: null,
  place: null,
  placeNote: '',
  note: '',
})

export class ReportDraft {
  readonly id = DRAFT
  content = $state<Content>(empty())
  near = $state.raw<NearName[]>([])
  /** Words for the place that nobody chose: the nearest name. */
  foundWords = $state('')

  get answer() {
    return (
      this.content.category?.question?.answers.find(
        (answer) => answer.condition_id === this.content.answer,
      ) ?? null
    )
  }

  get urgent(): boolean {
    return this.answer?.urgent ?? this.content.category?.urgent ?? false
  }

  get kindWords(): string {
    const { category } = this.content
    if (category === null) return ''
    return this.answer
      ? `${category.name}${t('report.kind_detail', { detail: this.answer.name })}`
      : category.name
  }

  /** What still keeps it from going out. */
  get lacks(): 'before' | 'after' | 'other' | null {
    const { done, photos, after } = this.content
    if (!done) return null
    if (photos.length === 0) return 'before'
    if (after === null) return 'after'
    return photos.some((before) => before.sha256 === after.sha256) ? 'other' : null
  }

  get placeWords(): string {
    return this.content.placeNote || this.foundWords
  }

  /** Opens where it was left; true when there was something. */
  async open(): Promise<boolean> {
    const kept = await readDraft<Content>(DRAFT).catch(() => null)
    if (kept === null || (kept.photos.length === 0 && kept.category === null)) return false
    this.content = { ...empty(), ...kept }
    return true
  }

  /** Resolves when the phone has it. */
  async keep(): Promise<void> {
    await saveDraft(DRAFT, $state.snapshot(this.content))
  }

  async reset(): Promise<void> {
    this.content = empty()
    this.near = []
    this.foundWords = ''
    await this.keep()
  }

  location(now: number): Location | null {
    const { place } = this.content
    if (place === null) return null
    return {
      lon: place.lon,
      lat: place.lat,
      accuracy_m: place.accuracy_m,
      age_s: Math.max(0, Math.round((now - place.at) / 1000)),
      source: place.source,
    }
  }
}
