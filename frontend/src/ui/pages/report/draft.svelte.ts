/** One report being made. It is stored after every step, so that a phone that closes the page loses nothing. */
import { MOST_PHOTOS } from '../../../core/operations'
import { placeAfter, placeOfPhoto, type Place } from '../../../core/places'
import type { Category, Location, NearName, TicketBrief } from '../../../core/shapes'
import { readDraft, saveDraft } from '../../../data/drafts'
import type { Fix } from '../../../data/location'
import type { Photo } from '../../../data/photos'
import { t } from '../../text/index.svelte'

const DRAFT = 'report'
const MOST_LETTERS = 500

export const STEPS = ['shoot', 'kind', 'confirm'] as const
export type Step = (typeof STEPS)[number]

interface Content {
  step: Step
  photos: Photo[]
  /** When the first of the photos was taken or chosen; null while there is none. */
  shotAt: number | null
  /** 我已顺手处理: put right already, which this photo shows. */
  done: boolean
  after: Photo | null
  /** The open ticket that this is about as well. */
  joined: { ticket_id: string; no: string } | null
  /** Tickets near by of which the person said that they are about something else. */
  others: string[]
  category: Category | null
  answer: string | null
  place: Place | null
  placeNote: string
  note: string
}

const empty = (): Content => ({
  step: 'shoot',
  photos: [],
  shotAt: null,
  done: false,
  after: null,
  joined: null,
  others: [],
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
  /** Photos that are still being made small and stored. */
  coming = $state(0)
  /** Why a photo, or the draft itself, could not be stored. */
  failed = $state.raw<unknown>(null)
  /** It was left here and opened again. */
  resumed = $state(false)
  private storing: Promise<unknown> = Promise.resolve()

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

  /** For how many more photos there is a place. */
  get room(): number {
    return MOST_PHOTOS - this.content.photos.length - this.coming
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

  /** Where a photo says that it was taken, the first that says it. */
  get photoPlace(): Place | null {
    for (const { exif } of this.content.photos) {
      const place = placeOfPhoto(exif, Date.now())
      if (place) return place
    }
    return null
  }

  /** Opens where it was left. */
  async open(): Promise<void> {
    const kept = await readDraft<Partial<Content>>(DRAFT).catch(() => null)
    if (!kept?.photos?.length && !kept?.category && !kept?.note) return
    this.content = { ...empty(), ...kept }
    this.resumed = true
  }

  /** Resolves when the phone has it. `leaving`: another app opens over this page. */
  async keep(leaving = false): Promise<void> {
    const { photos, category, note } = this.content
    const holds = photos.length > 0 || category !== null || note !== ''
    await saveDraft(DRAFT, $state.snapshot(this.content), holds || leaving ? '/report' : null)
  }

  /** Takes a photo that may still be on its way into the store; resolves when it and the draft are stored. */
  take(coming: Promise<Photo>, as: 'photo' | 'after' = 'photo'): Promise<void> {
    if (as === 'photo') this.content.shotAt ??= Date.now()
    this.coming += 1
    const stored = coming
      .then((photo) => {
        this.add(photo, as)
        return this.keep()
      })
      .catch((error: unknown) => (this.failed = error))
      .then(() => {
        this.coming -= 1
        // It could not be stored: the next is the first.
        if (this.bare) this.content.shotAt = null
      })
    this.storing = Promise.all([this.storing, stored])
    return stored
  }

  /** True when it was the last: what was measured for it is the place of none that comes after it. */
  remove(sha256: string): boolean {
    this.content.photos = this.content.photos.filter((photo) => photo.sha256 !== sha256)
    if (!this.bare) return false
    this.content.shotAt = null
    const source = this.content.place?.source
    if (source === 'gps' || source === 'photo') {
      this.content.place = null
      this.near = []
      this.foundWords = ''
    }
    return true
  }

  private get bare(): boolean {
    return this.content.photos.length + this.coming === 0
  }

  private add(photo: Photo, as: 'photo' | 'after') {
    if (as === 'after') {
      this.content.after = photo
      return
    }
    this.content.photos = [...this.content.photos.filter((held) => held.sha256 !== photo.sha256), photo]
    this.content.place ??= placeOfPhoto(photo.exif, Date.now())
  }

  /** Every photo taken so far is stored, or `failed` says why not. */
  async settled(): Promise<void> {
    await this.storing
  }

  /** What another app says beside its pictures, after what is there; shared twice it is there once. */
  takeWords(words: string) {
    const { note } = this.content
    if (words && !note.includes(words))
      this.content.note = [note, words].filter(Boolean).join(' ').slice(0, MOST_LETTERS)
  }

  hear(fix: Fix) {
    this.content.place = placeAfter(this.content.place, fix, this.content.shotAt)
  }

  choose(category: Category, answer: string | null) {
    if (category.code !== this.content.category?.code) {
      this.content.joined = null
      this.content.others = []
    }
    this.content.category = category
    this.content.answer = answer
  }

  /** The chosen kind in the words of `known`, which may be another language's; as it was where its answer is gone. */
  reword(known: readonly Category[]) {
    const { category, answer } = this.content
    const now = known.find(({ code }) => code === category?.code)
    const answered = now?.question?.answers.some(({ condition_id }) => condition_id === answer)
    if (now && (answer === null || answered)) this.content.category = now
  }

  join(ticket: TicketBrief | null) {
    this.content.joined = ticket && { ticket_id: ticket.ticket_id, no: ticket.short_no }
  }

  async reset(): Promise<void> {
    this.content = empty()
    this.near = []
    this.foundWords = ''
    this.failed = null
    this.resumed = false
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
