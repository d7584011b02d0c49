/** Who is signed in, the outbox in one line, and whether the network is there, as the screens see them. */
import { outboxLine, type Item } from '../core/operations'
import type { Role } from '../core/shapes'
import { all, onChange } from '../data/outbox'
import { myScope } from '../data/territory'
import { onSession, type Session } from '../data/session'

let current = $state.raw<Session | null>(null)
let outbox = $state.raw<Item[]>([])
let community = $state<string>()
let online = $state(navigator.onLine)
let now = $state(Date.now())

onSession((session) => (current = session))

async function look() {
  outbox = await all().catch(() => outbox)
}

export function startWatching() {
  onChange(() => void look())
  void look()
  addEventListener('online', () => (online = true))
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
  get roles(): Role[] {
    return [...new Set(current?.roles.map((grant) => grant.role) ?? [])]
  },
  has(...roles: Role[]): boolean {
    return this.roles.some((role) => roles.includes(role))
  },
  scope(kind: 'community' | 'unit' | 'grid'): string | undefined {
    return current?.roles.find((grant) => grant.scope_kind === kind)?.scope_id
  },
  /** The community whose places are held on this phone. */
  get community(): string | undefined {
    return this.scope('community') ?? community
  },
  get telephone(): string | null {
    return current?.jurisdiction.telephone || null
  },
  get outbox() {
    return outbox
  },
  get line() {
    return outboxLine(outbox, current?.person_id ?? null)
  },
  get online() {
    return online
  },
  /** Milliseconds, moving every half minute: words about time follow it. */
  get now() {
    return now
  },
}
