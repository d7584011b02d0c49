/**
 * The map of my communities, kept on the phone for the time without a network: all layers of a community in one record,
 * which is replaced whole or not at all, so that new grids never lie over old houses.
 */
import { isOpen } from '../core/tickets'
import type { Feature, FeatureCollection } from '../core/shapes'
import type { BaseMap } from '../core/tiles'
import { body, client, Unreachable } from './api'
import { transact } from './db'
import { held, type Fresh } from './kept'
import { rows } from './live'
import { currentPerson, mayKeep } from './session'
import { myScope } from './territory'

const DRAWN = ['grid', 'street', 'landmark', 'building'] as const
type Drawn = (typeof DRAWN)[number]

/** The layers of a map. `cut`: it has more houses than a phone can keep and draw. */
export interface Territory {
  layers: Record<Drawn, Feature[]>
  cut: boolean
}

interface HeldMap extends Territory {
  /** What the server named this version of each layer. */
  tags: Record<Drawn, string | null>
}

/** A street office's houses, not a city's: about 10 MB in the store. */
const MOST_FEATURES = 20_000
const MOST_COMMUNITIES = 4
/** Territory changes some times a year; asking costs four answers without a body. */
const FRESH_MS = 600_000

const PREFIX = 'map '
const hearers = new Set<() => void>()

/** Calls `hear` when a map on the phone was replaced. Returns how to stop. */
export function onMaps(hear: () => void): () => void {
  hearers.add(hear)
  return () => hearers.delete(hear)
}

async function ask(
  layer: Drawn,
  community_id: string | undefined,
  tag: string | null,
): Promise<{ features: Feature[] | null; tag: string | null }> {
  const { data, response } = await client.GET('/api/v1/territory/{layer}', {
    params: {
      path: { layer },
      query: community_id ? { community_id } : {},
      header: tag ? { 'if-none-match': tag } : {},
    },
  })
  if (tag && response.status === 304) return { features: null, tag }
  const collection = data as FeatureCollection | undefined
  if (collection?.type !== 'FeatureCollection') throw new Unreachable()
  return { features: collection.features, tag: response.headers.get('etag') }
}

/** Asks for what has changed; `before` stays whole when anything of it cannot be had. */
async function renewed(community_id: string | undefined, before: HeldMap | null): Promise<HeldMap> {
  const answers = await Promise.all(
    DRAWN.map((layer) => ask(layer, community_id, before?.tags[layer] ?? null)),
  )
  const layers = {} as HeldMap['layers']
  const tags = {} as HeldMap['tags']
  DRAWN.forEach((layer, index) => {
    const { features, tag } = answers[index]!
    layers[layer] = features ?? before!.layers[layer]
    tags[layer] = tag
  })
  const houses = answers[DRAWN.indexOf('building')]!.features
  const cut = houses
    ? DRAWN.reduce((sum, layer) => sum + layers[layer].length, 0) > MOST_FEATURES
    : before!.cut
  if (cut) layers.building = []
  return { layers, tags, cut }
}

async function keep(key: string, person_id: string, value: HeldMap): Promise<void> {
  if (!mayKeep(person_id)) return
  await transact(['kept'], 'readwrite', async (tx) => {
    const store = tx.objectStore('kept')
    await store.put({ key, person_id, at: Date.now(), value })
    const maps = await store.getAll(IDBKeyRange.bound(PREFIX, `${PREFIX}\uffff`))
    const oldest = maps.sort((a, b) => b.at - a.at).slice(MOST_COMMUNITIES)
    for (const map of oldest) await store.delete(map.key)
  })
}

const renewing = new Map<string, Promise<Fresh<HeldMap>>>()

function renew(community_id: string | undefined, before: HeldMap | null): Promise<Fresh<HeldMap>> {
  const key = `${PREFIX}${community_id ?? ''}`
  const person_id = currentPerson()?.person_id ?? ''
  const asked = `${person_id} ${key}`
  let work = renewing.get(asked)
  if (!work)
    renewing.set(
      asked,
      (work = renewed(community_id, before)
        .then(async (value) => {
          // A phone without room still shows the map that has just come.
          await keep(key, person_id, value).catch((error: unknown) =>
            console.warn('the map is not kept', error),
          )
          if (DRAWN.some((layer) => value.layers[layer] !== before?.layers[layer]))
            hearers.forEach((hear) => hear())
          return { value, at: Date.now(), old: false }
        })
        .finally(() => renewing.delete(asked))),
    )
  return work
}

/** The map of a community (of the whole jurisdiction without one): what the phone holds at once, and a newer one behind it. */
export async function mapOf(community_id?: string): Promise<Fresh<Territory>> {
  const copy = await held<HeldMap>(`${PREFIX}${community_id ?? ''}`)
  if (copy === null) return renew(community_id, null)
  if (Date.now() - copy.at < FRESH_MS) return { ...copy, old: false }
  void renew(community_id, copy.value).catch(() => undefined)
  return copy
}

/** My communities; of somebody whose unit works in many, those with the most open tickets. */
async function myCommunities(): Promise<string[]> {
  const { communities } = (await myScope()).value
  if (communities.length) return communities.slice(0, MOST_COMMUNITIES).map((one) => one.community_id)
  const count = new Map<string, number>()
  for (const { community_id } of (await rows()).filter(isOpen))
    if (community_id) count.set(community_id, (count.get(community_id) ?? 0) + 1)
  return [...count]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_COMMUNITIES)
    .map(([community_id]) => community_id)
}

/** The maps of all my communities as one. `at`: of the oldest of them. */
export async function myMap(): Promise<Fresh<Territory>> {
  const maps = await Promise.all((await myCommunities()).map((community_id) => mapOf(community_id)))
  const layers = Object.fromEntries(
    DRAWN.map((layer) => {
      const features = maps.flatMap(({ value }) => value.layers[layer])
      // A lane between two communities is in both.
      return [layer, [...new Map(features.map((one) => [one.id ?? one, one])).values()]]
    }),
  ) as Territory['layers']
  return {
    value: { layers, cut: maps.some(({ value }) => value.cut) },
    at: Math.min(Date.now(), ...maps.map(({ at }) => at)),
    old: maps.some(({ old }) => old),
  }
}

/** The base map of others that the operator chose; null: there is none. Only with a network. */
export async function baseMap(): Promise<BaseMap | null> {
  return (await body(client.GET('/api/v1/base-map'))).base_map
}
