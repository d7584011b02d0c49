/** One read of a page: what came, whether it is old, what went wrong; read again by `again`. */
import type { Fresh } from '../data/kept'

export class Loading<T> {
  value = $state.raw<T | null>(null)
  /** Milliseconds of the phone, when what is shown is the phone's own copy. */
  oldAt = $state<number | null>(null)
  failed = $state.raw<unknown>(null)
  private turn = 0

  constructor(private readonly read: () => Promise<Fresh<T>>) {}

  /** Shows what the phone holds until the read has come. */
  offer(value: T) {
    this.value ??= value
  }

  again = async (): Promise<void> => {
    const turn = ++this.turn
    try {
      const fresh = await this.read()
      if (turn !== this.turn) return
      this.value = fresh.value
      this.oldAt = fresh.old ? fresh.at : null
      this.failed = null
    } catch (error) {
      if (turn === this.turn) this.failed = error
    }
  }
}

/** A read of the desk: it comes from the server or not at all. */
export class Reading<T> extends Loading<T> {
  constructor(read: () => Promise<T>) {
    super(async () => ({ value: await read(), at: Date.now(), old: false }))
  }
}
