import type { Actor } from '../../rights/principal.ts'
import type { ControlEventKind, EventKind, LogEvent } from '../../log/event.ts'
import { addressing } from '../../log/audience.ts'
import { get, listOf, rowsOf, run, type Steps } from '../query.ts'
import { LastOrdinals } from './ordinals.ts'
import { KnownBlocks, noteSent } from './sent/blocks.ts'
import { INDEX_CLASS, NO_SEQ, RECALLED, indexClassOf, ordinal, type NotificationClass } from './index-class.ts'
import { noteBlock, noteFullBlocks, noteTypes, topicOrdinal } from './key-blocks.ts'

/** The state of one commit: the last `seq` taken so far and the events appended. */
export interface Batch {
  epoch: string
  seq: number
  events: LogEvent[]
  /** Actors looked up in this transaction, by `actorKey`; null for one whose credentials have ended. */
  actors: Map<string, Actor | null>
  /** Whether there is a group with this key, of those looked up in this transaction. */
  groups: Map<string, boolean>
  ordinals: LastOrdinals
  sentBlocks: KnownBlocks
  /** SQL for the store's own clock; absent if it is that of the calling process. */
  clock?: string | undefined
}

export function newBatch (epoch: string, seq: number, { ordinals = new LastOrdinals(), sentBlocks = new KnownBlocks(), clock }: Partial<Pick<Batch, 'ordinals' | 'sentBlocks' | 'clock'>> = {}): Batch {
  return { epoch, seq, events: [], actors: new Map(), groups: new Map(), ordinals, sentBlocks, clock }
}

/** Undoes what a failed write did to a batch; `seq` and the number of `events` are from before the write. */
export function restoreBatch (batch: Batch, seq: number, events: number): void {
  batch.seq = seq
  batch.events.length = events
  batch.actors.clear()
  batch.groups.clear()
  batch.ordinals.clear()
  batch.sentBlocks.clear()
}

/** The columns of `events` that only notifications fill. */
export interface NotificationColumns {
  type: string
  sender: string
  scope: string | null
  digest: string
  idempotencyKey: string | null
  label: string | null
  chain?: string | undefined
  /** How the audience index reads it; if absent, that follows from its keys. */
  indexClass?: NotificationClass | undefined
}

const CONTROLS: ReadonlySet<EventKind> = new Set<ControlEventKind>(['user.updated', 'members.changed', 'group.removed', 'session.revoked', 'key.revoked'])

/** `scope`: only of one with an `originSeq`: that of the notification it is about. */
export type NewEvent = Pick<LogEvent, 'kind' | 'keys' | 'at' | 'body'> & Partial<LogEvent> & { scope?: string | null }

/** The rows of the audience index (`event_keys`) that one event has under one key. */
interface IndexEntry { key: string, kind: EventKind, seq: number }

/** What an INSERT of one event names; a column that is not named is NULL, and costs nothing. */
const COLUMNS = ['seq', 'kind', 'id', 'keys', 'topic', 'at', 'expires_at', 'body']
const COLUMNS_OF_NOTIFICATION = [...COLUMNS, 'type', 'sender', 'scope', 'digest']
const RARE_COLUMNS = ['idempotency_key', 'label', 'origin_seq', 'chain', 'late']
const insertOf = (columns: string[]) => `INSERT INTO events (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`
const INSERT_EVENT = insertOf(COLUMNS)
const INSERT_NOTIFICATION = insertOf(COLUMNS_OF_NOTIFICATION)
const INSERT_WITH_RARE = insertOf([...COLUMNS_OF_NOTIFICATION, ...RARE_COLUMNS])

/** Appends an event with the next `seq`, and its audience keys to the index: two statements, however many keys, and one more for a notification that begins a block. */
export function * append (batch: Batch, event: NewEvent, columns?: NotificationColumns): Steps<LogEvent> {
  const entry = nextEntry(batch, event)
  const { seq, kind, id, keys, topic, at, expiresAt, body, originSeq = null } = entry
  const { idempotencyKey = null, label = null, chain = null } = columns ?? {}
  const late = entry.isLate || columns?.indexClass === INDEX_CLASS.late ? 1 : null
  const values = [seq, kind, id, JSON.stringify(keys), topic, at, expiresAt, body]
  if (columns) values.push(columns.type, columns.sender, columns.scope, columns.digest)
  if ((idempotencyKey ?? label ?? originSeq ?? chain ?? late) === null) {
    yield * run(columns ? INSERT_NOTIFICATION : INSERT_EVENT, ...values)
  } else {
    if (!columns) values.push(null, null, event.scope ?? null, null)
    yield * run(INSERT_WITH_RARE, ...values, idempotencyKey, label, originSeq, chain, late)
  }
  if (columns) {
    yield * addNotification(batch, entry, columns)
    if (!batch.sentBlocks.has(seq, columns)) yield * noteSent(batch, [{ seq, ...columns }])
  } else {
    yield * addToIndex(entry)
  }
  return entry
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

/** Gives an event the next `seq`, and adds it to the batch's events. The caller stores it. */
export function nextEntry (batch: Batch, event: NewEvent): LogEvent {
  const { kind, keys, at, body, id = null, topic = null, expiresAt = null, originSeq, isLate } = event
  const entry: LogEvent = { seq: batch.seq + 1, kind, id, keys, topic, at, expiresAt, body }
  if (originSeq !== undefined) entry.originSeq = originSeq
  if (isLate !== undefined) entry.isLate = isLate
  batch.seq = entry.seq
  batch.events.push(entry)
  // A control event may change the rights of an actor of a later write of this batch.
  if (CONTROLS.has(entry.kind)) batch.actors.clear()
  return entry
}

function * addToIndex ({ keys: all, seq }: LogEvent): Steps<void> {
  const keys = addressing(all)
  const [key] = keys
  if (keys.length === 1) {
    // The usual case; cheaper than a list of one.
    yield * run(`INSERT INTO event_keys (key, class, seq) VALUES (?, ${INDEX_CLASS.other}, ?)`, key!, seq)
  } else if (key !== undefined) {
    yield * run(
      `INSERT INTO event_keys (key, class, seq) SELECT key, ${INDEX_CLASS.other}, CAST(? AS BIGINT) FROM ${rowsOf({ key: 'TEXT' })} AS d`,
      seq, listOf(keys.map(key => [key]))
    )
  }
}

/** SQL for the ordinal of the next notification under a key, which is an expression, and under a key and a topic. */
const nextOrdinal = (key: string) => `COALESCE(${ordinal(key, 'upTo', NO_SEQ)}, 0) + 1`
const nextTopicOrdinal = (key: string, topic: string) => `COALESCE(${topicOrdinal(key, topic, 'upTo', NO_SEQ)}, 0) + 1`
export const NOTIFICATION_COLUMNS = 'key, class, seq, topic, type, expires_at, ordinal, topic_ordinal'

/** Under several keys, or under one whose last ordinals are not known. */
function insertEntries (ordinals: string): string {
  return `INSERT INTO event_keys (${NOTIFICATION_COLUMNS})
    SELECT d.key, CAST(? AS INTEGER), CAST(? AS BIGINT), d.topic, CAST(? AS TEXT), CAST(? AS BIGINT), ${ordinals} FROM ${rowsOf({ key: 'TEXT', topic: 'TEXT' })} AS d`
}
const INSERT_UNNUMBERED = insertEntries('CAST(NULL AS BIGINT), CAST(NULL AS BIGINT)')
const INSERT_NUMBERED = insertEntries(`${nextOrdinal('d.key')}, CASE WHEN d.topic IS NULL THEN NULL ELSE ${nextTopicOrdinal('d.key', 'd.topic')} END`)

/** Under one key, if the last ordinals are known: a lookup costs as much as the insert. */
const INSERT_AFTER = `INSERT INTO event_keys (${NOTIFICATION_COLUMNS}) VALUES (?, ${INDEX_CLASS.single}, ?, ?, ?, ?, ?, ?)`

/** Adds a notification to the index. The ordinals come from one index lookup a key, and a few more if it has a topic; of one key, only if they are not known from before. */
function * addNotification (batch: Batch, { keys: all, seq, topic, expiresAt }: LogEvent, { type, indexClass = indexClassOf(all) }: NotificationColumns): Steps<void> {
  const keys = addressing(all)
  const [key] = keys
  if (key === undefined) return
  const last = batch.ordinals.get(key, null)
  const lastOfTopic = topic === null ? 0 : batch.ordinals.get(key, topic)
  if (keys.length === 1 && indexClass === INDEX_CLASS.single && last !== undefined && lastOfTopic !== undefined) {
    const topicOrdinal = topic === null ? null : lastOfTopic + 1
    yield * run(INSERT_AFTER, key, seq, topic, type, expiresAt, last + 1, topicOrdinal)
    return yield * noteNumbered(batch, key, { seq, topic, type, ordinal: last + 1, topicOrdinal })
  }
  const params = [indexClass, seq, type, expiresAt, listOf(keys.map(key => [key, topic]))]
  if (indexClass !== INDEX_CLASS.single) return yield * run(INSERT_UNNUMBERED, ...params)
  if (keys.length > 1) {
    batch.ordinals.clear()
    yield * run(INSERT_NUMBERED, ...params)
    yield * noteFullBlocks(keys.map(key => [key, 1]))
  } else {
    const { ordinal, topic_ordinal: topicOrdinal } = (yield * get<{ ordinal: number, topic_ordinal: number | null }>(`${INSERT_NUMBERED} RETURNING ordinal, topic_ordinal`, ...params))!
    yield * noteNumbered(batch, key, { seq, topic, type, ordinal, topicOrdinal })
  }
}

/** Remembers a notification of one key for the next one, and notes the block that it may have filled. */
function * noteNumbered ({ ordinals }: Batch, key: string, numbered: Parameters<LastOrdinals['add']>[1]): Steps<void> {
  const block = ordinals.add(key, numbered)
  if (block === 'unknown') yield * noteFullBlocks([[key, 1]])
  else if (block) yield * noteBlock(key, block)
}

/** Removes rows of the audience index, in one statement. */
export function * removeFromIndex (entries: IndexEntry[]): Steps<void> {
  if (entries.length === 0) return
  yield * run(`DELETE FROM event_keys WHERE ${IS_ENTRY}`, listOfEntries(entries))
}

/** Takes a notification out of every list and count. Its rows stay, so that ordinals have no hole. */
export function * recallInIndex (entries: IndexEntry[]): Steps<void> {
  yield * run(`UPDATE event_keys SET expires_at = ${RECALLED} WHERE ${IS_ENTRY}`, listOfEntries(entries))
}

/** Changes the type and the end of a notification in lists and counts. Its ordinals stay. */
export function * changeInIndex (entries: IndexEntry[], { type, expiresAt }: { type: string, expiresAt: number | null }): Steps<void> {
  yield * run(`UPDATE event_keys SET type = ?, expires_at = ? WHERE ${IS_ENTRY}`, type, expiresAt, listOfEntries(entries))
  yield * run(NOTE_TYPES, listOfEntries(entries))
}

const IS_ENTRY = `(key, class, seq) IN (SELECT key, class, seq FROM ${rowsOf({ key: 'TEXT', class: 'BIGINT', seq: 'BIGINT' })} AS d)`

const NOTE_TYPES = noteTypes(IS_ENTRY.replace('(key, class, seq)', '(k.key, k.class, k.seq)'))

/** An entry's class is not known, so all that it can have are listed. */
function listOfEntries (entries: IndexEntry[]): string {
  return listOf(entries.flatMap(({ key, kind, seq }) => (kind === 'notification' ? NOTIFICATION_CLASSES : [INDEX_CLASS.other]).map(keyClass => [key, keyClass, seq])))
}

const NOTIFICATION_CLASSES: number[] = [INDEX_CLASS.single, INDEX_CLASS.several, INDEX_CLASS.late]
