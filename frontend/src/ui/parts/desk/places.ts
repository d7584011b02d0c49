/** The places of the desk and whose they are; the first that is somebody's own is where that person begins. */
import type { Role } from '../../../core/shapes'
import type { Key } from '../../text/index.svelte'

interface DeskPlace {
  path: string
  key: Key
  roles: readonly [Role, ...Role[]]
}

export const PLACES: readonly [DeskPlace, ...DeskPlace[]] = [
  { path: '/desk', key: 'desk.nav.tray', roles: ['dispatcher', 'shift_leader', 'supervisor'] },
  { path: '/desk/unit', key: 'desk.nav.unit', roles: ['unit_lead', 'unit_worker'] },
  { path: '/desk/duty', key: 'desk.nav.duty', roles: ['dispatcher', 'shift_leader', 'supervisor'] },
  {
    path: '/desk/households',
    key: 'desk.nav.households',
    roles: ['dispatcher', 'shift_leader', 'supervisor', 'system_admin', 'security_admin', 'audit_admin'],
  },
  { path: '/desk/public', key: 'desk.nav.public', roles: ['dispatcher', 'shift_leader'] },
  { path: '/desk/audit', key: 'desk.nav.audit', roles: ['dispatcher', 'shift_leader', 'supervisor'] },
  {
    path: '/desk/figures',
    key: 'desk.nav.figures',
    roles: ['dispatcher', 'shift_leader', 'supervisor', 'audit_admin', 'unit_lead'],
  },
  {
    path: '/desk/patrols',
    key: 'desk.nav.patrols',
    roles: ['dispatcher', 'shift_leader', 'supervisor', 'audit_admin'],
  },
  {
    path: '/desk/supervision',
    key: 'desk.nav.supervision',
    roles: ['supervisor', 'shift_leader', 'dispatcher', 'unit_lead'],
  },
  {
    path: '/desk/causes',
    key: 'desk.nav.causes',
    roles: ['dispatcher', 'shift_leader', 'supervisor'],
  },
  {
    path: '/desk/registers',
    key: 'desk.nav.registers',
    roles: ['dispatcher', 'shift_leader', 'supervisor'],
  },
  {
    path: '/desk/rules',
    key: 'desk.nav.rules',
    roles: ['dispatcher', 'shift_leader', 'supervisor', 'system_admin', 'audit_admin'],
  },
  {
    path: '/desk/standards',
    key: 'desk.nav.standards',
    roles: ['dispatcher', 'shift_leader', 'supervisor', 'system_admin', 'audit_admin'],
  },
  {
    path: '/desk/territory',
    key: 'desk.nav.territory',
    roles: ['supervisor', 'system_admin', 'audit_admin'],
  },
  {
    path: '/desk/statements',
    key: 'desk.nav.statements',
    roles: ['supervisor', 'audit_admin', 'unit_lead'],
  },
  // Whoever has no statements comes to the published months by themselves.
  { path: '/desk/report', key: 'desk.nav.report', roles: ['dispatcher', 'shift_leader'] },
  { path: '/desk/seen', key: 'desk.nav.seen', roles: ['audit_admin'] },
  { path: '/desk/outward', key: 'desk.nav.outward', roles: ['supervisor', 'system_admin', 'audit_admin'] },
  { path: '/desk/people', key: 'desk.nav.people', roles: ['system_admin', 'security_admin', 'audit_admin'] },
  { path: '/desk/setup', key: 'desk.nav.setup', roles: ['system_admin', 'security_admin'] },
]
