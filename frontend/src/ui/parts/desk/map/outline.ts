/** Shapes over the base: old and new outlines of a change, gaps of the rules, what was drawn. */
import type * as maplibregl from 'maplibre-gl'
import { token, type Layer } from './ground'

/** Of the source `outline`: dashed what was, firm what will be, alarming what is wrong. */
export function outlineLayers(): Layer[] {
  const of = (...roles: string[]) =>
    ['in', ['get', 'role'], ['literal', roles]] as maplibregl.FilterSpecification
  const fill = (id: string, role: string, colour: string, opacity: number): Layer => ({
    id,
    type: 'fill',
    source: 'outline',
    filter: of(role),
    paint: { 'fill-color': token(colour), 'fill-opacity': opacity },
  })
  const line = (id: string, roles: string[], colour: string, width: number, dashes?: number[]): Layer => ({
    id,
    type: 'line',
    source: 'outline',
    filter: of(...roles),
    paint: {
      'line-color': token(colour),
      'line-width': width,
      ...(dashes ? { 'line-dasharray': dashes } : {}),
    },
  })
  return [
    fill('outline-chosen', 'chosen', '--accent', 0.25),
    fill('outline-after', 'after', '--accent', 0.12),
    fill('outline-wrong', 'wrong', '--state-breached', 0.45),
    fill('outline-none', 'none', '--state-breached', 0.35),
    fill('outline-several', 'several', '--state-near', 0.35),
    fill('outline-desk', 'desk', '--line-strong', 0.3),
    line('outline-after-line', ['after', 'chosen'], '--accent', 3),
    line('outline-before-line', ['before'], '--map-boundary', 2, [3, 2]),
    line('outline-cut', ['line'], '--state-breached', 3),
    {
      id: 'outline-dot',
      type: 'circle',
      source: 'outline',
      filter: ['==', ['geometry-type'], 'Point'],
      paint: {
        'circle-radius': 6,
        'circle-color': token('--state-breached'),
        'circle-stroke-color': token('--raised'),
        'circle-stroke-width': 2,
      },
    },
  ]
}
