/** Written by hand until the server's OpenAPI document exists; `npm run gen` replaces it. */
import type {
  Categories,
  FeatureCollection,
  Hello,
  Layer,
  Person,
  PlaceWords,
  TicketDetail,
  TicketPage,
} from '../core/shapes'

type Json<T> = { content: { 'application/json': T }; headers: Record<string, unknown> }
type Post<Body, T> = {
  post: { parameters: object; requestBody: { content: { 'application/json': Body } }; responses: { 200: Json<T> } }
}

interface TicketQuery {
  bbox?: string
  status?: string
  unit_id?: string
  grid_id?: string
  category?: string
  due_before?: string
  text?: string
  tray?: boolean
  mine?: boolean
  verify?: boolean
  order?: 'due' | 'newest'
  after?: string
  limit?: number
}

export interface paths {
  '/api/v1/hello': { get: { parameters: object; responses: { 200: Json<Hello> } } }
  '/api/v1/sign-in/invite/look': Post<
    { token: string },
    { name: string; community: string; expires_at: string; in_app_hint: boolean }
  >
  '/api/v1/sign-in/invite': Post<{ token: string; notice_version: string }, Record<string, unknown>>
  '/api/v1/sign-in/password': Post<{ login: string; password: string; notice_version?: string }, Record<string, unknown>>
  '/api/v1/sign-in/code/ask': Post<{ phone: string }, Record<string, unknown>>
  '/api/v1/sign-in/code': Post<
    { phone: string; code: string; person_id?: string; notice_version?: string },
    Record<string, unknown>
  >
  '/api/v1/sign-in/printed': Post<{ phone: string; code: string; notice_version?: string }, Record<string, unknown>>
  '/api/v1/sign-out': Post<Record<string, never>, Record<string, unknown>>
  '/api/v1/people': { get: { parameters: { query?: { unit_id?: string } }; responses: { 200: Json<{ people: Person[] }> } } }
  '/api/v1/tickets': { get: { parameters: { query?: TicketQuery }; responses: { 200: Json<TicketPage> } } }
  '/api/v1/tickets/{ticket_id}': {
    get: { parameters: { path: { ticket_id: string } }; responses: { 200: Json<TicketDetail> } }
  }
  '/api/v1/territory/{layer}': {
    get: {
      parameters: { path: { layer: Layer }; query?: { community_id?: string } }
      responses: { 200: Json<FeatureCollection> }
    }
  }
  '/api/v1/categories': { get: { parameters: object; responses: { 200: Json<Categories> } } }
  '/api/v1/place-words': {
    get: { parameters: { query: { lon: number; lat: number } }; responses: { 200: Json<PlaceWords> } }
  }
  '/api/v1/my/scope': {
    get: {
      parameters: object
      responses: {
        200: Json<{
          scopes: string[]
          communities: { community_id: string; name: string }[]
          grids: { grid_id: string; name: string }[]
          units: { unit_id: string; name: string }[]
        }>
      }
    }
  }
}
