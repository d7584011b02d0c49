/** For whom the lists are made: what a person reported, works on and looks after. */
import type { Viewer } from '../core/tickets'
import { held } from './kept'
import { session } from './session'
import { myScope } from './territory'

/** null: nobody is signed in. The feed reads the scope anew whenever it changes, so the phone's copy of it serves. */
export async function viewer(): Promise<Viewer | null> {
  const who = session()
  if (who === null) return null
  const units = who.roles.flatMap((grant) => (grant.scope_kind === 'unit' ? [grant.scope_id] : []))
  if (!who.roles.some(({ role }) => role === 'steward')) return { person_id: who.person_id, units, grids: [] }
  const copy = await held<{ stewarded?: string[] }>('my scope')
  const scope = copy?.value.stewarded
    ? copy.value
    : await myScope().then(
        ({ value }) => value,
        () => null,
      )
  return { person_id: who.person_id, units, grids: scope?.stewarded ?? [] }
}
