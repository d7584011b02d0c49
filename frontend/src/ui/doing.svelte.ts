/** What a part does for a person: whether it is at it, and why the last thing did not work. */
export class Doing {
  busy = $state(false)
  failed = $state.raw<unknown>(null)

  /** Do it. What went wrong is kept to be shown; the next thing begins without it. */
  run = async (act: () => Promise<unknown>): Promise<void> => {
    this.busy = true
    this.failed = null
    try {
      await act()
    } catch (error) {
      this.failed = error
    } finally {
      this.busy = false
    }
  }
}
