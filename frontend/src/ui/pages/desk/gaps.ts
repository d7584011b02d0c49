/** The grids of a coverage check as shapes for the map. */
import type { FeatureCollection, Position } from '../../../core/shapes'

const ROLE: Record<string, string> = { several_units: 'several', left_to_desk: 'desk' }

export function gapShapes(grids: FeatureCollection, worst: Record<string, string>): FeatureCollection {
  return {
    ...grids,
    features: grids.features.flatMap((feature) => {
      const doubt = worst[idOf(feature)]
      return doubt ? [{ ...feature, properties: { role: ROLE[doubt] ?? 'none' } }] : []
    }),
  }
}

/** The middle of a grid's box; null for one that is not there. */
export function middleOf(grids: FeatureCollection, grid_id: string): Position | null {
  const feature = grids.features.find((one) => idOf(one) === grid_id)
  if (!feature?.geometry) return null
  const lons: number[] = []
  const lats: number[] = []
  const walk = (part: unknown): void => {
    if (!Array.isArray(part)) return
    if (typeof part[0] === 'number') {
      lons.push(part[0])
      lats.push(part[1] as number)
    } else part.forEach(walk)
  }
  walk(feature.geometry.coordinates)
  return {
    lon: (Math.min(...lons) + Math.max(...lons)) / 2,
    lat: (Math.min(...lats) + Math.max(...lats)) / 2,
  }
}

function idOf(feature: FeatureCollection['features'][number]): string {
  return String(feature.id ?? feature.properties?.['grid_id'] ?? '')
}
