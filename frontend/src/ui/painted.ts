const HIDDEN_MS = 100

/**
 * Resolves after the next picture on the screen, or soon where none comes because nobody looks: what a finger pressed
 * shows it before a page is built, which takes its time.
 */
export async function painted(): Promise<void> {
  await new Promise<void>((done) => {
    requestAnimationFrame(() => setTimeout(done))
    setTimeout(done, HIDDEN_MS)
  })
}
