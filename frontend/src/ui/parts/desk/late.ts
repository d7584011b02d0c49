import type { SentLate } from '../../../core/desk'
import { me } from '../../me.svelte'
import { t, tMaybe } from '../../text/index.svelte'
import { when } from '../../when.svelte'

/** Both times of a step that was sent after it was done, and what became of the difference. */
export function lateWords({ captured_at, counted_at, received_at, why, accepted_at }: SentLate): string {
  const times = t('ledger.late', {
    done: when(captured_at, me.now),
    received: when(received_at, me.now),
    counted: when(counted_at, me.now),
  })
  const because = accepted_at
    ? t('ledger.late.accepted', { when: when(accepted_at, me.now) })
    : why
      ? (tMaybe(`ledger.late.${why}`) ?? why)
      : ''
  return [times, because].filter(Boolean).join(' ')
}
