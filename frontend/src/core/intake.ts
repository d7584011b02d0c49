/** 代上报: what a dispatcher pastes and settles, and the report that it becomes. Pure. */
import { localDay } from './steps'
import type { Place } from './places'
import type { PhotoClaim, ReportBody } from './shapes'

/** 来源, in the order in which reports come. */
export const SOURCES = ['wechat', 'call', 'walk_in', 'hotline', 'superior', 'video', 'visit'] as const

export const DATUMS = ['WGS-84', 'GCJ-02', 'BD-09'] as const

/** What a person has changed by hand: the text is not asked for it any more. */
export type Settled =
  | 'note'
  | 'source'
  | 'speaker'
  | 'said_at'
  | 'outer_no'
  | 'outer_due_at'
  | 'place'
  | 'place_note'
  | 'kind'
  | 'unit'
  | 'reason'

/** Times are those of a form (`2026-09-01T11:20`, the clock of this computer), empty where nothing is said. */
export interface Pasted {
  text: string
  /** What units will read of it: the text without whoever said it, as the server took it apart, or as somebody wrote it. */
  note: string
  photos: { sha256: string; exif: PhotoClaim['exif'] }[]
  source: string
  speaker: string
  said_at: string
  outer_no: string
  outer_due_at: string
  place: Place | null
  place_note: string
  category: string
  condition_id: string | null
  /** Empty: it waits in the tray. */
  unit_id: string
  reason: string
  join_ticket_id: string | null
  settled: Settled[]
}

export const nothing = (): Pasted => ({
  text: '',
  note: '',
  photos: [],
  source: 'wechat',
  speaker: '',
  said_at: '',
  outer_no: '',
  outer_due_at: '',
  place: null,
  place_note: '',
  category: '',
  condition_id: null,
  unit_id: '',
  reason: '',
  join_ticket_id: null,
  settled: [],
})

/** Whether there is anything that must not be lost. */
export function holds(pasted: Pasted): boolean {
  return pasted.text.trim() !== '' || pasted.photos.length > 0 || pasted.settled.length > 0
}

export type Lack = 'words' | 'kind' | 'reason'

/** What keeps it from being filed. A place may be missing: then the desk looks for it later. */
export function lacks(pasted: Pasted): Lack | null {
  if (pasted.text.trim() === '' && pasted.photos.length === 0) return 'words'
  if (pasted.category === '') return 'kind'
  if (pasted.unit_id !== '' && pasted.join_ticket_id === null && pasted.reason.trim() === '') return 'reason'
  return null
}

function instant(local: string): string | undefined {
  return local === '' ? undefined : new Date(local).toISOString()
}

function words(text: string): string | undefined {
  return text.trim() || undefined
}

const MOBILE = /(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)/g

export function reportOf(pasted: Pasted, now: number): ReportBody {
  const { place } = pasted
  // While the server could not be asked the text goes as it is; it is taken apart there before anybody reads it.
  const said = pasted.note.trim() || (pasted.settled.includes('note') ? '' : pasted.text.trim())
  const sends = pasted.unit_id !== '' && pasted.join_ticket_id === null
  return {
    category: pasted.category,
    condition_id: pasted.condition_id,
    location: place && {
      lon: place.lon,
      lat: place.lat,
      accuracy_m: place.accuracy_m,
      age_s: Math.max(0, Math.round((now - place.at) / 1000)),
      source: place.source,
    },
    place_note: pasted.place_note.trim() || null,
    note: said.replace(MOBILE, '（电话略）') || null,
    photos: pasted.photos.map(({ sha256, exif }) => ({ sha256, kind: 'close', exif })),
    self_resolved: null,
    join_ticket_id: pasted.join_ticket_id,
    source: pasted.source,
    speaker: words(pasted.speaker),
    said_at: instant(pasted.said_at),
    outer_no: words(pasted.outer_no),
    outer_due_at: instant(pasted.outer_due_at),
    unit_id: sends ? pasted.unit_id : undefined,
    unit_reason: sends ? words(pasted.reason) : undefined,
  }
}

/** An instant as a form writes it, by the clock of this computer; empty without one. */
export function forForm(at: string | number | null): string {
  if (at === null) return ''
  const local = new Date(at)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${localDay(local)}T${two(local.getHours())}:${two(local.getMinutes())}`
}

const SOON_MS = 86_400_000

/** How another system's limit stands. */
export function outerTone(due_at: string, now: number): 'late' | 'near' | 'far' {
  const left = Date.parse(due_at) - now
  return left < 0 ? 'late' : left < SOON_MS ? 'near' : 'far'
}
