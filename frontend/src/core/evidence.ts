/** Photos as they are kept in drafts and told in bodies. Pure. */
import type { PhotoClaim } from './shapes'

/** A photo by its digest, with what its file said of its time and place before it was made small. */
export type Claimed = Pick<PhotoClaim, 'sha256' | 'exif'>

/** The photos of a draft or a body. Earlier builds kept and sent digests alone, which claim nothing. */
export function claimsIn(kept: unknown): Claimed[] {
  if (!Array.isArray(kept)) return []
  return (kept as (string | Claimed)[]).map((one) =>
    typeof one === 'string' ? { sha256: one, exif: null } : { sha256: one.sha256, exif: one.exif ?? null },
  )
}

export const digestsOf = (photos: readonly Claimed[]): string[] => photos.map(({ sha256 }) => sha256)

/** With one more, which is there once. */
export function withPhoto(photos: readonly Claimed[], { sha256, exif }: Claimed): Claimed[] {
  return [...photos.filter((held) => held.sha256 !== sha256), { sha256, exif }]
}
