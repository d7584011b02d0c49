/** Who is signed in, the outbox in one line, and whether the network is there, as the screens see them. */
import { outboxLine, type Item } from '../core/operations'
import type { Role } from '../core/shapes'
import { all, onChange } from '../data/outbox'
import { myScope } from '../data/territory'
import { isExpired, onSession, type Session } from '../data/session'
import { answeredInRun } from '../data/sync'
import { onTelephone, telephone } from '../data/telephone'

let current = $state.raw<Session | null>(null)
let expired = $state(false)
let answered = $state(0)
/** null until the phone's store was read: nothing is said about what is unsent before. */
let outbox = $state.raw<Item[] | null>(null)
let unreadable = $state.raw<StoreUnreadable | null>(null)
let looks = 0
let community = $state<string>()
let online = $state(navigator.onLine)
let noticeLater = $state(false)
let now = $state(Date.now())
let number = $state(telephone())

onSession((session) => {
  current = session
  expired = isExpired()
})
onTelephone((told) => (number = told))

/** What waits on this phone cannot be read now; it may still be there. */
export class StoreUnreadable extends Error {
  readonly refused = { code: 'store_unreadable' }
}

async function look() {
  const turn = ++looks
  try {
    const found = await all()
    if (turn !== looks) return
    outbox = found
    answered = answeredInRun()
    unreadable = null
  } catch (error) {
    console.warn('the outbox cannot be read', error)
    if (turn === looks) unreadable = new StoreUnreadable()
  }
}

export function startWatching() {
  onChange(() => void look())
  void look()
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && unreadable) void look()
  })
  addEventListener('online', () => {
    online = true
    noticeLater = false
  })
  addEventListener('offline', () => (online = false))
  setInterval(() => (now = Date.now()), 30_000)
}

/** A steward's or worker's grant names a grid or a unit; the community follows from the scope. */
export async function learnCommunity() {
  if (current === null) return
  const { value } = await myScope()
  community = value.communities[0]?.community_id
}

export const me = {
  get session() {
    return current
  },
  /** The server does not know this session any more: nothing goes out or comes in until the person signs in again. */
  get expired() {
    return expired
  },
  /** How many items the sending of now has had answered. */
  get answered() {
    return answered
  },
  get roles(): Role[] {
    return [...new Set(current?.roles.map((grant) => grant.role) ?? [])]
  },
  has(...roles: Role[]): boolean {
    return this.roles.some((role) => roles.includes(role))
  },
  /** One of these roles for the whole jurisdiction: what concerns all of it is not for whoever answers for a part. */
  everywhere(...roles: Role[]): boolean {
    return (
      current?.roles.some((grant) => grant.scope_kind === 'jurisdiction' && roles.includes(grant.role)) ??
      false
    )
  },
  scope(kind: 'community' | 'unit' | 'grid'): string | undefined {
    return current?.roles.find((grant) => grant.scope_kind === kind)?.scope_id
  },
  /** The community whose places are held on this phone. */
  get community(): string | undefined {
    return this.scope('community') ?? community
  },
  get telephone(): string | null {
    return current?.jurisdiction.telephone || number
  },
  /** What this phone is known to hold; see `unread` before saying that there is nothing. */
  get outbox(): readonly Item[] {
    return outbox ?? []
  },
  /** Of that, what the person signed in made: somebody else may have used this phone. */
  get own(): readonly Item[] {
    return this.outbox.filter((item) => item.person_id === current?.person_id)
  },
  /** The store was not read yet, and did not fail either. */
  get unread(): boolean {
    return outbox === null && unreadable === null
  },
  get unreadable() {
    return unreadable
  },
  lookAgain: look,
  /** null: not known, since the store was not read or cannot be read. */
  get line() {
    return outbox && !unreadable ? outboxLine(outbox, current?.person_id ?? null) : null
  },
  get online() {
    return online
  },
  /** The server could not be told that the notice was read: it is asked about again when a network comes, or the app begins. */
  get noticeLater() {
    return noticeLater
  },
  putOffNotice() {
    noticeLater = true
  },
  /** Milliseconds, moving every half minute: words about time follow it. */
  get now() {
    return now
  },
}
