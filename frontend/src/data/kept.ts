/** What was read once stays readable without the network: the newest answer per key and person. */
import { Unreachable } from './api'
import { transact } from './db'
import { currentPerson, mayKeep } from './session'

export interface Fresh<T> {
  value: T
  /** Milliseconds of the phone when the server said it. */
  at: number
  /** True when the server could not be reached now and this is what the phone held. */
  old: boolean
}

/** Names of copies that others let go of. */
export const heldKey = { ticket: (ticket_id: string) => `ticket ${ticket_id}` }

/** What this phone holds of it for the person signed in. */
export async function held<T>(key: string): Promise<Fresh<T> | null> {
  const row = await transact(['kept'], 'readonly', (tx) => tx.objectStore('kept').get(key)).catch(
    () => undefined,
  )
  if (!row || row.person_id !== (currentPerson()?.person_id ?? '')) return null
  return { value: row.value as T, at: row.at, old: true }
}

/** Network first; when nobody answers, what the phone held; when it held nothing, `Unreachable`. */
export async function kept<T>(key: string, read: () => Promise<T>): Promise<Fresh<T>> {
  const person_id = currentPerson()?.person_id ?? ''
  try {
    const value = await read()
    const at = Date.now()
    if (mayKeep(person_id))
      await transact(['kept'], 'readwrite', (tx) =>
        tx.objectStore('kept').put({ key, person_id, at, value }),
      ).catch(() => undefined)
    return { value, at, old: false }
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error
    const row = await held<T>(key)
    if (row === null) throw error
    return row
  }
}

/** Lets go of a copy. */
export async function dropHeld(key: string): Promise<void> {
  await transact(['kept'], 'readwrite', (tx) => tx.objectStore('kept').delete(key))
}

/** The phone's copy at once when there is one, and a newer one behind it. */
export async function keptFirst<T>(key: string, read: () => Promise<T>): Promise<Fresh<T>> {
  const row = await held<T>(key)
  if (row === null) return kept(key, read)
  void kept(key, read).catch(() => undefined)
  return row
}
