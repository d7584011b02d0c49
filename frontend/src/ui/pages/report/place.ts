/** Names for a place: the server's when it answers, else from what the phone holds. */
import { nearNames } from '../../../core/geo'
import type { Feature, NearName, Position } from '../../../core/shapes'
import { mapOf, myMap } from '../../../data/maps'
import { placeWords } from '../../../data/territory'
import { language, t } from '../../text/index.svelte'

export interface Named {
  words: string
  near: NearName[]
  /** False: neither the server nor this phone could tell. */
  known: boolean
}

export type Layers = Record<'grid' | 'street' | 'landmark' | 'building', Feature[]>

/** As many as stand above the sketch on a small screen. */
const MOST = 6

/** What the phone needs for a sketch and for names; all empty when the map cannot be had. */
export async function layers(community?: string): Promise<Layers> {
  return (community ? mapOf(community) : myMap()).then(
    ({ value }) => value.layers,
    () => ({ grid: [], street: [], landmark: [], building: [] }),
  )
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
