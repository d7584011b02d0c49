/** Where the phone is. */
export interface Fix {
  lon: number
  lat: number
  accuracy_m: number
  /** Milliseconds of the phone when it was measured. */
  at: number
}

export type NoFix = 'refused' | 'unavailable'

/** Follows the position until stopped; `hear` gets each fix, `fail` a reason the person can act on. */
export function follow(hear: (fix: Fix) => void, fail: (why: NoFix) => void): () => void {
  if (!('geolocation' in navigator)) {
    fail('unavailable')
    return () => undefined
  }
  const id = navigator.geolocation.watchPosition(
    ({ coords, timestamp }) =>
      hear({
        lon: coords.longitude,
        lat: coords.latitude,
        accuracy_m: Math.round(coords.accuracy),
        at: timestamp,
      }),
    (error) => fail(error.code === error.PERMISSION_DENIED ? 'refused' : 'unavailable'),
    { enableHighAccuracy: true, maximumAge: 15_000, timeout: 20_000 },
  )
  return () => navigator.geolocation.clearWatch(id)
}

/** True when the position can be had without a question to the person: a page that just opened asks nothing. */
export async function mayFollow(): Promise<boolean> {
  const state = await navigator.permissions?.query({ name: 'geolocation' }).catch(() => null)
  return state?.state === 'granted'
}

/** One fix, soon: for a step done on the spot; null: there is none. */
export async function once(): Promise<Fix | null> {
  let stop: (() => void) | undefined
  const found = await new Promise<Fix | null>((done) => {
    stop = follow(done, () => done(null))
  })
  stop?.()
  return found
}
