/** Places: names near a point and the layers of a community, kept for the time without network. */
import type { FeatureCollection, Layer, PlaceWords, Position } from '../core/shapes'
import { body, client } from './api'
import { kept, keptFirst, type Fresh } from './kept'

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

/** Brings the layers of a community onto the phone, for names and sketches without a network. */
export async function holdLayers(community_id: string): Promise<void> {
  for (const one of ['grid', 'street', 'landmark', 'building'] as const) await layer(one, community_id)
}

export async function myScope() {
  return kept('my scope', () => body(client.GET('/api/v1/my/scope')))
}
