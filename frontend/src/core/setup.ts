/** Which roles there are to give, where each holds, and whose they are to give. The server decides; this offers. */
import type { Feature, Position, Role, RoleName } from './shapes'

export type ScopeKind = 'jurisdiction' | 'community' | 'grid' | 'unit'

const DESK: readonly ScopeKind[] = ['community', 'jurisdiction']

/** In the order in which an office gives them. */
export const SCOPES_OF_ROLE: Record<RoleName, readonly ScopeKind[]> = {
  volunteer: ['community'],
  liaison: ['community'],
  steward: ['grid', 'community'],
  unit_worker: ['unit'],
  unit_lead: ['unit'],
  dispatcher: DESK,
  shift_leader: DESK,
  supervisor: DESK,
  system_admin: ['jurisdiction'],
  security_admin: ['jurisdiction'],
  audit_admin: ['jurisdiction'],
}
export const ROLES = Object.keys(SCOPES_OF_ROLE) as RoleName[]

const PUBLIC: readonly RoleName[] = ['volunteer', 'liaison']
export const STAFF: ReadonlySet<Role> = new Set<RoleName>([
  'dispatcher',
  'shift_leader',
  'supervisor',
  'system_admin',
  'security_admin',
  'audit_admin',
])

/** The roles that somebody with these roles may give. */
export function rolesToGive(mine: readonly Role[]): RoleName[] {
  if (mine.includes('security_admin')) return ROLES
  return mine.includes('system_admin') ? [...PUBLIC] : []
}

/** An instant for the beginning of a day as this machine has it; null for no day. */
export function beginning(day: string): string | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return null
  const [year, month, date] = day.split('-').map(Number) as [number, number, number]
  return new Date(year, month - 1, date).toISOString()
}

/** The instant after a last day. */
export function ending(day: string): string | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return null
  const [year, month, date] = day.split('-').map(Number) as [number, number, number]
  return new Date(year, month - 1, date + 1).toISOString()
}

/** What was drawn, as the file that would say the same: one area of a unit, WGS-84. */
export function drawnArea(
  corners: readonly Position[],
  said: { code: string; name: string; unit: string; kind: string },
): string {
  const ring = [...corners, corners[0]!].map(({ lon, lat }): [number, number] => [lon, lat])
  const feature: Feature = {
    type: 'Feature',
    geometry: { type: 'Polygon', coordinates: [ring] },
    properties: said,
  }
  return JSON.stringify({ type: 'FeatureCollection', features: [feature] })
}

/** A code for the next area of a unit: U-3-02 after U-3-01. */
export function nextCode(unit: string, taken: readonly string[]): string {
  for (let n = 1; ; n += 1) {
    const code = `${unit}-${String(n).padStart(2, '0')}`
    if (!taken.includes(code)) return code
  }
}
