import { describe, expect, it } from 'vitest'
import { isElsewhere, isLate, nearRadius, placeAfter, placeOfPhoto, type Place } from '../../src/core/places'

const NOON = Date.parse('2026-11-29T04:00:00Z')
const at = (seconds: number, accuracy_m: number, lon = 113.28) => ({
  lon,
  lat: 22.8,
  accuracy_m,
  at: NOON + seconds * 1000,
})

describe('the place of a report', () => {
  it('becomes finer while the volunteer stands there, and fresher when it is old', () => {
    const rough = placeAfter(null, at(0, 80), null)
    expect(rough).toMatchObject({ accuracy_m: 80, source: 'gps' })
    const fine = placeAfter(rough, at(2, 8), null)
    expect(fine?.accuracy_m).toBe(8)
    expect(placeAfter(fine, at(4, 20), null)).toBe(fine)
    expect(placeAfter(fine, at(30, 20), null)?.accuracy_m).toBe(20)
  })

  it('stays where the photo was taken when she walks on before she sends', () => {
    const there = placeAfter(null, at(0, 8), null)
    expect(placeAfter(there, at(120, 5, 113.29), NOON)).toBe(there)
    // What was too rough to be a place is still replaced.
    const rough = placeAfter(null, at(0, 300), null)
    expect(placeAfter(rough, at(120, 5), NOON)?.accuracy_m).toBe(5)
  })

  it('is not where she lives when a photo from the basement is sent from home', () => {
    const home = at(8 * 3600, 5, 113.4)
    expect(placeAfter(null, home, NOON)).toBeNull()
    expect(isLate(home.at, NOON)).toBe(true)
    const rough = placeAfter(null, at(0, 300), NOON)
    expect(placeAfter(rough, home, NOON)).toBe(rough)
    // On the way up the stairs it still is about the photo, and without a photo there is nothing to be late for.
    expect(placeAfter(null, at(300, 5), NOON)?.accuracy_m).toBe(5)
    expect(placeAfter(null, home, null)?.lon).toBe(113.4)
  })

  it('is not moved by the phone once somebody said where it is', () => {
    const said: Place = { ...at(0, 20), source: 'named' }
    expect(placeAfter(said, at(60, 3), null)).toBe(said)
  })
})

describe('a photo from the gallery', () => {
  const exif = { taken_at: '2026-11-29T09:00:00+08:00', lon: 113.29, lat: 22.8 }

  it('brings its own place, which is as old as the photo', () => {
    expect(placeOfPhoto(exif, NOON)).toMatchObject({ lon: 113.29, source: 'photo', at: NOON - 3 * 3600_000 })
    expect(placeOfPhoto({ ...exif, lon: null }, NOON)).toBeNull()
    // A camera whose clock runs ahead does not make a place of the future.
    expect(placeOfPhoto({ ...exif, taken_at: '2036-01-01T00:00:00Z' }, NOON)?.at).toBe(NOON)
  })

  it('is from elsewhere when it lies farther off than the position is doubtful', () => {
    const photo = placeOfPhoto(exif, NOON)!
    expect(isElsewhere(photo, { ...at(0, 8), source: 'gps' })).toBe(true)
    expect(isElsewhere(photo, { ...at(0, 2000), source: 'gps' })).toBe(false)
    expect(isElsewhere(photo, { ...at(0, 8), source: 'named' })).toBe(false)
  })
})

it('looks for the same as far as the kind says, and by as much more as the position is doubtful', () => {
  expect(nearRadius(50, { ...at(0, 8), source: 'gps' })).toBe(58)
  expect(nearRadius(10, { ...at(0, 900), source: 'gps' })).toBe(60)
})
