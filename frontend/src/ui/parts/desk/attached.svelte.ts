/** Pictures given to one thing at the desk: those that are there, those still being stored, and what became of the rest. */
import { takeFile, type Photo } from '../../../data/photos'

export class Attached {
  photos = $state.raw<readonly Photo[]>([])
  /** So many more are being stored. */
  coming = $state(0)
  /** Why one could not be taken: stands until somebody has seen it and goes on. */
  failed = $state.raw<unknown>(null)
  /** The thing they belong to: a picture that is ready after it was sent joins no other. */
  #turn = 0
  #storing: Promise<void> = Promise.resolve()
  #told = true
  readonly #most: number
  readonly #changed: () => void

  constructor(most = 6, changed: () => void = () => undefined) {
    this.#most = most
    this.#changed = changed
  }

  get digests(): string[] {
    return this.photos.map((photo) => photo.sha256)
  }

  /** So many more can be taken. */
  get room(): number {
    return Math.max(0, this.#most - this.photos.length - this.coming)
  }

  /** Stores them one after the other, in the order in which they were given. */
  take(files: Iterable<Blob>) {
    const fresh = [...files].slice(0, this.room)
    if (fresh.length === 0) return
    if (this.coming === 0) this.failed = null
    this.coming += fresh.length
    const turn = this.#turn
    this.#storing = this.#storing.then(() => this.#store(fresh, turn))
  }

  async #store(files: readonly Blob[], turn: number) {
    for (const file of files) {
      if (turn !== this.#turn) return
      try {
        const photo = await takeFile(file)
        if (turn !== this.#turn) return
        this.photos = [...this.photos.filter((held) => held.sha256 !== photo.sha256), photo]
        this.#changed()
      } catch (error) {
        if (turn !== this.#turn) return
        this.failed = error
        this.#told = false
      }
      this.coming -= 1
    }
  }

  /**
   * Resolves when nothing is being stored any more: true when it may go as it stands. A picture that could not be taken
   * holds it up once, so that it can be seen; after that it goes without.
   */
  async settled(): Promise<boolean> {
    while (this.coming > 0) await this.#storing
    const told = this.#told
    this.#told = true
    return told
  }

  drop(sha256: string) {
    this.photos = this.photos.filter((held) => held.sha256 !== sha256)
    this.#changed()
  }

  /** For another thing: with what was kept of it, or nothing. */
  begin(photos: readonly Photo[] = []) {
    this.#turn += 1
    this.photos = photos
    this.coming = 0
    this.failed = null
    this.#told = true
  }
}
