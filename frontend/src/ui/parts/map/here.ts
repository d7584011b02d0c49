/** The own place as a map shows it. */
import type { Fix } from '../../../data/location'

/** Older than this the person has walked on. */
const OLD_MS = 120_000

export interface Here extends Fix {
  old: boolean
}

export function hereOf(fix: Fix | null, now: number): Here | null {
  return fix && { ...fix, old: now - fix.at > OLD_MS }
}
