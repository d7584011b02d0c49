/** What is being written: stored before a camera or file chooser opens, since phones kill the page behind it. */
import { transact } from './db'
import { currentPerson } from './session'

export async function saveDraft(draft_id: string, content: unknown): Promise<void> {
  const person_id = currentPerson()?.person_id ?? ''
  await transact(['drafts'], 'readwrite', (tx) =>
    tx.objectStore('drafts').put({ draft_id, person_id, changed_at: Date.now(), content }),
  )
}

export async function readDraft<T>(draft_id: string): Promise<T | null> {
  const draft = await transact(['drafts'], 'readonly', (tx) => tx.objectStore('drafts').get(draft_id))
  return draft && draft.person_id === (currentPerson()?.person_id ?? '') ? (draft.content as T) : null
}

export async function dropDraft(draft_id: string): Promise<void> {
  await transact(['drafts'], 'readwrite', (tx) => tx.objectStore('drafts').delete(draft_id))
}
