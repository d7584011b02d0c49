/** 台账, the meeting, the street's forms: views of what is there already. */
import type { TicketBrief } from '../core/shapes'
import { body, client, withFile } from './api'
import { kept } from './kept'
import type { components } from './schema'

type Schemas = components['schemas']
export type RegisterName = Schemas['Register']
export type Register = Schemas['RegisterOut']
export type StreetForm = Schemas['FormOut']
export type ContactCard = Schemas['ContactCardOut']
export type Thanks = Schemas['ThanksOut']
type Named<T extends { ticket: unknown }> = Omit<T, 'ticket'> & { ticket: TicketBrief }
export type Meeting = Omit<Schemas['MeetingOut'], 'overdue' | 'refused' | 'unhappy'> & {
  overdue: TicketBrief[]
  refused: Named<Schemas['RefusedOut']>[]
  unhappy: Named<Schemas['UnhappyOut']>[]
}

/** A month of a community, or of everything. */
export interface OfMonth {
  month: string
  area_id: string | null
}

function query({ month, area_id }: OfMonth): { month: string; area_id?: string } {
  return area_id === null ? { month } : { month, area_id }
}

function words(of: OfMonth, more: Record<string, string>): string {
  return String(
    new URLSearchParams({ month: of.month, ...(of.area_id ? { area_id: of.area_id } : {}), ...more }),
  )
}

export async function meeting(of: OfMonth): Promise<Meeting> {
  return (await body(
    client.GET('/api/v1/registers/meeting/agenda', { params: { query: query(of) } }),
  )) as Meeting
}

/** What I found between two local days, and how much of it is done by now: nobody else is told. */
export async function myThanks(from: string, to: string): Promise<Thanks> {
  return body(client.GET('/api/v1/my/thanks', { params: { query: { from, to } } }))
}

export async function register(name: RegisterName, of: OfMonth, lang: 'zh' | 'en'): Promise<Register> {
  return body(
    client.GET('/api/v1/registers/{register}', {
      params: { path: { register: name }, query: { ...query(of), lang } },
    }),
  )
}

/** Where a register lies as a file that begins after so many lines. */
export function fileOf(
  name: RegisterName,
  of: OfMonth,
  format: 'xlsx' | 'csv',
  lang: 'zh' | 'en',
  skip = 0,
): string {
  return `/api/v1/registers/${name}/file?${words(of, { format, lang, skip: String(skip) })}`
}

/** Where the street's form lies, filled with a month. */
export function filledForm(form_id: string, of: OfMonth): string {
  return `/api/v1/street-forms/${form_id}/file?${words(of, {})}`
}

export async function forms(): Promise<StreetForm[]> {
  return (await body(client.GET('/api/v1/street-forms'))).forms
}

export async function keepForm(form_id: string, form: Schemas['FormIn']): Promise<void> {
  await client.PUT('/api/v1/street-forms/{form_id}', {
    params: { path: { form_id } },
    body: form,
    fetch: withFile,
  })
}

export async function tellColumns(form_id: string, columns: Record<string, string>): Promise<void> {
  await client.PUT('/api/v1/street-forms/{form_id}/columns', {
    params: { path: { form_id } },
    body: { columns },
  })
}

export async function endForm(form_id: string): Promise<void> {
  await client.DELETE('/api/v1/street-forms/{form_id}', { params: { path: { form_id } } })
}

/** The card of whoever holds this phone; once read it can be shown at a door without a network. */
export async function ownCard(area_id: string | null) {
  return kept(`contact card ${area_id ?? ''}`, () => contactCard(area_id))
}

export async function contactCard(area_id: string | null): Promise<ContactCard> {
  return body(client.GET('/api/v1/contact-card', { params: { query: area_id === null ? {} : { area_id } } }))
}
