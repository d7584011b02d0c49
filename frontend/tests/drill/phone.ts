/** What of the real program runs in a drill: the outbox, the drainer, the session, the store, walks and visits. */
export * as db from '../../src/data/db'
export * as drafts from '../../src/data/drafts'
export * as outbox from '../../src/data/outbox'
export * as recorder from '../../src/data/patrol_recorder'
export * as session from '../../src/data/session'
export * as sync from '../../src/data/sync'
export * as visits from '../../src/data/visits'
