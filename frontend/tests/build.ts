/** Things that tests are made of. */
import { makeOperation, makeReport, type Clock, type Item, type Maker } from '../src/core/operations'
import type { ReportBody, TicketBrief } from '../src/core/shapes'

export const CLOCK: Clock = {
  captured_at: '2026-09-01T04:00:00.000Z',
  tz: 'Asia/Shanghai',
  offset_ms: 0,
  offset_at: '2026-09-01T03:59:00.000Z',
  boot_id: 'boot',
  mono_ms: 1,
}

/** A stand-in for SHA-256 that tells texts apart. */
export const digest = async (text: string) =>
  `digest-of-${text.length}-${[...text].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) | 0, 7)}`

let count = 0

export function maker(rest: Partial<Maker> = {}): Maker {
  count += 1
  return {
    item_id: `item-${String(count).padStart(5, '0')}`,
    person_id: 'volunteer',
    jurisdiction_id: 'town',
    clock: CLOCK,
    created_at: count,
    ...rest,
  }
}

export const BODY: ReportBody = {
  category: 'litter_full',
  condition_id: null,
  location: { lon: 113.2765, lat: 22.8341, accuracy_m: 12, age_s: 2, source: 'gps' },
  place_note: '雪圃学校东门旁',
  note: null,
  photos: [],
  self_resolved: null,
  join_ticket_id: null,
}

const label = { kind: '垃圾满了', place: '雪圃学校东门旁', picture: 'litter_full' }

export function report(rest: Partial<Maker> = {}, photos: string[] = [], urgent = false): Promise<Item> {
  const body = { ...BODY, photos: photos.map((sha256) => ({ sha256, kind: 'before' as const, exif: null })) }
  return makeReport(maker(rest), body, { urgent, label }, digest)
}

export function step(
  ticket_id: string,
  type: string,
  rest: Partial<Maker> = {},
  after: string | null = null,
): Promise<Item> {
  const seen = { version: 1, assignment_id: null, resolution_id: null }
  return makeOperation(maker(rest), { ticket_id, type, seen, body: {}, photos: [], after, label }, digest)
}

export function ticket(rest: Partial<TicketBrief> = {}): TicketBrief {
  return {
    ticket_id: 'ticket-1',
    ticket_no: '20260901-000037',
    short_no: '037',
    status: 'assigned',
    category: 'litter_full',
    category_name: '垃圾满了',
    condition_id: 'litter_full-full',
    urgent: false,
    place_note: null,
    lon: null,
    lat: null,
    accuracy_m: null,
    grid_id: null,
    grid_name: null,
    community_id: null,
    unit_id: null,
    unit_name: null,
    unit_kind: null,
    assignee_id: null,
    assignment_id: null,
    resolution_id: null,
    received_at: '2026-09-01T04:00:00Z',
    ended_at: null,
    closing: null,
    captured_at: null,
    due_at: null,
    resolve_due_at: null,
    next_due: null,
    near_breach: false,
    breached_at: null,
    paused: false,
    verify_way: null,
    tray_reason: null,
    photo: null,
    thumbnail: null,
    version: 1,
    reports_count: 1,
    marks: [],
    merged_into_id: null,
    parent_id: null,
    outer_no: null,
    outer_due_at: null,
    mine: false,
    ...rest,
  }
}
