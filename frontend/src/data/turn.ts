/** One tab at a time does what need not be done twice. Nothing is wrong when two do it: the server counts an id once. */
import { boot } from './api'
import { transact } from './db'

/** A tab that the system froze may hold its turn for ever; after so long it is not waited for. */
const STUCK_MS = 180_000
const LEASE_MS = 45_000

const refusedSince = new Map<string, number>()

/** Does the work unless another tab is at it; says whether it did. */
export async function inTurn(name: string, work: () => Promise<void>): Promise<boolean> {
  const done = await (navigator.locks ? withLock(name, work) : withLease(name, work))
  if (done) {
    refusedSince.delete(name)
    return true
  }
  const since = refusedSince.get(name) ?? Date.now()
  refusedSince.set(name, since)
  if (Math.abs(Date.now() - since) < STUCK_MS) return false
  refusedSince.delete(name)
  await work()
  return true
}

async function withLock(name: string, work: () => Promise<void>): Promise<boolean> {
  return navigator.locks.request(`gridward-${name}`, { ifAvailable: true }, async (lock) => {
    if (lock) await work()
    return lock !== null
  })
}

/** Browsers without Web Locks: a note in the store, good for a while and renewed while the work goes on. */
async function withLease(name: string, work: () => Promise<void>): Promise<boolean> {
  if (!(await claim(name))) return false
  const renew = setInterval(() => void claim(name).catch(() => undefined), LEASE_MS / 3)
  try {
    await work()
  } finally {
    clearInterval(renew)
    await release(name).catch(() => undefined)
  }
  return true
}

async function claim(name: string): Promise<boolean> {
  const key = `turn ${name}`
  return transact(['kept'], 'readwrite', async (tx) => {
    const held = await tx.objectStore('kept').get(key)
    // A clock that was set back must not make a lease last: it is taken for over as well.
    const free = !held || held.value === boot || Math.abs(Date.now() - held.at) > LEASE_MS
    if (free) await tx.objectStore('kept').put({ key, person_id: '', at: Date.now(), value: boot })
    return free
  })
}

async function release(name: string): Promise<void> {
  const key = `turn ${name}`
  await transact(['kept'], 'readwrite', async (tx) => {
    if ((await tx.objectStore('kept').get(key))?.value === boot) await tx.objectStore('kept').delete(key)
  })
}
