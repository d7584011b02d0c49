/** Setting up an office at the desk: people and their roles, units, files that are shown before they are published. */
import { base64 } from './standards'
import { body, client, withFile } from './api'
import type { components } from './schema'

type Schemas = components['schemas']
export type ImportShown = Schemas['ImportShown']
export type Person = Schemas['PersonOut']
export type Invite = Schemas['InviteToPrint']
export type Unit = Schemas['UnitOut']
export type UnitKept = Schemas['UnitKept']
export type UnitHolds = Schemas['UnitHolds']
export type NewGrant = Schemas['GrantIn']
export type TerritoryFile = Schemas['TerritoryFileIn']

export async function person(name: string, person_id: string): Promise<Person | null> {
  const { people } = await body(
    client.GET('/api/v1/people', { params: { query: { text: name, limit: 200 } } }),
  )
  return people.find((one) => one.person_id === person_id) ?? null
}

export async function addPerson(meant: Schemas['PersonIn']): Promise<string> {
  return (await body(client.POST('/api/v1/people', { body: meant }))).person_id
}

export async function correctName(person_id: string, name: string): Promise<void> {
  await client.PUT('/api/v1/people/{person_id}/name', { params: { path: { person_id } }, body: { name } })
}

export async function giveRole(person_id: string, grant: NewGrant): Promise<void> {
  await body(
    client.POST('/api/v1/people/{person_id}/grants', { params: { path: { person_id } }, body: grant }),
  )
}

export async function endRole(person_id: string, grant_id: string): Promise<void> {
  await client.DELETE('/api/v1/people/{person_id}/grants/{grant_id}', {
    params: { path: { person_id, grant_id } },
  })
}

export async function shutOut(person_id: string): Promise<void> {
  await client.POST('/api/v1/people/{person_id}/disable', { params: { path: { person_id } } })
}

export async function letIn(person_id: string): Promise<void> {
  await client.POST('/api/v1/people/{person_id}/enable', { params: { path: { person_id } } })
}

/** Ends every session of a person; answers how many devices. */
export async function signOutEverywhere(person_id: string): Promise<number> {
  return (await body(client.POST('/api/v1/people/{person_id}/sign-out', { params: { path: { person_id } } })))
    .sessions
}

/** What a roster would change; nothing is stored. */
export async function rosterDraft(file: Blob): Promise<ImportShown> {
  return body(
    client.POST('/api/v1/people/import/draft', { body: { content: await base64(file) }, fetch: withFile }),
  )
}

export async function publishRoster(
  file: Blob,
  seen: string,
  invite: boolean,
): Promise<Schemas['RosterPublished']> {
  return body(
    client.POST('/api/v1/people/import', {
      body: { content: await base64(file), seen, invite },
      fetch: withFile,
    }),
  )
}

/** What a file of territory would change; nothing is stored. */
export async function territoryDraft(file: TerritoryFile): Promise<ImportShown> {
  return body(client.POST('/api/v1/territory/imports/draft', { body: file, fetch: withFile }))
}

export async function publishTerritory(file: TerritoryFile, seen: string): Promise<ImportShown> {
  return body(client.POST('/api/v1/territory/imports', { body: { ...file, seen }, fetch: withFile }))
}

export async function keepUnit(code: string, unit: UnitKept): Promise<string> {
  return (await body(client.PUT('/api/v1/units/{code}', { params: { path: { code } }, body: unit }))).unit_id
}

export async function unitHolds(unit_id: string): Promise<UnitHolds> {
  return body(client.GET('/api/v1/units/{unit_id}/holds', { params: { path: { unit_id } } }))
}

export async function closeUnit(unit_id: string): Promise<void> {
  await body(client.POST('/api/v1/units/{unit_id}/close', { params: { path: { unit_id } } }))
}

export async function endServiceArea(service_area_id: string): Promise<void> {
  await client.POST('/api/v1/service-areas/{service_area_id}/end', { params: { path: { service_area_id } } })
}

export async function peopleOfUnit(unit_id: string): Promise<Person[]> {
  return (await body(client.GET('/api/v1/people', { params: { query: { unit_id, limit: 200 } } }))).people
}
