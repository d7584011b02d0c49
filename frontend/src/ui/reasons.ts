/** Reasons in words: as the standard of the ticket has them, which may be another one than that of today. */
import type { TicketDetail } from '../core/shapes'
import { language, tMaybe } from './text/index.svelte'

export interface ReasonWords {
  code: string
  zh: string
  en: string
}

export function reasonIn({ zh, en }: ReasonWords): string {
  return (language() === 'en' && en) || zh
}

/** The words of a code that the ticket's story names. */
export function reasonWords(ticket: Pick<TicketDetail, 'reasons_said'>, code: string): string {
  // What a phone kept from an older server has none.
  const said = ((ticket.reasons_said as readonly ReasonWords[] | undefined) ?? []).find(
    (one) => one.code === code,
  )
  return said ? reasonIn(said) : (tMaybe(`choice.reason.${code}`) ?? code)
}
