/** Places: names near a point, the desk's layers, changes of territory. The phone's map is in `maps`. */
import type { FeatureCollection, Layer, PlaceWords, Position } from '../core/shapes'
import type { Proposal } from '../core/territory'
import { body, client } from './api'
import { kept, keptFirst, type Fresh } from './kept'
import type { components } from './schema'

export async function layer(layer: Layer, community_id?: string): Promise<Fresh<FeatureCollection>> {
  return keptFirst(
    `layer ${layer} ${community_id ?? ''}`,
    async () =>
      (await body(
        client.GET('/api/v1/territory/{layer}', {
          params: { path: { layer }, query: community_id ? { community_id } : {} },
        }),
      )) as FeatureCollection,
  )
}

export async function placeWords({ lon, lat }: Position, lang: 'zh' | 'en'): Promise<PlaceWords> {
  return body(client.GET('/api/v1/place-words', { params: { query: { lon, lat, lang } } }))
}

export async function myScope() {
  return kept('my scope', () => body(client.GET('/api/v1/my/scope')))
}

export type ChangePreview = components['schemas']['ChangePreview']
export type TerritoryChange = components['schemas']['TerritoryChange']
export type GridCounts = components['schemas']['GridCounts']
export type Consent = 'past' | 'outside'

/** What a change of grids would move; nothing is kept of it. */
export async function previewChange(proposal: Proposal): Promise<ChangePreview> {
  return body(client.POST('/api/v1/territory/changes/preview', { body: proposal as never }))
}

/** Makes the change as it was shown (`seen`), all of it or nothing. */
export async function publishChange(proposal: Proposal, seen: string, consents: Consent[]): Promise<void> {
  await body(client.POST('/api/v1/territory/changes', { body: { ...proposal, seen, consents } as never }))
}

export async function changes(): Promise<TerritoryChange[]> {
  return (await body(client.GET('/api/v1/territory/changes'))).changes
}

/** Tickets by grid of the days `from` … `to`: by the grid each was filed in, or by its place under today's boundaries. */
export async function ticketsByGrid(
  from: string,
  to: string,
  territory: 'then' | 'now',
  community_id?: string,
): Promise<GridCounts[]> {
  const query = { from, to, territory, ...(community_id ? { community_id } : {}) }
  return (await body(client.GET('/api/v1/territory/figures', { params: { query } }))).grids
}
