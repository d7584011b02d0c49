/** What somebody is writing is on the phone before the phone closes the page, which it does without a word. */
import { onMount } from 'svelte'
import { dropDraft, readDraft, saveDraft } from '../data/drafts'

/** A hand that types is not stored at every letter. */
const PAUSE_MS = 500

/**
 * Calls `keep` soon after what `written` reads has changed, and at once when the page goes to the back or this part of the
 * screen goes. `rests`: not now; what has changed by then is kept when the rest is over, unless the part is gone. To be
 * called while a component is made.
 */
export function keepWriting(written: () => unknown, keep: () => void, rests: () => boolean): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let first = true

  function later() {
    timer ??= setTimeout(now, PAUSE_MS)
  }

  function now() {
    if (timer === undefined) return
    clearTimeout(timer)
    timer = undefined
    if (rests()) later()
    else keep()
  }

  $effect(() => {
    written()
    if (!first) later()
    first = false
  })
  onMount(() => {
    document.addEventListener('visibilitychange', now)
    return () => {
      document.removeEventListener('visibilitychange', now)
      now()
      clearTimeout(timer)
    }
  })
}

interface Form<Content> {
  draft_id: string
  /** The path at which the app begins again when the phone closes it now. */
  opens: string
  read: () => Content
  take: (kept: Content) => void
  /** Whether there is anything that somebody would miss. */
  holds: () => boolean
  /** What is kept while it goes out would be there again when it has gone. */
  sending: () => boolean
  fail: (error: unknown) => void
}

/** The draft of a sheet: taken up where it was left, kept while it is written, dropped with the last of it. */
export class SheetDraft<Content> {
  private taken = false
  private told = false

  constructor(private readonly form: Form<Content>) {
    onMount(() => {
      void readDraft<Content>(form.draft_id)
        .then((kept) => kept && form.take(kept))
        .catch(() => undefined)
        .finally(() => (this.taken = true))
    })
    keepWriting(
      form.read,
      () => void this.keep().catch(form.fail),
      () => !this.taken || form.sending(),
    )
  }

  /** Resolves when the phone has it. `leaving`: another app opens over this page. */
  keep = async (leaving = false): Promise<void> => {
    const { draft_id, opens, read } = this.form
    const holds = this.form.holds()
    if (holds || leaving) await saveDraft(draft_id, read(), opens, holds)
    else if (this.taken) await dropDraft(draft_id)
  }

  /** True when the sheet may go. What could not be kept is nowhere else: the person is told once, and may leave it then. */
  mayClose = async (): Promise<boolean> => {
    try {
      await this.keep()
    } catch (error) {
      if (this.form.holds() && !this.told) {
        this.told = true
        this.form.fail(error)
        return false
      }
    }
    return true
  }
}
