import type { Actor } from '../../identity/principal.ts'
import type { ControlEventKind, EventKind, LogEvent } from '../store.ts'
import { run, type Steps } from '../query.ts'

/** What one commit is gathering: the next numbers and the events that have taken them. */
export interface Batch {
  epoch: string
  seq: number
  events: LogEvent[]
  /** Actors that were looked up in this transaction; null for one whose credentials have ended. */
  actors: Map<string, Actor | null>
}

export function newBatch (epoch: string, seq: number): Batch {
  return { epoch, seq, events: [], actors: new Map() }
}

/** Takes back what a write did to a batch that had `seq` and `events` before it. */
export function restoreBatch (batch: Batch, seq: number, events: number): void {
  batch.seq = seq
  batch.events.length = events
  batch.actors.clear()
}

/** Columns that only notifications have. */
export interface NotificationColumns {
  type: string
  sender: string
  scope: string | null
  digest: string
  idempotencyKey: string | null
  label: string | null
}

const CONTROLS: ReadonlySet<EventKind> = new Set<ControlEventKind>(['user.updated', 'session.revoked', 'key.revoked'])

type NewEvent = Pick<LogEvent, 'kind' | 'keys' | 'at' | 'body'> & Partial<LogEvent>

/** Takes the next number for an event and writes it with its audience keys. */
export function * append (batch: Batch, event: NewEvent, columns?: NotificationColumns): Steps<LogEvent> {
  const entry: LogEvent = { id: null, topic: null, expiresAt: null, ...event, seq: batch.seq + 1 }
  yield * run(
    `INSERT INTO events (seq, kind, id, keys, topic, at, expires_at, body, type, sender, scope, digest, idempotency_key, label)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    entry.seq, entry.kind, entry.id, JSON.stringify(entry.keys), entry.topic, entry.at, entry.expiresAt, entry.body,
    columns?.type ?? null, columns?.sender ?? null, columns?.scope ?? null, columns?.digest ?? null, columns?.idempotencyKey ?? null,
    columns?.label ?? null
  )
  for (const key of entry.keys) {
    yield * run('INSERT INTO event_keys (key, class, seq, expires_at) VALUES (?, ?, ?, ?)', key, classOf(entry.kind), entry.seq, entry.expiresAt)
  }
  batch.seq = entry.seq
  batch.events.push(entry)
  // What changed may be what a later write of the batch is judged by.
  if (CONTROLS.has(entry.kind)) batch.actors.clear()
  return entry
}

/** Takes an event out of the index by audience. */
export function * unlist ({ seq, kind, keys }: Pick<LogEvent, 'seq' | 'kind' | 'keys'>): Steps<void> {
  for (const key of keys) yield * run('DELETE FROM event_keys WHERE key = ? AND class = ? AND seq = ?', key, classOf(kind), seq)
}

/** The part of that index an event stands in. */
function classOf (kind: EventKind): 0 | 1 {
  return kind === 'notification' ? 0 : 1
}
