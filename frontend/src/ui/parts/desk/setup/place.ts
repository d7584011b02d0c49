/** Where in a file something stands, in words. */
import { t } from '../../../text/index.svelte'

/** `row 3`, `sheet 名册 row 3`, `feature 3`, `1,200 rows`, `file` as the screen says them; anything else as it is. */
export function placeInFile(at: string): string {
  if (at === 'file') return t('import.whole_file')
  const counted = /^([\d,]+) rows$/.exec(at)
  if (counted) return t('import.rows', { n: counted[1] ?? '' })
  const found = /^(?:sheet (.*) )?(?:row|line|feature) (\d+)$/.exec(at)
  if (!found) return at
  return found[1]
    ? t('import.sheet_row', { sheet: found[1], n: found[2] ?? '' })
    : t('import.row', { n: found[2] ?? '' })
}
