/** Parts of the program that are fetched when they are wanted. */
import { hello } from '../data/session'

/** A part of the program did not come: no network, or the server has a newer build. */
export class NotFetched extends Error {
  override readonly name = 'NotFetched'

  constructor(readonly newer: boolean) {
    super(newer ? 'the server has another build' : 'no network')
  }
}

/** What the browsers throw for a module or its style sheet that they cannot get. */
function isAway(error: unknown): boolean {
  return error instanceof TypeError || /preload CSS/.test((error as Error | null)?.message ?? '')
}

/** Runs `load` (a dynamic import); throws `NotFetched` when a file of it does not come. */
export async function fetched<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if (!isAway(error)) throw error
    const answers = await hello().then(
      () => true,
      () => false,
    )
    if (!answers) throw new NotFetched(false)
    // The network may just have come back; a file that is still missing is not there any more.
    return load().catch((again: unknown) => {
      throw isAway(again) ? new NotFetched(true) : again
    })
  }
}
