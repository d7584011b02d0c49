/** The second step at sign-in, and how strictly the jurisdiction asks for it. */
import { body, client } from './api'
import type { components } from './schema'
import { hello } from './session'

type Schemas = components['schemas']
export type SecondStep = Schemas['SecondStepOut']
export type Begun = Schemas['SecondStepBegun']
export type Safety = Schemas['SafetyShown']

export async function secondStep(): Promise<SecondStep> {
  return body(client.GET('/api/v1/my/second-step'))
}

export async function beginSecondStep(): Promise<Begun> {
  return body(client.POST('/api/v1/my/second-step'))
}

/** The first code of a new secret; answers the recovery codes, shown only now. */
export async function confirmSecondStep(code: string): Promise<string[]> {
  return (await body(client.PUT('/api/v1/my/second-step', { body: { code } }))).codes
}

/** The session's staff roles count from now on. */
export async function enterSecondStep(code: string): Promise<void> {
  await client.POST('/api/v1/my/second-step/enter', { body: { code } })
  await hello()
}

export async function takeOffSecondStep(person_id: string): Promise<void> {
  await client.DELETE('/api/v1/people/{person_id}/second-step', { params: { path: { person_id } } })
}

export async function safety(): Promise<Safety> {
  return body(client.GET('/api/v1/safety'))
}

export async function keepSafety(meant: Schemas['SafetyMeant']): Promise<void> {
  await client.PUT('/api/v1/safety', { body: meant })
}
