/** Every page: its path, who may open it, on which surface it lies, and which words it needs beside the shell's. */
import type { Component } from 'svelte'
import type { Role } from '../core/shapes'
import type { Part } from './text/index.svelte'

export interface PageProps {
  params: Record<string, string>
  query: URLSearchParams
  hash: string
}

export interface Route {
  path: string
  load: () => Promise<{ default: Component<never> }>
  texts: readonly Part[]
  /** `anyone` also without a session; `signed-in` every role. */
  who: 'anyone' | 'signed-in' | readonly Role[]
  surface: 'phone' | 'desk'
  /** The place of the bottom bar (or of the desk's navigation) that is lit. */
  place?: 'visits' | 'report' | 'mine' | 'verify' | 'unit' | 'more' | 'desk'
}

const stewards: readonly Role[] = ['steward']
const unit: readonly Role[] = ['unit_worker', 'unit_lead']
const desk: readonly Role[] = [
  'dispatcher',
  'shift_leader',
  'supervisor',
  'system_admin',
  'security_admin',
  'audit_admin',
]
const phone = { surface: 'phone' } as const
const atDesk = {
  surface: 'desk',
  texts: [
    'desk',
    'cases',
    'mapping',
    'map',
    'official',
    'refusals',
    'field',
    'progress',
    'figures',
    'intake',
  ],
  place: 'desk',
} as const

export const routes: readonly Route[] = [
  { ...phone, path: '/', load: () => import('./pages/Home.svelte'), texts: [], who: 'signed-in' },
  {
    ...phone,
    path: '/report',
    load: () => import('./pages/Report.svelte'),
    texts: [],
    who: 'signed-in',
    place: 'report',
  },
  {
    ...phone,
    path: '/i',
    load: () => import('./pages/Invite.svelte'),
    texts: ['field', 'refusals', 'help'],
    who: 'anyone',
  },
  {
    ...phone,
    path: '/sign-in',
    load: () => import('./pages/SignIn.svelte'),
    texts: ['field', 'refusals'],
    who: 'anyone',
  },
  {
    ...phone,
    path: '/mine',
    load: () => import('./pages/Mine.svelte'),
    texts: ['field', 'refusals'],
    who: 'signed-in',
    place: 'mine',
  },
  {
    ...phone,
    path: '/ticket/:ticket_id',
    load: () => import('./pages/Ticket.svelte'),
    texts: ['field', 'refusals', 'progress'],
    who: 'signed-in',
  },
  {
    ...phone,
    path: '/unsent',
    load: () => import('./pages/Unsent.svelte'),
    texts: ['field', 'refusals'],
    who: 'signed-in',
  },
  {
    ...phone,
    path: '/verify',
    load: () => import('./pages/Verify.svelte'),
    texts: ['field', 'refusals'],
    who: stewards,
    place: 'verify',
  },
  {
    ...phone,
    path: '/patrol',
    load: () => import('./pages/Patrol.svelte'),
    texts: ['patrols', 'field', 'refusals'],
    who: ['steward', 'volunteer'],
    place: 'verify',
  },
  {
    ...phone,
    path: '/patrol/at/:code',
    load: () => import('./pages/PatrolAt.svelte'),
    texts: ['patrols', 'field', 'refusals'],
    who: ['steward', 'volunteer'],
  },
  {
    ...phone,
    path: '/visits',
    load: () => import('./pages/Visits.svelte'),
    texts: ['visits', 'field', 'refusals'],
    who: ['liaison'],
    place: 'visits',
  },
  {
    ...phone,
    path: '/visits/:household_id',
    load: () => import('./pages/Visit.svelte'),
    texts: ['visits', 'field', 'refusals'],
    who: ['liaison'],
  },
  {
    ...phone,
    path: '/map',
    load: () => import('./pages/Map.svelte'),
    texts: ['map', 'field', 'refusals'],
    who: 'signed-in',
    place: 'mine',
  },
  {
    ...phone,
    path: '/help',
    load: () => import('./pages/Help.svelte'),
    texts: ['help', 'field'],
    who: 'anyone',
  },
  {
    ...phone,
    path: '/unit',
    load: () => import('./pages/Unit.svelte'),
    texts: ['field', 'refusals'],
    who: unit,
    place: 'unit',
  },
  {
    ...phone,
    path: '/more',
    load: () => import('./pages/More.svelte'),
    texts: ['field', 'refusals'],
    who: 'signed-in',
    place: 'more',
  },
  {
    ...phone,
    path: '/second-step',
    load: () => import('./pages/SecondStep.svelte'),
    texts: ['safety', 'field', 'refusals'],
    who: 'signed-in',
    place: 'more',
  },
  {
    ...phone,
    path: '/seen',
    load: () => import('./pages/Seen.svelte'),
    texts: ['trust', 'field', 'refusals'],
    who: 'signed-in',
    place: 'more',
  },
  {
    ...phone,
    path: '/thanks',
    load: () => import('./pages/Thanks.svelte'),
    texts: ['ledgers', 'field', 'refusals'],
    who: 'signed-in',
    place: 'more',
  },
  {
    ...phone,
    path: '/card',
    load: () => import('./pages/Card.svelte'),
    texts: ['ledgers', 'field', 'refusals'],
    who: ['liaison', 'steward'],
    place: 'more',
  },
  {
    ...phone,
    path: '/causes',
    load: () => import('./pages/Causes.svelte'),
    texts: ['ledgers', 'field', 'refusals'],
    who: ['volunteer', 'steward', 'liaison'],
    place: 'more',
  },
  {
    ...phone,
    path: '/messages',
    load: () => import('./pages/Messages.svelte'),
    texts: ['messages', 'push', 'field', 'refusals'],
    who: 'signed-in',
    place: 'more',
  },
  {
    ...phone,
    path: '/messages/settings',
    load: () => import('./pages/messages/Settings.svelte'),
    texts: ['messages', 'push', 'field', 'refusals'],
    who: 'signed-in',
    place: 'more',
  },
  {
    ...atDesk,
    path: '/desk',
    load: () => import('./pages/desk/Desk.svelte'),
    texts: [...atDesk.texts, 'tray'],
    who: desk,
  },
  {
    ...atDesk,
    path: '/desk/public',
    load: () => import('./pages/desk/Public.svelte'),
    who: ['dispatcher', 'shift_leader'],
  },
  {
    ...atDesk,
    path: '/desk/figures',
    load: () => import('./pages/desk/Figures.svelte'),
    who: ['dispatcher', 'shift_leader', 'supervisor', 'audit_admin', 'unit_lead'],
  },
  {
    ...atDesk,
    path: '/desk/unit',
    load: () => import('./pages/desk/UnitBoard.svelte'),
    texts: [...atDesk.texts, 'tray'],
    who: unit,
  },
  {
    ...atDesk,
    path: '/desk/supervision',
    load: () => import('./pages/desk/Supervision.svelte'),
    texts: [...atDesk.texts, 'rules'],
    who: ['dispatcher', 'shift_leader', 'supervisor', 'unit_lead'],
  },
  {
    ...atDesk,
    path: '/desk/duty',
    load: () => import('./pages/desk/Duty.svelte'),
    who: ['dispatcher', 'shift_leader', 'supervisor'],
  },
  {
    ...atDesk,
    path: '/desk/households',
    load: () => import('./pages/desk/Households.svelte'),
    texts: [...atDesk.texts, 'visits', 'households', 'household'],
    who: desk,
  },
  { ...atDesk, path: '/desk/audit', load: () => import('./pages/desk/Audit.svelte'), who: desk },
  {
    ...atDesk,
    path: '/desk/rules',
    load: () => import('./pages/desk/Rules.svelte'),
    texts: [...atDesk.texts, 'rules'],
    who: desk,
  },
  {
    ...atDesk,
    path: '/desk/standards',
    load: () => import('./pages/desk/Standards.svelte'),
    texts: [...atDesk.texts, 'standards'],
    who: desk,
  },
  {
    ...atDesk,
    path: '/desk/territory',
    load: () => import('./pages/desk/Territory.svelte'),
    texts: [...atDesk.texts, 'territory'],
    who: desk,
  },
  {
    ...atDesk,
    path: '/desk/statements',
    load: () => import('./pages/desk/Statements.svelte'),
    texts: [...atDesk.texts, 'trust'],
    who: ['supervisor', 'audit_admin', 'unit_lead'],
  },
  {
    ...atDesk,
    path: '/desk/report',
    load: () => import('./pages/desk/MonthReport.svelte'),
    texts: [...atDesk.texts, 'trust'],
    who: [...desk, 'unit_lead'],
  },
  {
    ...atDesk,
    path: '/desk/seen',
    load: () => import('./pages/desk/Seen.svelte'),
    texts: [...atDesk.texts, 'trust'],
    who: ['audit_admin'],
  },
  {
    ...atDesk,
    path: '/desk/outward',
    load: () => import('./pages/desk/Outward.svelte'),
    texts: [...atDesk.texts, 'trust', 'messages'],
    who: ['supervisor', 'system_admin', 'audit_admin'],
  },
  {
    ...atDesk,
    path: '/desk/causes',
    load: () => import('./pages/desk/Causes.svelte'),
    texts: [...atDesk.texts, 'ledgers'],
    who: ['dispatcher', 'shift_leader', 'supervisor'],
  },
  {
    ...atDesk,
    path: '/desk/registers',
    load: () => import('./pages/desk/Registers.svelte'),
    texts: [...atDesk.texts, 'ledgers'],
    who: ['dispatcher', 'shift_leader', 'supervisor'],
  },
  {
    ...atDesk,
    path: '/desk/paper',
    load: () => import('./pages/desk/Paper.svelte'),
    texts: [...atDesk.texts, 'ledgers'],
    who: ['dispatcher', 'shift_leader', 'supervisor'],
  },
  {
    ...atDesk,
    path: '/desk/patrols',
    load: () => import('./pages/desk/Patrols.svelte'),
    texts: [...atDesk.texts, 'patrols'],
    who: ['dispatcher', 'shift_leader', 'supervisor', 'audit_admin'],
  },
  {
    ...atDesk,
    path: '/desk/people',
    load: () => import('./pages/desk/People.svelte'),
    texts: [...atDesk.texts, 'setup'],
    who: desk,
  },
  {
    ...atDesk,
    path: '/desk/setup',
    load: () => import('./pages/desk/Setup.svelte'),
    texts: [...atDesk.texts, 'setup', 'past', 'safety'],
    who: ['system_admin', 'security_admin'],
  },
]
