import { describe, expect, it } from 'vitest'
import { claimsIn, withPhoto } from '../../src/core/evidence'
import { readExif } from '../../src/core/exif'

/** The beginning of a JPEG whose EXIF says nothing but when it was taken: `2026:09:01 12:00:00`, and perhaps `+02:00`. */
function taken(at: string, zone?: string): ArrayBuffer {
  const said = [{ tag: 0x9003, text: `${at}\0` }, ...(zone ? [{ tag: 0x9011, text: `${zone}\0` }] : [])]
  const view = new DataView(new ArrayBuffer(200))
  const TIFF = 12
  const SHOT = 26
  view.setUint16(0, 0xffd8)
  view.setUint16(2, 0xffe1)
  view.setUint16(4, 190)
  view.setUint32(6, 0x45786966)
  view.setUint32(TIFF, 0x4d4d002a)
  view.setUint32(TIFF + 4, 8)
  const entry = (where: number, tag: number, type: number, count: number, value: number) => {
    view.setUint16(TIFF + where, tag)
    view.setUint16(TIFF + where + 2, type)
    view.setUint32(TIFF + where + 4, count)
    view.setUint32(TIFF + where + 8, value)
  }
  view.setUint16(TIFF + 8, 1)
  entry(10, 0x8769, 4, 1, SHOT)
  view.setUint16(TIFF + SHOT, said.length)
  said.forEach(({ tag, text }, index) => {
    const where = 70 + 40 * index
    entry(SHOT + 2 + 12 * index, tag, 2, text.length, where)
    for (const [n, letter] of [...text].entries()) view.setUint8(TIFF + where + n, letter.charCodeAt(0))
  })
  return view.buffer
}

describe('when a photo was taken', () => {
  it('is as the camera says, with its own offset', () => {
    const read = readExif(taken('2026:09:01 12:00:00', '+02:00'))
    expect(read).toEqual({ taken_at: '2026-09-01T12:00:00+02:00', lon: null, lat: null })
  })

  it('is read by the clock of the phone when the camera wrote no offset, and that is said', () => {
    for (const month of ['01', '07']) {
      const read = readExif(taken(`2026:${month}:01 12:00:00`))
      expect(read.taken_at).toMatch(/[+-]\d\d:\d\d$/)
      expect(Date.parse(read.taken_at!)).toBe(new Date(2026, Number(month) - 1, 1, 12).getTime())
      expect(read.zone_assumed).toBe(true)
    }
  })

  it('is not known of what is no time', () => {
    expect(readExif(taken('2026:13:41 12:00:00'))).toEqual({ taken_at: null, lon: null, lat: null })
  })
})

it('photos that an earlier build kept by their digests alone are still there, and claim nothing', () => {
  const exif = { taken_at: null, lon: 113.2, lat: 22.8 }
  expect(claimsIn(['aa', { sha256: 'bb', exif }])).toEqual([
    { sha256: 'aa', exif: null },
    { sha256: 'bb', exif },
  ])
  expect(claimsIn(undefined)).toEqual([])
  expect(withPhoto(claimsIn(['aa', 'bb']), { sha256: 'aa', exif })).toEqual([
    { sha256: 'bb', exif: null },
    { sha256: 'aa', exif },
  ])
})
