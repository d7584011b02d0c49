/** The shapes of the API in the words of the screens. Instants are ISO 8601 text, spans seconds, places WGS-84. */

export type Role =
  | 'volunteer'
  | 'steward'
  | 'liaison'
  | 'unit_worker'
  | 'unit_lead'
  | 'dispatcher'
  | 'shift_leader'
  | 'supervisor'
  | 'system_admin'
  | 'security_admin'
  | 'audit_admin'

export interface Grant {
  role: Role
  scope_kind: 'jurisdiction' | 'community' | 'grid' | 'unit'
  scope_id: string
  scope_name: string
  is_lead: boolean
}

export interface EmergencyNumber {
  label: string
  number: string
}

export interface Jurisdiction {
  jurisdiction_id: string
  name: string
  telephone: string
  time_zone: string
  emergency_numbers: EmergencyNumber[]
  /** A demo community, marked as invented on the screen. */
  invented: boolean
}

export interface Session {
  person_id: string
  name: string
  jurisdiction: Jurisdiction
  roles: Grant[]
  notice_due: boolean
}

export interface Hello {
  server_time: string
  feed_epoch: number | string
  scope_rev: number | string
  oldest_schema: number
  limits: { photo_bytes: number; photo_side: number; photo_pixels: number }
  backoff_hint_s: number
  session: Session | null
}

export interface Answer {
  condition_id: string
  code: string
  name: string
  picture: string
  urgent: boolean
}

export interface Category {
  code: string
  name: string
  /** One of the drawn pictures; empty for kinds that only the desk files. */
  picture: string | null
  urgent: boolean
  question: { text: string; answers: Answer[] } | null
  duplicate_radius_m: number
  evidence?: unknown
}

export interface Categories {
  standard_id: string
  version: string | number
  categories: Category[]
}

export interface NearName {
  kind: string
  name: string
  distance_m: number
}

export interface PlaceWords {
  words: string
  near: NearName[]
}

export type LocationSource = 'gps' | 'named' | 'sketch' | 'photo' | 'none'

export interface Location {
  lon: number
  lat: number
  accuracy_m: number
  /** Seconds between the measurement and the report. */
  age_s: number
  source: LocationSource
}

export type PhotoKind = 'wide' | 'close' | 'before' | 'after' | 'verification' | 'proof'

export interface PhotoClaim {
  sha256: string
  kind: PhotoKind
  exif: { taken_at: string | null; lon: number | null; lat: number | null } | null
}

export interface ReportBody {
  category: string
  condition_id: string | null
  location: Location | null
  place_note: string | null
  note: string | null
  photos: PhotoClaim[]
  self_resolved: { after_photo: string; note: string | null } | null
}

export type Status =
  | 'received'
  | 'accepted'
  | 'assigned'
  | 'in_progress'
  | 'deferred'
  | 'shelved'
  | 'resolved'
  | 'closed'
  | 'rejected'
  | 'split'
  | 'cancelled'
  | 'merged'
  | 'withdrawn'

export interface TicketBrief {
  ticket_id: string
  ticket_no: string | null
  short_no: string
  status: Status
  category: string
  category_name: string | null
  condition_id: string | null
  urgent: boolean
  place_note: string | null
  lon: number | null
  lat: number | null
  accuracy_m: number | null
  grid_id: string | null
  grid_name: string | null
  community_id: string | null
  unit_id: string | null
  unit_name: string | null
  unit_kind: string | null
  assignee_id: string | null
  assignment_id: string | null
  resolution_id: string | null
  received_at: string
  captured_at: string | null
  due_at: string | null
  resolve_due_at: string | null
  next_due: { clock: string; due_at: string } | null
  near_breach: boolean | null
  breached_at: string | null
  paused: boolean | null
  verify_way: string | null
  tray_reason: string | null
  photo: string | null
  thumbnail: string | null
  version: number
  reports_count: number | null
  marks: string[] | null
  merged_into_id: string | null
  parent_id: string | null
  mine: boolean
}

export interface TimelineEntry {
  at: string
  recorded_at: string
  verb: string
  who_label: string
  via: string
  text: string | null
  photos: string[]
  detail: Record<string, unknown>
}

export interface TicketPhoto {
  sha256: string
  kind: PhotoKind
  taken_at: string | null
  distance_m: number | null
}

export interface ClockView {
  clock: string
  due_at: string | null
  started_at: string | null
  stopped_at: string | null
  state: string
}

export interface Candidate {
  unit_id: string
  unit_name: string
  unit_kind: string
}

export interface TicketDetail extends TicketBrief {
  timeline: TimelineEntry[]
  clocks: ClockView[]
  photos: TicketPhoto[]
  routing: Record<string, unknown> | null
  candidates: Candidate[]
  assignment: {
    assignment_id: string
    unit_id: string
    worker_id: string | null
    worker_name: string | null
    assigned_at: string
  } | null
  resolution: { resolution_id: string; [detail: string]: unknown } | null
  requests: { request_id: string; kind: string; state: string; [detail: string]: unknown }[]
  condition: {
    code: string
    filing_text: string
    closing_text: string
    limit_text: string
    evidence: unknown
  } | null
  allowed: { intent: string; needs: string[] }[]
}

export interface TicketPage {
  tickets: TicketBrief[]
  next: string | null
}

export interface Person {
  person_id: string
  name: string
  roles: Grant[]
}

export interface Position {
  lon: number
  lat: number
}

export type Ring = [number, number][]

export type Geometry =
  | { type: 'Point'; coordinates: [number, number] }
  | { type: 'LineString'; coordinates: Ring }
  | { type: 'MultiLineString'; coordinates: Ring[] }
  | { type: 'Polygon'; coordinates: Ring[] }
  | { type: 'MultiPolygon'; coordinates: Ring[][] }

export interface Feature {
  type: 'Feature'
  id?: string | number
  geometry: Geometry | null
  properties: Record<string, unknown>
}

export interface FeatureCollection {
  type: 'FeatureCollection'
  features: Feature[]
}

export type Layer = 'grid' | 'street' | 'landmark' | 'building' | 'service-area' | 'area'
