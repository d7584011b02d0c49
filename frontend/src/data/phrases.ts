/** Words that the desk of this jurisdiction uses again and again. */
import { body, client } from './api'
import { newId } from './outbox'
import type { components } from './schema'

export type Phrase = components['schemas']['PhraseOut']
export type Use = Phrase['use']
export const USES: readonly Use[] = ['reject', 'send_back', 'refuse', 'rework', 'cancel', 'ask_more', 'note']

const OF_STEP: Record<string, Use> = {
  reject: 'reject',
  send_back: 'send_back',
  rework: 'rework',
  cancel: 'cancel',
  ask_more: 'ask_more',
  note: 'note',
  urge: 'note',
}

/** The phrases that fit the words of a step; null: none do. */
export function useOf(intent: string): Use | null {
  return OF_STEP[intent] ?? (intent.startsWith('refuse_') ? 'refuse' : null)
}

export async function phrases(): Promise<Phrase[]> {
  return (await body(client.GET('/api/v1/desk/phrases'))).phrases
}

export async function keepPhrase(phrase: Omit<Phrase, 'phrase_id'>, phrase_id = newId()): Promise<void> {
  await client.PUT('/api/v1/desk/phrases/{phrase_id}', { params: { path: { phrase_id } }, body: phrase })
}

export async function dropPhrase(phrase_id: string): Promise<void> {
  await client.DELETE('/api/v1/desk/phrases/{phrase_id}', { params: { path: { phrase_id } } })
}
