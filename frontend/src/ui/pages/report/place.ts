/** Names for a place: the server's when it answers, else from what the phone holds. */
import { nearNames } from '../../../core/geo'
import type { Feature, FeatureCollection, NearName, Position } from '../../../core/shapes'
import { layer, placeWords } from '../../../data/territory'
import { language, t } from '../../text/index.svelte'

export interface Named {
  words: string
  near: NearName[]
  /** False: neither the server nor this phone could tell. */
  known: boolean
}

export type Layers = Record<'grid' | 'street' | 'landmark' | 'building', Feature[]>

async function features(
  name: 'grid' | 'street' | 'landmark' | 'building',
  community?: string,
): Promise<Feature[]> {
  const collection: FeatureCollection | null = await layer(name, community)
    .then((fresh) => fresh.value)
    .catch(() => null)
  return collection?.features ?? []
}

/** As many as stand above the sketch on a small screen. */
const MOST = 6

/** What the phone needs for a sketch and for names; layers that cannot be had are empty. */
export async function layers(community?: string): Promise<Layers> {
  const [grid, street, landmark, building] = await Promise.all([
    features('grid', community),
    features('street', community),
    features('landmark', community),
    features('building', community),
  ])
  return { grid, street, landmark, building }
}

export async function findNames(place: Position, community?: string): Promise<Named> {
  let asked = false
  try {
    const { words, near } = await placeWords(place, language())
    asked = true
    if (words || near.length) return { words, near: near.slice(0, MOST), known: true }
  } catch {
    // Offline, the phone's own layers name the place.
  }
  const { street, landmark, building } = await layers(community)
  const near = nearNames({ landmark, building, street }, place)
  return {
    near,
    words: near[0] ? t('report.place_beside', { name: near[0].name }) : '',
    known: asked || street.length + landmark.length + building.length > 0,
  }
}
