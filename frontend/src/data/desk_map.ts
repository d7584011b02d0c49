/** What the desk's map is made of: where its tiles are, how far it reaches, and tickets that tiles cannot choose. */
import type { MapQuery } from '../core/desk_map'
import { body, client, spoken } from './api'
import type { paths } from './schema'

export type TileLayers = 'base' | 'service-areas' | 'tickets'
export type PointsQuery = NonNullable<paths['/api/v1/tickets/points']['get']['parameters']['query']>

/** Points, the newest first. `cut`: there are more. */
export async function ticketPoints(query: PointsQuery) {
  return body(client.GET('/api/v1/tickets/points', { params: { query } }))
}

/** West, south, east, north of the grids in degrees, and the zooms of tiles. */
export async function mapExtent() {
  return body(client.GET('/api/v1/tiles'))
}

export function tilesAt(layers: TileLayers, query: MapQuery = {}): string {
  const words = new URLSearchParams(query as Record<string, string>).toString()
  return `${location.origin}/api/v1/tiles/${layers}/{z}/{x}/{y}${words ? `?${words}` : ''}`
}

/** A request of the map for a tile of ours, in the name of the person at the desk. */
export function tileRequest(url: string): { url: string; headers: Record<string, string> } {
  return { url, headers: url.startsWith(`${location.origin}/api/`) ? spoken() : {} }
}
