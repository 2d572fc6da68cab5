import type { Actor } from '../../rights/principal.ts'
import type { ControlEventKind, EventKind, LogEvent } from '../../log/event.ts'
import { listOf, rowsOf, run, type Steps } from '../query.ts'

/** The state of one commit: the last `seq` taken so far and the events appended. */
export interface Batch {
  epoch: string
  seq: number
  events: LogEvent[]
  /** Actors looked up in this transaction, by `actorKey`; null for one whose credentials have ended. */
  actors: Map<string, Actor | null>
  /** SQL for the store's own clock; absent if it is that of the calling process. */
  clock?: string | undefined
}

export function newBatch (epoch: string, seq: number, clock?: string): Batch {
  return { epoch, seq, events: [], actors: new Map(), clock }
}

/** Undoes what a failed write did to a batch; `seq` and the number of `events` are from before the write. */
export function restoreBatch (batch: Batch, seq: number, events: number): void {
  batch.seq = seq
  batch.events.length = events
  batch.actors.clear()
}

/** The columns of `events` that only notifications fill. */
export interface NotificationColumns {
  type: string
  sender: string
  scope: string | null
  digest: string
  idempotencyKey: string | null
  label: string | null
  chain?: string
}

const CONTROLS: ReadonlySet<EventKind> = new Set<ControlEventKind>(['user.updated', 'session.revoked', 'key.revoked'])

type NewEvent = Pick<LogEvent, 'kind' | 'keys' | 'at' | 'body'> & Partial<LogEvent>

/** One row of the audience index (`event_keys`). */
interface IndexEntry { key: string, kind: EventKind, seq: number }

/** Appends an event with the next `seq`, and its audience keys to the index: two statements, however many keys. */
export function * append (batch: Batch, event: NewEvent, columns?: NotificationColumns): Steps<LogEvent> {
  const entry = nextEntry(batch, event)
  yield * run(
    `INSERT INTO events (seq, kind, id, keys, topic, at, expires_at, body, type, sender, scope, digest, idempotency_key, label, origin_seq, chain)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    entry.seq, entry.kind, entry.id, JSON.stringify(entry.keys), entry.topic, entry.at, entry.expiresAt, entry.body,
    columns?.type ?? null, columns?.sender ?? null, columns?.scope ?? null, columns?.digest ?? null, columns?.idempotencyKey ?? null,
    columns?.label ?? null, entry.originSeq ?? null, columns?.chain ?? null
  )
  yield * addToIndex(entry)
  return entry
}

const COLUMNS = {
  seq: 'BIGINT',
  id: 'TEXT',
  keys: 'TEXT',
  topic: 'TEXT',
  at: 'BIGINT',
  expires_at: 'BIGINT',
  body: 'TEXT',
  type: 'TEXT',
  sender: 'TEXT',
  scope: 'TEXT',
  digest: 'TEXT',
  idempotency_key: 'TEXT',
  label: 'TEXT',
  chain: 'TEXT'
} as const
const NAMES = Object.keys(COLUMNS).join(', ')

/** Appends notifications in their order: two statements, however many. */
export function * appendAll (batch: Batch, notifications: { event: Omit<NewEvent, 'kind'>, columns: NotificationColumns }[]): Steps<LogEvent[]> {
  const entries = notifications.map(({ event, columns }) => ({ entry: nextEntry(batch, { ...event, kind: 'notification' }), columns }))
  if (entries.length === 0) return []
  yield * run(
    `INSERT INTO events (kind, ${NAMES}) SELECT 'notification', ${NAMES} FROM ${rowsOf(COLUMNS)} AS d`,
    listOf(entries.map(({ entry: { seq, id, keys, topic, at, expiresAt, body }, columns: { type, sender, scope, digest, idempotencyKey, label, chain = null } }) => {
      return [seq, id, JSON.stringify(keys), topic, at, expiresAt, body, type, sender, scope, digest, idempotencyKey, label, chain]
    }))
  )
  yield * run(
    `INSERT INTO event_keys (key, class, seq, expires_at) SELECT key, 0, seq, expires_at FROM ${rowsOf({ key: 'TEXT', seq: 'BIGINT', expires_at: 'BIGINT' })} AS d`,
    listOf(entries.flatMap(({ entry: { keys, seq, expiresAt } }) => keys.map(key => [key, seq, expiresAt])))
  )
  return entries.map(({ entry }) => entry)
}

/** Appends control events, which have no audience: one statement for all of them. */
export function * appendControls (batch: Batch, events: Omit<NewEvent, 'keys'>[]): Steps<void> {
  if (events.length === 0) return
  const rows = events.map(event => {
    const { seq, kind, at, body } = nextEntry(batch, { ...event, keys: [] })
    return [seq, kind, at, body]
  })
  yield * run(
    `INSERT INTO events (seq, kind, keys, at, body)
     SELECT seq, kind, '[]', at, body FROM ${rowsOf({ seq: 'BIGINT', kind: 'TEXT', at: 'BIGINT', body: 'TEXT' })} AS d`,
    listOf(rows)
  )
}

function nextEntry (batch: Batch, event: NewEvent): LogEvent {
  const entry: LogEvent = { id: null, topic: null, expiresAt: null, ...event, seq: batch.seq + 1 }
  batch.seq = entry.seq
  batch.events.push(entry)
  // A control event may change the rights of an actor of a later write of this batch.
  if (CONTROLS.has(entry.kind)) batch.actors.clear()
  return entry
}

function * addToIndex ({ keys, kind, seq, expiresAt }: LogEvent): Steps<void> {
  const [key] = keys
  if (keys.length === 1) {
    // The usual case; cheaper than a list of one.
    yield * run('INSERT INTO event_keys (key, class, seq, expires_at) VALUES (?, ?, ?, ?)', key!, classOf(kind), seq, expiresAt)
  } else if (key !== undefined) {
    yield * run(
      `INSERT INTO event_keys (key, class, seq, expires_at)
       SELECT key, CAST(? AS INTEGER), CAST(? AS BIGINT), CAST(? AS BIGINT) FROM ${rowsOf({ key: 'TEXT' })} AS d`,
      classOf(kind), seq, expiresAt, listOf(keys.map(key => [key]))
    )
  }
}

/** Removes rows of the audience index, in one statement. */
export function * removeFromIndex (entries: IndexEntry[]): Steps<void> {
  if (entries.length === 0) return
  yield * run(
    `DELETE FROM event_keys WHERE (key, class, seq) IN (SELECT key, class, seq FROM ${rowsOf({ key: 'TEXT', class: 'BIGINT', seq: 'BIGINT' })} AS d)`,
    listOf(entries.map(({ key, kind, seq }) => [key, classOf(kind), seq]))
  )
}

/** The `class` column: 0 for notifications, 1 for all other events. */
function classOf (kind: EventKind): 0 | 1 {
  return kind === 'notification' ? 0 : 1
}
