/** Standards: the kinds of problems with their pictures, kept on the phone; versions, names and calendars at the desk. */
import type { Categories } from '../core/shapes'
import type { StandardFile } from '../core/standards'
import { body, client, withFile } from './api'
import { keptFirst, type Fresh } from './kept'
import type { components } from './schema'

type Schemas = components['schemas']
export type Version = Schemas['StandardShown']
export type Comparison = Schemas['ComparisonShown']
export type Change = Schemas['FieldChangeShown']
export type InUse = Schemas['InUseShown']
export type Draft = Schemas['StandardDraft']
export type DraftShown = Schemas['StandardDraftShown']
export type Bases = Schemas['BasesShown']
export type UnitNames = Schemas['UnitNamesShown']
export type NameLine = Schemas['UnitNameLineShown']
export type Emergency = Schemas['EmergencyShown']
export type PlaceType = Schemas['PlaceTypeShown']
export type CalendarVersion = Schemas['CalendarShown']
export type CalendarEffect = Schemas['EffectShown']

/** What is switched off as well, for filters: there may be tickets of it. */
export async function allCategories(lang: 'zh' | 'en' = 'zh'): Promise<Categories['categories']> {
  const query = { lang, off: true }
  return (await body(client.GET('/api/v1/categories', { params: { query } }))).categories
}

export async function categories(lang: 'zh' | 'en' = 'zh'): Promise<Fresh<Categories>> {
  return keptFirst(`categories ${lang}`, () =>
    body(client.GET('/api/v1/categories', { params: { query: { lang } } })),
  )
}

export async function versions(): Promise<Version[]> {
  return (await body(client.GET('/api/v1/standards'))).standards
}

/** What `version` says otherwise than `against`. */
export async function compared(version: string, against: string): Promise<Comparison> {
  return body(
    client.GET('/api/v1/standards/{standard_id}/diff', {
      params: { path: { standard_id: version }, query: { against } },
    }),
  )
}

export async function bases(version: string): Promise<Bases> {
  return body(
    client.GET('/api/v1/standards/{standard_id}/bases', { params: { path: { standard_id: version } } }),
  )
}

/** A version as the file that would say the same, to be changed. */
export async function fileToChange(standard_id: string): Promise<StandardFile> {
  return body(
    client.GET('/api/v1/standards/{standard_id}/document', { params: { path: { standard_id } } }),
  ) as unknown as Promise<StandardFile>
}

/** Its lists of reasons, by the step that wants one. */
export async function reasonLists(standard_id: string): Promise<Schemas['ReasonsShown']['lists']> {
  const found = client.GET('/api/v1/standards/{standard_id}/reasons', { params: { path: { standard_id } } })
  return (await body(found)).lists
}

/** Where a version lies as the file that would say the same. */
export function fileOf(version: string): string {
  return `/api/v1/standards/${version}/document`
}

/** What a file would change; nothing is stored. */
export async function judged(draft: Draft): Promise<DraftShown> {
  return body(client.POST('/api/v1/standards/draft', { body: draft, fetch: withFile }))
}

export async function publish(
  draft: Draft,
  acknowledged: string[],
  leave_out_refused: boolean,
): Promise<Schemas['StandardPublished']> {
  return body(
    client.POST('/api/v1/standards', {
      body: { ...draft, acknowledged, leave_out_refused },
      fetch: withFile,
    }),
  )
}

/** A file as the API takes it: base64. */
export async function base64(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000)
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}

export async function unitNames(version: string): Promise<UnitNames> {
  return body(
    client.GET('/api/v1/standards/{standard_id}/unit-names', { params: { path: { standard_id: version } } }),
  )
}

/** Says what one name means; refused when somebody else has changed the table since `based_on`. */
export async function mapName(
  version: string,
  based_on: string | null,
  name: string,
  lines: NameLine[],
): Promise<UnitNames> {
  return body(
    client.PUT('/api/v1/standards/{standard_id}/unit-names', {
      params: { path: { standard_id: version } },
      body: { based_on, names: [{ name, lines }] },
    }),
  )
}

export async function emergencies(): Promise<Emergency[]> {
  return (await body(client.GET('/api/v1/emergencies'))).emergencies
}

export async function startEmergency(meant: Schemas['EmergencyMeant']): Promise<void> {
  await body(client.POST('/api/v1/emergencies', { body: meant }))
}

export async function endEmergency(emergency_id: string): Promise<void> {
  await client.POST('/api/v1/emergencies/{emergency_id}/end', { params: { path: { emergency_id } } })
}

export async function placeTypes(): Promise<PlaceType[]> {
  return (await body(client.GET('/api/v1/place-types'))).places
}

export async function setPlaceType(place: Schemas['PlaceTypeMeant']): Promise<void> {
  await client.PUT('/api/v1/place-types', { body: { places: [place] } })
}

export async function calendars(): Promise<CalendarVersion[]> {
  return (await body(client.GET('/api/v1/calendars'))).calendars
}

/** What a calendar file would change; nothing is stored. */
export async function calendarEffect(document: Record<string, unknown>): Promise<CalendarEffect> {
  return body(client.POST('/api/v1/calendars/draft', { body: { document } }))
}

export async function publishCalendar(
  document: Record<string, unknown>,
  based_on: number | null,
  past_acknowledged: boolean,
): Promise<number> {
  return (await body(client.POST('/api/v1/calendars', { body: { document, based_on, past_acknowledged } })))
    .version
}
