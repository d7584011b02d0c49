/** What a month was: statements of units, objections, publication, corrections. */
import { body, client, Problem } from './api'
import type { components } from './schema'

type Schemas = components['schemas']
export type Statement = Schemas['StatementOut']
export type StatementPage = Schemas['StatementPage']
export type StatementLine = Schemas['LineOut']
export type Decision = Schemas['Decision']
export type SaidFor = Schemas['SaidForIn']
export type Published = Schemas['PublishedOut']
export type Month = Schemas['MonthOut']
export type Figure = Schemas['FigureTold']
export type FigureChange = Schemas['FigureMoved']

export async function statements(): Promise<Statement[]> {
  return (await body(client.GET('/api/v1/statements'))).statements
}

export async function statement(statement_id: string): Promise<StatementPage> {
  return body(client.GET('/api/v1/statements/{statement_id}', { params: { path: { statement_id } } }))
}

/** Where a statement lies as a workbook. */
export function fileOf(statement_id: string, lang: 'zh' | 'en'): string {
  return `/api/v1/statements/${statement_id}/file?lang=${lang}`
}

/** `said_for`: somebody of the unit said so on paper or by telephone, and this person enters it. */
export async function objectTo(
  statement_id: string,
  line: number,
  words: string,
  said_for: SaidFor | null = null,
): Promise<void> {
  await client.PUT('/api/v1/objections/{objection_id}', {
    params: { path: { objection_id: crypto.randomUUID() } },
    body: { statement_id, line, words, said_for },
  })
}

export async function explain(
  statement_id: string,
  line: number,
  words: string,
  said_for: SaidFor | null = null,
): Promise<void> {
  await client.PUT('/api/v1/statements/{statement_id}/lines/{line}/explanation', {
    params: { path: { statement_id, line } },
    body: { words, said_for },
  })
}

export async function decide(objection_id: string, decision: Decision, answer: string): Promise<void> {
  await client.PUT('/api/v1/objections/{objection_id}/decision', {
    params: { path: { objection_id } },
    body: { decision, answer },
  })
}

export async function publications(): Promise<Published[]> {
  return (await body(client.GET('/api/v1/publications'))).publications
}

/** null: not published, and this person may not see the draft. */
export async function month(name: string): Promise<Month | null> {
  try {
    return await body(client.GET('/api/v1/publications/{month}', { params: { path: { month: name } } }))
  } catch (error) {
    if (error instanceof Problem && error.refused.code === 'publication.none') return null
    throw error
  }
}

/** Where the figures of a month lie as a file. */
export function monthFileOf(name: string, format: 'xlsx' | 'csv', lang: 'zh' | 'en'): string {
  return `/api/v1/publications/${name}/file?format=${format}&lang=${lang}`
}

export async function publish(name: string): Promise<void> {
  await client.PUT('/api/v1/publications/{month}', { params: { path: { month: name } } })
}

export async function correct(name: string, reason: string): Promise<number> {
  const answer = await body(
    client.POST('/api/v1/publications/{month}/corrections', {
      params: { path: { month: name } },
      body: { reason },
    }),
  )
  return answer.number
}
