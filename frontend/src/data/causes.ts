/** What keeps coming back in one building, and what was done about it. */
import type { TicketBrief } from '../core/shapes'
import { body, client } from './api'
import { kept } from './kept'
import type { components } from './schema'

type Schemas = components['schemas']
export type Cause = Schemas['CauseOut']
export type CauseState = Schemas['CauseState']
export type Causes = Schemas['CausesOut']
export type OwnCause = Schemas['OwnCause']
export type CauseRule = Schemas['CauseRuleOut']
export type CauseDetail = Omit<Schemas['CauseDetail'], 'counted' | 'since'> & {
  counted: TicketBrief[]
  since: TicketBrief[]
}

export async function causes(state: CauseState): Promise<Causes> {
  return body(client.GET('/api/v1/causes', { params: { query: { state } } }))
}

/** What keeps coming back in the buildings that I look after (楼长). */
export async function ownCauses() {
  return kept('own causes', () => body(client.GET('/api/v1/my/causes')))
}

export async function cause(cause_id: string): Promise<CauseDetail> {
  return (await body(
    client.GET('/api/v1/causes/{cause_id}', { params: { path: { cause_id } } }),
  )) as CauseDetail
}

export async function decide(
  cause_id: string,
  state: 'taken_up' | 'set_aside',
  words: string,
): Promise<void> {
  await client.PUT('/api/v1/causes/{cause_id}/decision', {
    params: { path: { cause_id } },
    body: { state, words },
  })
}

export async function rules(): Promise<CauseRule[]> {
  return (await body(client.GET('/api/v1/cause-rules'))).rules
}

export async function setRule(rule: Schemas['CauseRuleIn']): Promise<void> {
  await client.PUT('/api/v1/cause-rules', { body: rule })
}
