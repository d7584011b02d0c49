/** Names of kinds in the language of the screen, from the standard in force. */
import type { Categories, TicketBrief } from '../core/shapes'
import { categories } from '../data/standards'
import { language, type Language } from './text/index.svelte'

let known = $state.raw<Categories | null>(null)
let knownIn = $state<Language>('zh')

/** The kinds of the standard; throws when neither the server nor this phone has them. */
export async function loadKinds(): Promise<Categories> {
  const wanted = language()
  const { value } = await categories(wanted)
  if (wanted === language()) {
    known = value
    knownIn = wanted
  }
  return value
}

/** The ticket's own word in Chinese, since its standard may be an older one; else the word of now. */
export function ticketKind(ticket: Pick<TicketBrief, 'category' | 'category_name'>): string {
  const now = known?.categories.find((category) => category.code === ticket.category)?.name
  const translated = knownIn === language() && language() !== 'zh' ? now : undefined
  return translated ?? ticket.category_name ?? now ?? ticket.category
}
