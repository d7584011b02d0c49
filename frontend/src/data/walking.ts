/** Whose patrol is under way on this phone: in the small store, so that no page has to load the recorder to know. */
const FLAG = 'patrol'

export function isWalking(person_id: string | undefined): boolean {
  return person_id !== undefined && localStorage.getItem(FLAG) === person_id
}

/** null: nobody's is. */
export function markWalking(person_id: string | null) {
  if (person_id === null) localStorage.removeItem(FLAG)
  else localStorage.setItem(FLAG, person_id)
}
