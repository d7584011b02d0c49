/** What to tell a person when something did not work. */
import { NotFetched } from './chunks'
import { loadTexts, t, tMaybe } from './text/index.svelte'

interface Refusal {
  code: string
  status?: number
  facts?: Record<string, unknown>
}

function refusalIn(error: unknown): Refusal | null {
  const refused = (error as { refused?: Refusal } | null)?.refused
  return refused && typeof refused.code === 'string' ? refused : null
}

/** What this person may not see: its absence needs no word. */
export function isForbidden(error: unknown): boolean {
  return refusalIn(error)?.status === 403
}

export function refusalWords({ code, facts = {} }: Refusal): string {
  const values = Object.fromEntries(
    Object.entries(facts).filter((entry): entry is [string, string | number] =>
      ['string', 'number'].includes(typeof entry[1]),
    ),
  )
  // Who may, where a refusal says it.
  if (Array.isArray(facts['roles']))
    values['roles'] = facts['roles'].map((role) => tMaybe(`role.${role}`) ?? String(role)).join('、')
  return tMaybe(`refused.${code}`, values) ?? t('error.general', { code })
}

/** A sentence for any error thrown by the data layer. */
export async function errorWords(error: unknown): Promise<string> {
  const refusal = refusalIn(error)
  if (refusal) {
    await loadTexts(['refusals']).catch(() => undefined)
    return refusalWords(refusal)
  }
  const name = (error as Error | null)?.name
  if (name === 'QuotaExceededError') return t('error.storage_full')
  if (name === 'InvalidStateError' || name === 'UnknownError' || name === 'SecurityError')
    return t('error.storage')
  if (error instanceof NotFetched) return t(error.newer ? 'error.page_newer' : 'error.page_away')
  if (name === 'Unreachable') return t('error.offline')
  console.error(error)
  return t('error.unexpected')
}
