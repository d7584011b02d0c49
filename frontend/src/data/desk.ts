/** What the desk reads beside the tickets themselves, and what administrators change. */
import type { Need, TicketLedger } from '../core/desk'
import type { TicketDetail } from '../core/shapes'
import { milestonesLeft } from '../core/steps'
import { appealable, openOrders } from '../core/tickets'
import { body, client } from './api'
import { keptFirst } from './kept'
import { names } from './rules'
import { categories } from './standards'

export interface Option {
  value: string
  words: string
  /** The key of a text, when the words are ours and not the community's. */
  key?: string
  /** The standard's own English, where it has any. */
  en?: string
  /** What goes with it, such as the kind of a unit. */
  more?: string
}

export type Choices = Record<string, { options: Option[]; preset: string }>

export async function ledger(ticket_id: string): Promise<TicketLedger> {
  return body(
    client.GET('/api/v1/tickets/{ticket_id}/ledger', { params: { path: { ticket_id } } }),
  ) as Promise<TicketLedger>
}

/** Whom the desk filed its reports for, with whole numbers: whoever asks is written down. */
export async function speakers(ticket_id: string) {
  const found = await body(
    client.GET('/api/v1/tickets/{ticket_id}/speakers', { params: { path: { ticket_id } } }),
  )
  return found.speakers
}

export async function units() {
  return (await body(client.GET('/api/v1/units'))).units
}

/** Who looks after the grid and has not reported this, the lead first. */
async function stewardsToAsk(ticket_id: string) {
  const found = await body(
    client.GET('/api/v1/tickets/{ticket_id}/stewards', { params: { path: { ticket_id } } }),
  )
  return found.stewards
}

async function unitOptions(ticket: TicketDetail): Promise<Option[]> {
  const first = new Set(ticket.candidates.map((candidate) => candidate.unit_id))
  const all = (await units()).map((unit) => ({ value: unit.unit_id, words: unit.name, more: unit.kind }))
  return [...all.filter((one) => first.has(one.value)), ...all.filter((one) => !first.has(one.value))]
}

/** Those of kinds that are switched on, and of the ticket's own. */
async function conditionOptions(ticket: TicketDetail): Promise<Option[]> {
  const { standard_id, categories: kinds } = (await categories()).value
  const names = new Map(kinds.map((kind) => [kind.code, kind.name]))
  const known = await body(
    client.GET('/api/v1/standards/{standard_id}/conditions', { params: { path: { standard_id } } }),
  )
  const offered = known.conditions.filter(
    ({ category }) => names.has(category) || category === ticket.category,
  )
  return offered.map((condition) => {
    const kind = names.get(condition.category)
    const name = condition.name ?? condition.filing_text
    return { value: condition.condition_id, words: kind && kind !== name ? `${kind}：${name}` : name }
  })
}

/** Every grid that stands, by code: names alone, for a city has thousands and their shapes are megabytes. */
export async function gridNames(): Promise<Option[]> {
  const found = await keptFirst('grid names', async () => (await names()).grids)
  return Object.entries(found.value)
    .sort(([, [a]], [, [b]]) => (a < b ? -1 : 1))
    .map(([value, [, words]]) => ({ value, words }))
}

/** What can be chosen in each field of a form, with what is chosen to begin with. */
export async function choicesFor(
  ticket: TicketDetail,
  intent: string,
  needs: readonly Need[],
): Promise<Choices> {
  const choices: Choices = {}
  for (const { name, kind, choices: codes } of needs) {
    if (name === 'unit_id')
      choices[name] = { options: await unitOptions(ticket), preset: ticket.candidates[0]?.unit_id ?? '' }
    else if (name === 'whose_unit_id')
      choices[name] = {
        options: (await unitOptions(ticket)).filter((unit) => unit.value !== ticket.unit_id),
        preset: '',
      }
    else if (name === 'condition_id')
      choices[name] = { options: await conditionOptions(ticket), preset: ticket.condition_id ?? '' }
    else if (name === 'grid_id') choices[name] = { options: await gridNames(), preset: ticket.grid_id ?? '' }
    else if (name === 'steward_id') {
      const stewards = await stewardsToAsk(ticket.ticket_id)
      choices[name] = {
        options: stewards.map((one) => ({ value: one.person_id, words: one.name })),
        preset: stewards[0]?.person_id ?? '',
      }
    } else if (name === 'reason' && kind === 'code' && reasonsOf(ticket, intent).length)
      choices[name] = {
        options: reasonsOf(ticket, intent).map(({ code, zh, en }) => ({ value: code, words: zh, en })),
        preset: '',
      }
    else if (name === 'number' && intent === 'reach')
      choices[name] = listOf(
        milestonesLeft(ticket).map((one) => ({ value: String(one.number), words: one.name })),
      )
    else if (name === 'order_id')
      choices[name] = listOf(openOrders(ticket).map(({ order_id, no }) => ({ value: order_id, words: no })))
    else if (name === 'clock')
      choices[name] = listOf(
        appealable(ticket).map(({ key, clock }) => ({ value: key, words: key, key: `clock.${clock}` })),
      )
    else if (codes.length) choices[name] = { options: coded(name, codes), preset: presetOf(name, codes) }
  }
  return choices
}

/** The list of reasons that the ticket's standard has for a step. */
export function reasonsOf(ticket: Pick<TicketDetail, 'allowed'>, intent: string) {
  return ticket.allowed.find((step) => step.intent === intent)?.reasons ?? []
}

function listOf(options: Option[]): Choices[string] {
  return { options, preset: options[0]?.value ?? '' }
}

function coded(name: string, codes: readonly string[]): Option[] {
  return codes.map((code) => ({ value: code, words: code, key: `choice.${name}.${code}` }))
}

/** At a desk pictures are compared; a unit is asked in the first place; what is said is for the unit. */
const PRESETS: Record<string, string> = { way: 'desk', role: 'lead', audience: 'unit' }

function presetOf(name: string, codes: readonly string[]): string {
  const usual = PRESETS[name]
  return usual !== undefined && codes.includes(usual) ? usual : codes.length === 1 ? codes[0]! : ''
}
