/** The map on the phone: whole or not at all, asked for only what has changed, of a bounded number of communities. */
import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const LAYERS = ['grid', 'street', 'landmark', 'building']
const PERSON = {
  person_id: 'volunteer',
  jurisdiction: { jurisdiction_id: 'town', telephone: '' },
}
const START = Date.parse('2026-11-21T08:00:00Z')
const HALF_HOUR = 1_800_000

/** Layers of communities, each with an edition that its tag names. */
class Town {
  editions = new Map<string, number>()
  away = false
  /** This layer's answer does not arrive. */
  lost: string | null = null
  communities = ['snow']
  asked: string[] = []
  bodies = 0
  /** Called when the answer to a layer is on its way. */
  underway: () => Promise<void> | void = () => undefined

  fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url)
    const json = (body: object, more: Record<string, string> = {}) =>
      new Response(JSON.stringify(body), {
        headers: { 'content-type': 'application/json', 'x-app-ack': '1', ...more },
      })
    if (this.away) throw new TypeError('no network')
    if (url.pathname.endsWith('/hello'))
      return json({ server_time: new Date().toISOString(), session: PERSON, scope_rev: null })
    if (url.pathname.endsWith('/sign-out')) return json({})
    if (url.pathname.endsWith('/my/scope'))
      return json({
        scopes: [],
        communities: this.communities.map((community_id) => ({ community_id, name: '' })),
        grids: [],
        units: [],
      })
    const layer = url.pathname.split('/').at(-1)!
    const community = url.searchParams.get('community_id') ?? 'all'
    this.asked.push(layer)
    if (layer === this.lost) throw new TypeError('cut')
    const edition = this.editions.get(`${layer} ${community}`) ?? 1
    const tag = `W/"${layer}-${community}-${edition}"`
    if (request.headers.get('if-none-match') === tag)
      return new Response(null, { status: 304, headers: { etag: tag } })
    await this.underway()
    this.bodies += 1
    const name = `${community} ${layer} ${edition}`
    const features = [{ type: 'Feature', id: `${layer}-${community}`, geometry: null, properties: { name } }]
    return json(
      { type: 'FeatureCollection', features },
      { etag: tag, 'content-type': 'application/geo+json' },
    )
  }
}

let town: Town

async function openPage() {
  vi.resetModules()
  return import('../../src/data/maps')
}
type Maps = Awaited<ReturnType<typeof openPage>>

async function names(maps: Maps, community?: string): Promise<string[]> {
  const { layers } = (community ? await maps.mapOf(community) : await maps.myMap()).value
  return LAYERS.flatMap((layer) =>
    layers[layer as keyof typeof layers].map(({ properties }) => String(properties['name'])),
  )
}

async function replaced(maps: Maps): Promise<void> {
  await new Promise<void>((done) => {
    const end = maps.onMaps(() => {
      end()
      done()
    })
  })
}

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
  vi.stubGlobal('location', { origin: 'http://phone.test' })
  vi.stubGlobal('navigator', { onLine: true })
  vi.stubGlobal('BroadcastChannel', undefined)
  town = new Town()
  vi.stubGlobal('fetch', town.fetch)
  vi.useFakeTimers({ toFake: ['Date'], now: START })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the map on the phone', () => {
  it('is there without a network, after a restart too', async () => {
    await names(await openPage(), 'snow')
    town.away = true
    vi.setSystemTime(START + HALF_HOUR)
    const again = await openPage()
    expect(await names(again, 'snow')).toEqual(LAYERS.map((layer) => `snow ${layer} 1`))
    expect((await again.mapOf('snow')).old).toBe(true)
  })

  it('that nobody ever fetched is said to be missing, not empty', async () => {
    town.away = true
    const maps = await openPage()
    await expect(maps.mapOf('snow')).rejects.toThrow()
  })

  it('is not asked for again within minutes, and afterwards only for what has changed', async () => {
    await names(await openPage(), 'snow')
    const maps = await openPage()
    await names(maps, 'snow')
    expect(town.asked).toHaveLength(4)
    vi.setSystemTime(START + HALF_HOUR)
    town.editions.set('grid snow', 2)
    expect(await names(maps, 'snow')).toContain('snow grid 1')
    await replaced(maps)
    expect(await names(maps, 'snow')).toEqual([
      'snow grid 2',
      'snow street 1',
      'snow landmark 1',
      'snow building 1',
    ])
    expect(town.bodies).toBe(5)
  })

  it('stays whole when a part of the new one is lost on the way: no new grids over old houses', async () => {
    const maps = await openPage()
    await names(maps, 'snow')
    vi.setSystemTime(START + HALF_HOUR)
    LAYERS.forEach((layer) => town.editions.set(`${layer} snow`, 2))
    town.lost = 'building'
    await names(maps, 'snow')
    await vi.waitFor(() => expect(town.asked).toHaveLength(8))
    expect(await names(await openPage(), 'snow')).toEqual(LAYERS.map((layer) => `snow ${layer} 1`))
    town.lost = null
    await names(maps, 'snow')
    await replaced(maps)
    expect(await names(await openPage(), 'snow')).toEqual(LAYERS.map((layer) => `snow ${layer} 2`))
  })

  it('that was on its way when its person signed out is not kept, for nobody', async () => {
    const maps = await openPage()
    const session = await import('../../src/data/session')
    await session.hello()
    let leaving: Promise<void> | null = null
    town.underway = () => (leaving ??= session.signOut())
    expect(await names(maps, 'snow')).toHaveLength(4)
    town.away = true
    await expect((await openPage()).mapOf('snow')).rejects.toThrow()
  })

  it('of several communities is one map, and no more of them are kept than a phone can bear', async () => {
    town.communities = ['a', 'b', 'c', 'd', 'e', 'f']
    const maps = await openPage()
    expect((await names(maps)).filter((name) => name.includes('grid'))).toEqual([
      'a grid 1',
      'b grid 1',
      'c grid 1',
      'd grid 1',
    ])
    vi.setSystemTime(START + 60_000)
    await names(maps, 'f')
    town.away = true
    const kept = await Promise.all(
      ['a', 'b', 'c', 'd', 'f'].map((one) =>
        maps.mapOf(one).then(
          () => one,
          () => '',
        ),
      ),
    )
    expect(kept.filter(Boolean)).toHaveLength(4)
    expect(kept).toContain('f')
  })
})
