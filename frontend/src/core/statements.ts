/** Figures in words: a share never stands without its numbers, and a small one without a mark. */
export interface Counted {
  above: number
  below: number | null
}

/** `97.5%`, one decimal; a count as it is; null: nothing to divide by. */
export function shareOf(figure: Counted): string | null {
  if (figure.below === null) return String(figure.above)
  if (figure.below === 0) return null
  // Cut off, not rounded: 99.96 % must not be told as 100 %.
  return `${(Math.floor((figure.above * 1000) / figure.below) / 10).toFixed(1)}%`
}

export function isFew(figure: Counted, few: number): boolean {
  return figure.below !== null && figure.below < few
}

/** The local days of a month (`2026-11`), as a question about figures names them. */
export function daysOf(month: string): { from: string; to: string } {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return { from: `${month}-01`, to: new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10) }
}

/** Months as they are listed, the newest first, each once. */
export function monthsOf(names: readonly string[]): string[] {
  return [...new Set(names)].sort().reverse()
}
