/** The community's telephone, known from the last time also to a phone on which nobody is signed in. */

const KEPT = 'telephone'
const hearers = new Set<(number: string) => void>()

/** null: never heard of, or a browser that stores nothing. */
export function telephone(): string | null {
  try {
    return localStorage.getItem(KEPT)
  } catch {
    return null
  }
}

/** A number that the server said; null: it said none, and the last one stays. */
export function keepTelephone(number: string | null): void {
  if (!number || number === telephone()) return
  try {
    localStorage.setItem(KEPT, number)
  } catch {
    // This page still shows it.
  }
  hearers.forEach((hear) => hear(number))
}

export function onTelephone(hear: (number: string) => void): () => void {
  hearers.add(hear)
  return () => hearers.delete(hear)
}
