/** What of a person goes from this phone when they sign out, and what stays. */
import { WALK_DRAFT } from '../core/patrols'
import { transact } from './db'
import { dropShared } from './shared'
import { dropThumbs } from './thumbs'

/**
 * Wipes what the phone held of a person: rows, copies of reads, drafts, what was delivered. Unsent items stay, a walk
 * that is under way with them, and the photos that they or somebody else's drafts still need.
 */
export async function forgetPerson(person_id: string): Promise<void> {
  await transact(['kept', 'drafts', 'outbox', 'photos', 'rows', 'feed'], 'readwrite', async (tx) => {
    await tx.objectStore('kept').clear()
    await tx.objectStore('rows').clear()
    await tx.objectStore('feed').clear()
    const outbox = tx.objectStore('outbox')
    const needed = new Set<string>()
    for (const item of await outbox.getAll())
      if (item.state !== 'delivered') item.photos.forEach((sha256) => needed.add(sha256))
      else if (item.person_id === person_id) await outbox.delete(item.item_id)
    const drafts = tx.objectStore('drafts')
    let others = ''
    for (const draft of await drafts.getAll())
      if (draft.person_id === person_id && draft.draft_id !== `${person_id} ${WALK_DRAFT}`)
        await drafts.delete(draft.draft_id)
      else others += JSON.stringify(draft.content)
    for (const sha256 of await tx.objectStore('photos').getAllKeys())
      if (!needed.has(sha256) && !others.includes(sha256)) await tx.objectStore('photos').delete(sha256)
  })
  await dropThumbs()
  await dropShared()
}
