/** Names for a place: from what the phone holds when the server is slow, then the server's if it answers. */
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
  /** The server has answered. */
  sure: boolean
}

export type Layers = Record<'grid' | 'street' | 'landmark' | 'building', Feature[]>

/** As many as stand above the sketch on a small screen. */
const MOST = 6
/** Where the network is good the server is as quick as this, and no words change under the reader's eyes. */
const HEAD_START_MS = 1_000

/** What the phone needs for a sketch and for names; all empty when the map cannot be had. */
export async function layers(community?: string): Promise<Layers> {
  return (community ? mapOf(community) : myMap()).then(
    ({ value }) => value.layers,
    () => ({ grid: [], street: [], landmark: [], building: [] }),
  )
}

/**
 * The best names there are in the end. `hear` is called once or twice: with the phone's when the server lets wait for it,
 * then with those in the end.
 */
export async function findNames(
  place: Position,
  community?: string,
  hear: (found: Named) => void = () => undefined,
): Promise<Named> {
  let over = false
  const held = heldNames(place, community)
  const asked = placeWords(place, language()).catch(() => null)
  const waited = new Promise((done) => setTimeout(done, HEAD_START_MS))
  void Promise.all([held, Promise.race([asked, waited])]).then(([found]) => {
    if (!over && found.near.length) hear(found)
  })
  const said = await asked
  const named =
    said && (said.words || said.near.length)
      ? { words: said.words, near: said.near.slice(0, MOST), known: true, sure: true }
      : await held.then((found) => ({ ...found, known: said !== null || found.known, sure: said !== null }))
  over = true
  hear(named)
  return named
}

async function heldNames(place: Position, community?: string): Promise<Named> {
  const { street, landmark, building } = await layers(community)
  const near = nearNames({ landmark, building, street }, place)
  return {
    near,
    words: near[0] ? t('report.place_beside', { name: near[0].name }) : '',
    known: street.length + landmark.length + building.length > 0,
    sure: false,
  }
}
