/** What the desk asks for while it files a report for somebody else. */
import { body, client } from './api'
import type { components } from './schema'
import { categories } from './standards'

type Schemas = components['schemas']
export type Proposal = Schemas['ProposalOut']
export type Degrees = Schemas['DegreesOut']
export type Twin = Schemas['ProposedTwin']

export async function proposal(pasted: Schemas['PastedIn']): Promise<Proposal> {
  return body(client.POST('/api/v1/reports/proposal', { body: pasted }))
}

/** A kind of problem as the desk names it: with its condition where the standard has several. */
export interface Kind {
  /** Unique among the kinds. */
  key: string
  category: string
  condition_id: string | null
  words: string
  urgent: boolean
}

export function kindKey(category: string, condition_id: string | null): string {
  return condition_id ?? `kind ${category}`
}

/** Every kind of the standard in force; where nothing but the conditions tells them apart, one for "which is not clear". */
export async function kinds(lang: 'zh' | 'en'): Promise<Kind[]> {
  const { standard_id, categories: known } = (await categories(lang)).value
  const { conditions } = await body(
    client.GET('/api/v1/standards/{standard_id}/conditions', { params: { path: { standard_id } } }),
  )
  return known.flatMap((one) => {
    const own = conditions.filter((condition) => condition.category === one.code)
    const several = own.length > 1
    const made: Kind[] = own.map((condition) => ({
      key: kindKey(one.code, condition.condition_id),
      category: one.code,
      condition_id: condition.condition_id,
      words: several ? `${one.name}：${condition.name ?? condition.filing_text}` : one.name,
      urgent: one.urgent,
    }))
    if (several || own.length === 0)
      made.unshift({
        key: kindKey(one.code, null),
        category: one.code,
        condition_id: null,
        words: one.name,
        urgent: one.urgent,
      })
    return made
  })
}
