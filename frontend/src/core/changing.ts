/** A refused item as its person reads it and changes it: the words in its body, its photos, what it becomes. Pure. */
import { isLegal } from './apply'
import { claimsIn, digestsOf, type Claimed } from './evidence'
import type { Item, OperationItem, Seen } from './operations'
import type { PhotoClaim, ReportBody, Status } from './shapes'
import { stepOf } from './steps'

type Body = Record<string, unknown>

/** Fields of bodies that hold a person's own words. */
const WORDS = ['answer', 'note', 'text', 'clause', 'call', 'words', 'reason']

/** Under which name what a person changes of it is kept until it is sent. */
export const changeDraft = (item_id: string) => `change ${item_id}`

export function bodyOfItem(item: Item): Body {
  return JSON.parse(item.body_text) as Body
}

/** The field for words of this item; null: it takes none. */
function wordsField(item: Item): string | null {
  if (item.kind === 'report') return 'note'
  const body = bodyOfItem(item)
  // A reason chosen from a list is a code, not words.
  const coded = item.type.startsWith('ask_') && item.type !== 'ask_reopen'
  const said = WORDS.find((name) => typeof body[name] === 'string' && !(coded && name === 'reason'))
  return said ?? stepOf(item.type)?.words ?? null
}

/** What the person wrote; null: this item takes no words. */
export function wordsOf(item: Item): string | null {
  const field = wordsField(item)
  if (field === null) return null
  const said = bodyOfItem(item)[field]
  return typeof said === 'string' ? said : ''
}

/** Its photos with what each claims, as far as its body says. */
export function photosOf(item: Item): Claimed[] {
  const said = claimsIn(bodyOfItem(item)['photos'])
  return item.photos.map((sha256) => said.find((one) => one.sha256 === sha256) ?? { sha256, exif: null })
}

/** The same thing again with other words and photos. */
export function changed(
  item: Item,
  words: string,
  photos: readonly Claimed[],
): { body: Body; photos: string[] } {
  const body = bodyOfItem(item)
  const field = wordsField(item)
  if (field !== null) {
    if (words.trim()) body[field] = words.trim()
    else if (item.kind === 'report') body[field] = null
    else delete body[field]
  }
  if (item.kind === 'report')
    return { body: reportWith(body as unknown as ReportBody, photos), photos: digestsOf(photos) }
  if (photos.length) body['photos'] = [...photos]
  else delete body['photos']
  return { body, photos: digestsOf(photos) }
}

function reportWith(body: ReportBody, photos: readonly Claimed[]): Body {
  const claim = ({ sha256, exif }: Claimed): PhotoClaim =>
    body.photos.find((known) => known.sha256 === sha256) ?? { sha256, kind: 'before', exif }
  const after = body.self_resolved?.after_photo
  const done = photos.some(({ sha256 }) => sha256 === after) ? body.self_resolved : null
  return { ...body, photos: photos.map(claim), self_resolved: done }
}

/** How the ticket stands, as the refusal told it; null: nothing may be known of it. */
export interface Current {
  status: Status
  seen: Seen
  merged_into_id: string | null
}

export function currentOf(item: Item): Current | null {
  const current = item.refused?.facts['current'] as Record<string, unknown> | undefined
  if (typeof current?.['status'] !== 'string') return null
  const id = (name: string) => (typeof current[name] === 'string' ? current[name] : null)
  return {
    status: current['status'] as Status,
    seen: {
      version: Number(current['version']) || 0,
      assignment_id: id('assignment_id'),
      resolution_id: id('resolution_id'),
    },
    merged_into_id: id('merged_into_id'),
  }
}

/** Whether the step is one that the ticket, as it stands now, knows at all. */
export function stillPossible(item: OperationItem, status: Status | null): boolean {
  return status === null || isLegal(item.type, status)
}

/** What was done, told afterwards: words and photos are always taken, whatever became of the ticket. */
export function asNote(
  words: string,
  photos: readonly Claimed[],
  audience: 'reporter' | 'unit' | 'internal',
): { type: string; body: Body; photos: string[] } | null {
  const said = words.trim()
  if (photos.length)
    return {
      type: 'add_photo',
      body: { photos: [...photos], ...(said ? { note: said } : {}) },
      photos: digestsOf(photos),
    }
  return said ? { type: 'note', body: { text: said, audience }, photos: [] } : null
}
