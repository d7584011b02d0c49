/** What can be shown of a ticket whose details this phone never had. Pure. */
import type { Item } from './operations'
import type { PhotoKind, ReportBody, TicketBrief, TicketDetail, TicketPhoto } from './shapes'

/** A row of the feed as a ticket: all that only the details tell is empty. */
export function outlineOf(row: TicketBrief): TicketDetail {
  return {
    ...row,
    source: null,
    timeline: [],
    clocks: [],
    reasons_said: [],
    photos: [],
    routing: null,
    candidates: [],
    assignment: null,
    resolution: null,
    requests: [],
    condition: null,
    allowed: [],
    reporter: null,
    conflict: null,
  }
}

/** Details that were read before, with the newer row of the feed over them. */
export function withRow(detail: TicketDetail, row: TicketBrief | null): TicketDetail {
  return row !== null && row.version > detail.version ? { ...detail, ...row } : detail
}

const SHOWS: Readonly<Record<string, PhotoKind>> = { resolve: 'after', verify: 'verification' }

/** The ticket with the photos of my own steps that it does not hold yet, so that before and after stand side by side. */
export function withMyPhotos(ticket: TicketDetail, pending: readonly Item[]): TicketDetail {
  const known = new Set(ticket.photos.map((photo) => photo.sha256))
  const mine = pending.flatMap((item) => {
    const kind = item.kind === 'operation' ? SHOWS[item.type] : undefined
    if (kind === undefined) return []
    const fresh = item.photos.filter((sha256) => !known.has(sha256))
    return fresh.map((sha256) => photoShown(sha256, kind, item.clock.captured_at))
  })
  if (mine.length === 0) return ticket
  const first = ticket.photo && !known.size ? [photoShown(ticket.photo, 'before', ticket.received_at)] : []
  return { ...ticket, photos: [...first, ...ticket.photos, ...mine] }
}

function photoShown(sha256: string, kind: PhotoKind, added_at: string): TicketPhoto {
  return { sha256, kind, added_at, taken_at: null, distance_m: null, marks: [], hidden: false }
}

/**
 * The ticket that a report on this phone will found: steps on it queue under its id. `received_at` is the phone's, since
 * nobody has received it yet.
 */
export function outlineOfReport(item: Item): TicketDetail {
  const body = JSON.parse(item.body_text) as ReportBody
  const [first] = item.photos
  const steps = ['note', 'add_photo'].map((intent) => ({ intent, needs: [], reasons: [] }))
  return {
    ...outlineOf({
      ticket_id: item.ticket_id,
      ticket_no: null,
      short_no: item.receipt?.short_no ?? '',
      status: 'received',
      category: body.category,
      category_name: item.label.kind,
      condition_id: body.condition_id,
      urgent: item.urgent,
      place_note: item.label.place || body.place_note,
      lon: body.location?.lon ?? null,
      lat: body.location?.lat ?? null,
      accuracy_m: body.location?.accuracy_m ?? null,
      grid_id: null,
      grid_name: null,
      community_id: null,
      unit_id: null,
      unit_name: null,
      unit_kind: null,
      assignee_id: null,
      assignment_id: null,
      resolution_id: null,
      received_at: item.clock.captured_at,
      captured_at: item.clock.captured_at,
      ended_at: null,
      closing: null,
      due_at: null,
      resolve_due_at: null,
      next_due: null,
      near_breach: null,
      breached_at: null,
      paused: null,
      verify_way: null,
      tray_reason: null,
      photo: first ?? null,
      thumbnail: first ?? null,
      version: 0,
      reports_count: 1,
      marks: [],
      merged_into_id: null,
      parent_id: null,
      outer_no: body.outer_no ?? null,
      outer_due_at: body.outer_due_at ?? null,
      mine: true,
    }),
    allowed: steps,
  }
}
