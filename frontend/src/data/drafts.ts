/** What is being written: stored before a camera or file chooser opens, since phones kill the page behind it. */
import { WALK_DRAFT } from '../core/patrols'
import { transact, type Draft } from './db'
import { currentPerson } from './session'

/** Two people who share a phone do not write over each other's. */
export function draftKey(draft_id: string): string {
  return `${currentPerson()?.person_id ?? ''} ${draft_id}`
}

/**
 * `opens`: the path at which the app begins again when the phone kills it now; null: nothing would be missed. `holds`:
 * somebody would miss it when it goes.
 */
export async function saveDraft(
  draft_id: string,
  content: unknown,
  opens: string | null = null,
  holds = opens !== null,
): Promise<void> {
  const person_id = currentPerson()?.person_id ?? ''
  await transact(['drafts'], 'readwrite', (tx) =>
    tx
      .objectStore('drafts')
      .put({ draft_id: draftKey(draft_id), person_id, changed_at: Date.now(), opens, holds, content }),
  )
}

export async function readDraft<T>(draft_id: string): Promise<T | null> {
  const draft = await transact(['drafts'], 'readonly', (tx) =>
    tx.objectStore('drafts').get(draftKey(draft_id)),
  )
  return (draft?.content as T | undefined) ?? null
}

export async function dropDraft(draft_id: string): Promise<void> {
  await transact(['drafts'], 'readwrite', (tx) => tx.objectStore('drafts').delete(draftKey(draft_id)))
}

export type Begun = Pick<Draft, 'changed_at' | 'content'>

/** What this person has begun and not sent, oldest first. A walk is none: it outlives a sign-out and is ended, not sent. */
export async function begun(): Promise<Begun[]> {
  const person_id = currentPerson()?.person_id ?? ''
  const drafts = await transact(['drafts'], 'readonly', (tx) => tx.objectStore('drafts').getAll())
  return drafts
    .filter((draft) => draft.person_id === person_id && draft.draft_id !== draftKey(WALK_DRAFT))
    .filter((draft) => draft.holds ?? Boolean(draft.opens))
    .sort((a, b) => a.changed_at - b.changed_at)
}

const LATELY_MS = 2 * 3600_000

/** Where this person was writing when the phone closed the app, if that was lately. */
export async function openedLately(now: number): Promise<string | null> {
  const person_id = currentPerson()?.person_id ?? ''
  const drafts = await transact(['drafts'], 'readonly', (tx) => tx.objectStore('drafts').getAll())
  const mine = drafts
    .filter((draft) => draft.person_id === person_id && draft.opens)
    // A clock that was set back makes no draft younger than now.
    .filter((draft) => Math.abs(now - draft.changed_at) < LATELY_MS)
    .sort((a, b) => b.changed_at - a.changed_at)
  return mine[0]?.opens ?? null
}
