/**
 * The shapes of the API in the words of the screens, made from the server's own description. Where that says "text" and
 * the domain knows the words (roles, statuses), they are named here. Instants are ISO 8601 text, spans seconds, places
 * WGS-84 degrees.
 */
import type { components } from '../data/schema'

type Schemas = components['schemas']
type Named<Shape, Fields> = Omit<Shape, keyof Fields> & Fields

export type Role = Schemas['RoleOut']['role']
export type RoleName = Schemas['Role']
export type Layer = Schemas['Layer']

export type Grant = Named<
  Schemas['RoleOut'],
  { role: Role; scope_kind: 'jurisdiction' | 'community' | 'grid' | 'unit' }
>
export type EmergencyNumber = Schemas['EmergencyNumber']
export type Session = Named<Schemas['SessionOut'], { roles: Grant[] }>
export type Hello = Named<Schemas['HelloOut'], { session: Session | null }>

export type Answer = Schemas['AnswerShown']
export type Category = Schemas['CategoryShown']
export type Categories = Schemas['CategoriesShown']

export type NearName = Named<Schemas['NearOut'], { kind: string }>
export type PlaceWords = Named<Schemas['PlaceWordsOut'], { near: NearName[] }>

export type LocationSource = 'gps' | 'named' | 'sketch' | 'photo' | 'none' | 'degrees'

/** `age_s`: seconds between the measurement and the report. */
export interface Location {
  lon: number
  lat: number
  accuracy_m: number
  age_s: number
  source: LocationSource
}

export type PhotoKind = 'wide' | 'close' | 'before' | 'after' | 'verification' | 'proof'

export interface PhotoClaim {
  sha256: string
  kind: PhotoKind
  exif: { taken_at: string | null; zone_assumed?: boolean; lon: number | null; lat: number | null } | null
}

export interface ReportBody {
  category: string
  condition_id: string | null
  location: Location | null
  place_note: string | null
  note: string | null
  photos: PhotoClaim[]
  self_resolved: { after_photo: string; note: string | null } | null
  /** The open ticket that the same was told of before. */
  join_ticket_id: string | null
  /** The walk on which it was seen. */
  patrol_id?: string
  /** What the desk files for others says where it comes from; to units nothing of it is shown. */
  source?: string
  speaker?: string
  said_at?: string
  outer_no?: string
  outer_due_at?: string
  /** To whom the desk sends it at once, and why. */
  unit_id?: string
  unit_reason?: string
  /** The visit at which it was asked for. */
  visit_id?: string
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

export type TicketBrief = Named<Schemas['TicketBrief'], { status: Status }>
export type TicketPage = Named<Schemas['TicketPage'], { tickets: TicketBrief[] }>
export type TimelineEntry = Schemas['TimelineEntry']
export type TicketPhoto = Named<Schemas['PhotoShown'], { kind: PhotoKind }>
export type TicketDetail = Named<Schemas['TicketDetail'], { status: Status; photos: TicketPhoto[] }>

export type ProgressLink = Schemas['ProgressLink']
/** Covered parts of a photo are left, top, width, height, as fractions of its sides. */
export type ClearingPhoto = Named<
  Schemas['ClearingPhoto'],
  { kind: PhotoKind; boxes: [number, number, number, number][] }
>
export type Clearing = Named<Schemas['Clearing'], { photos: ClearingPhoto[] }>
export type WaitingTicket = Named<Schemas['Waiting'], { status: Status }>

export type Person = Schemas['PersonOut']

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
