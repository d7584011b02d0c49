/**
 * The two things of a JPEG's EXIF that a report claims: when and where the photo was taken. The phone reads them before
 * it re-encodes. Reads little; anything unexpected is "nothing known", never an error.
 */
export interface PhotoTaken {
  /** ISO 8601 with its offset. */
  taken_at: string | null
  /** The camera wrote no offset, so the phone's own was taken for it. */
  zone_assumed?: boolean
  lon: number | null
  lat: number | null
}

const NOTHING: PhotoTaken = { taken_at: null, lon: null, lat: null }
const EXIF_POINTER = 0x8769
const GPS_POINTER = 0x8825
const TAKEN = 0x9003
const ZONE = 0x9011

type Entry = { type: number; count: number; at: number }

class Tiff {
  private readonly little: boolean

  constructor(
    private readonly view: DataView,
    private readonly start: number,
  ) {
    this.little = view.getUint16(start) === 0x4949
  }

  u16(at: number) {
    return this.view.getUint16(this.start + at, this.little)
  }

  u32(at: number) {
    return this.view.getUint32(this.start + at, this.little)
  }

  directory(at: number): Map<number, Entry> {
    const entries = new Map<number, Entry>()
    const count = this.u16(at)
    for (let index = 0; index < Math.min(count, 200); index++) {
      const entry = at + 2 + index * 12
      entries.set(this.u16(entry), { type: this.u16(entry + 2), count: this.u32(entry + 4), at: entry + 8 })
    }
    return entries
  }

  text(entry: Entry | undefined): string {
    if (entry?.type !== 2 || entry.count > 64) return ''
    const from = entry.count <= 4 ? entry.at : this.u32(entry.at)
    let text = ''
    for (let index = 0; index < entry.count; index++) {
      const letter = this.view.getUint8(this.start + from + index)
      if (letter === 0) break
      text += String.fromCharCode(letter)
    }
    return text.trim()
  }

  /** Degrees, minutes, seconds as one number of degrees. */
  degrees(entry: Entry | undefined, side: string): number | null {
    if (entry?.type !== 5 || entry.count !== 3) return null
    const from = this.u32(entry.at)
    const [degrees, minutes, seconds] = [0, 8, 16].map((at) => this.u32(from + at) / this.u32(from + at + 4))
    const value = degrees! + minutes! / 60 + seconds! / 3600
    if (!Number.isFinite(value) || value > 180) return null
    return side === 'S' || side === 'W' ? -value : value
  }
}

function tiffOf(view: DataView): Tiff | null {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null
  for (let at = 2; at + 4 < view.byteLength;) {
    const marker = view.getUint16(at)
    if (marker === 0xffda || marker >> 8 !== 0xff) return null
    if (marker === 0xffe1 && view.getUint32(at + 4) === 0x45786966) return new Tiff(view, at + 10)
    at += 2 + view.getUint16(at + 2)
  }
  return null
}

/** The phone's own offset at a local time, `+08:00`; empty when there is no such time. */
function ownZone(local: string): string {
  const west = new Date(local).getTimezoneOffset()
  if (Number.isNaN(west)) return ''
  const two = (value: number) => String(Math.trunc(value)).padStart(2, '0')
  return `${west > 0 ? '-' : '+'}${two(Math.abs(west) / 60)}:${two(Math.abs(west) % 60)}`
}

export function readExif(bytes: ArrayBuffer): PhotoTaken {
  try {
    const tiff = tiffOf(new DataView(bytes))
    if (tiff === null) return NOTHING
    const first = tiff.directory(tiff.u32(4))
    const pointer = (tag: number) => {
      const entry = first.get(tag)
      return entry ? tiff.directory(tiff.u32(entry.at)) : new Map<number, Entry>()
    }
    const exif = pointer(EXIF_POINTER)
    const gps = pointer(GPS_POINTER)
    const written = /^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)$/.exec(tiff.text(exif.get(TAKEN)))
    const local = written && `${written[1]}-${written[2]}-${written[3]}T${written[4]}`
    const said = /^[+-]\d\d:\d\d$/.exec(tiff.text(exif.get(ZONE)))?.[0]
    const zone = said ?? (local && ownZone(local))
    const lat = tiff.degrees(gps.get(2), tiff.text(gps.get(1)))
    const lon = tiff.degrees(gps.get(4), tiff.text(gps.get(3)))
    const placed = lat !== null && lon !== null && (lat !== 0 || lon !== 0)
    return {
      taken_at: zone ? local && `${local}${zone}` : null,
      ...(zone && !said ? { zone_assumed: true } : {}),
      lat: placed ? lat : null,
      lon: placed ? lon : null,
    }
  } catch {
    return NOTHING
  }
}
