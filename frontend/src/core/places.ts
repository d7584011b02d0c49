/** Which place a report has: measured while the photo was taken, unless a person said where it is. Pure. */
import { distance } from './geo'
import type { LocationSource, PhotoClaim, Position } from './shapes'

export interface Place extends Position {
  accuracy_m: number
  /** Milliseconds of the phone when it was measured or chosen. */
  at: number
  source: LocationSource
}

/** Worse than this is said to be: the person should look. */
export const COARSE_M = 60
/** What phones give that may tell their rough place only. */
export const ROUGH_M = 800
/** A photo's own position comes without an accuracy; phones' are about this good. */
const PHOTO_M = 30
/** As long as after the photo a measurement is still about its place: people walk on. */
const SHOT_MS = 45_000
const FRESH_MS = 15_000
/** After this a measurement says nothing of the photo any more, also where none better is known: people go home. */
const LATE_MS = 600_000

/** Whether it is too late to measure where the photo was taken: a person has to say it. */
export function isLate(at: number, shotAt: number | null): boolean {
  return shotAt !== null && at - shotAt > LATE_MS
}

/** The place after a measurement was heard; `shotAt`: when the first photo was taken. */
export function placeAfter(
  place: Place | null,
  fix: Omit<Place, 'source'>,
  shotAt: number | null,
): Place | null {
  if (isLate(fix.at, shotAt)) return place
  const measured: Place = { ...fix, source: 'gps' }
  if (place === null) return measured
  if (place.source !== 'gps') return place
  if (shotAt !== null && place.accuracy_m <= COARSE_M && fix.at - shotAt > SHOT_MS) return place
  if (place.accuracy_m <= fix.accuracy_m && fix.at - place.at < FRESH_MS) return place
  return measured
}

/** What the photo itself says about its place. */
export function placeOfPhoto(exif: PhotoClaim['exif'], now: number): Place | null {
  if (exif === null || exif.lon === null || exif.lat === null) return null
  const taken = exif.taken_at === null ? NaN : Date.parse(exif.taken_at)
  const at = Number.isNaN(taken) ? now : Math.min(taken, now)
  return { lon: exif.lon, lat: exif.lat, accuracy_m: PHOTO_M, at, source: 'photo' }
}

/** A photo from the gallery may show another spot than the one where the person stands. */
export function isElsewhere(photo: Place, place: Place): boolean {
  return place.source === 'gps' && distance(photo, place) > 100 + place.accuracy_m
}

/** Metres within which an open ticket of the kind may be the same; both places are known only so well. */
export function nearRadius(duplicate_radius_m: number, place: Place): number {
  return duplicate_radius_m + Math.min(place.accuracy_m, 50)
}

/** Changes when a place has moved by some ten metres; empty without one. */
export function keyOf(place: Position | null): string {
  return place ? `${place.lon.toFixed(4)},${place.lat.toFixed(4)}` : ''
}
