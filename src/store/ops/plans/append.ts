import { addressing } from '../../../log/audience.ts'
import type { LogEvent } from '../../../log/event.ts'
import { all, listOf, rowsOf, run, type Steps, type Value } from '../../query.ts'
import { nextEntry, NOTIFICATION_COLUMNS, type Batch, type NewEvent, type NotificationColumns } from '../batch.ts'
import { noteSent } from '../sent/blocks.ts'
import { INDEX_CLASS, indexClassOf, NO_SEQ, ordinal } from '../index-class.ts'
import { noteFullBlocks, topicOrdinal } from '../key-blocks.ts'

interface New { event: Omit<NewEvent, 'kind'>, columns: NotificationColumns }
interface Entry { entry: LogEvent, columns: NotificationColumns }

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
  chain: 'TEXT',
  late: 'BIGINT'
} as const
const NAMES = Object.keys(COLUMNS).join(', ')
const INDEX_COLUMNS = {
  key: 'TEXT', class: 'BIGINT', seq: 'BIGINT', topic: 'TEXT', type: 'TEXT', expires_at: 'BIGINT', ordinal: 'BIGINT', topic_ordinal: 'BIGINT'
} as const

/** Appends notifications in their order: five statements at the most, however many. Does what `append` does for each. */
export function * appendAll (batch: Batch, notifications: New[]): Steps<LogEvent[]> {
  if (notifications.length === 0) return []
  const entries = notifications.map(({ event, columns }) => ({ entry: nextEntry(batch, { ...event, kind: 'notification' }), columns }))
  yield * run(
    `INSERT INTO events (kind, ${NAMES}) SELECT 'notification', ${NAMES} FROM ${rowsOf(COLUMNS)} AS d`,
    listOf(entries.map(({ entry: { seq, id, keys, topic, at, expiresAt, body }, columns: { type, sender, scope, digest, idempotencyKey, label, chain = null, indexClass } }) => {
      return [seq, id, JSON.stringify(keys), topic, at, expiresAt, body, type, sender, scope, digest, idempotencyKey, label, chain, indexClass === INDEX_CLASS.late ? 1 : null]
    }))
  )
  const rows = yield * indexRows(batch, entries.map(({ entry, columns: { indexClass = indexClassOf(entry.keys), ...columns } }) => {
    return { entry: { ...entry, keys: addressing(entry.keys) }, columns: { ...columns, indexClass } }
  }))
  yield * run(`INSERT INTO event_keys (${NOTIFICATION_COLUMNS}) SELECT ${NOTIFICATION_COLUMNS} FROM ${rowsOf(INDEX_COLUMNS)} AS d`, listOf(rows))
  yield * noteFullBlocks(countByKey(rows))
  yield * noteSent(batch, entries.map(({ entry: { seq }, columns }) => ({ seq, ...columns })))
  return entries.map(({ entry }) => entry)
}

/** How many of these rows of the index are numbered, by key. */
function countByKey (rows: Value[][]): [key: string, count: number][] {
  const counts = new Map<string, number>()
  for (const [key, indexClass] of rows as [string, number][]) if (indexClass === INDEX_CLASS.single) counts.set(key, (counts.get(key) ?? 0) + 1)
  return [...counts]
}

/** The rows of the audience index, with the ordinals of those that are numbered. */
function * indexRows (batch: Batch, entries: Entry[]): Steps<Value[][]> {
  yield * lookUpOrdinals(batch, entries)
  const next = (key: string, topic: string | null) => {
    const ordinal = batch.ordinals.get(key, topic)! + 1
    batch.ordinals.set(key, topic, ordinal)
    return ordinal
  }
  return entries.flatMap(({ entry: { keys, seq, topic, expiresAt }, columns: { type, indexClass = INDEX_CLASS.single } }) => {
    const isNumbered = indexClass === INDEX_CLASS.single
    return keys.map(key => [
      key, indexClass, seq, topic, type, expiresAt, isNumbered ? next(key, null) : null, isNumbered && topic !== null ? next(key, topic) : null
    ])
  })
}

/** Looks up the last ordinals that the batch does not know yet, in one statement. */
function * lookUpOrdinals ({ ordinals }: Batch, entries: Entry[]): Steps<void> {
  const numbered = entries.filter(({ columns }) => (columns.indexClass ?? INDEX_CLASS.single) === INDEX_CLASS.single).map(({ entry }) => entry)
  const wanted: [key: string, topic: string | null][] = []
  for (const { keys, topic } of numbered) {
    for (const key of keys) {
      for (const each of new Set([null, topic])) {
        if (ordinals.get(key, each) !== undefined) continue
        wanted.push([key, each])
        // Until it is looked up; so each is asked for once.
        ordinals.set(key, each, 0)
      }
    }
  }
  if (wanted.length === 0) return
  const rows = yield * all<{ key: string, topic: string | null, last: number | null }>(
    `SELECT d.key, d.topic, CASE WHEN d.topic IS NULL THEN ${ordinal('d.key', 'upTo', NO_SEQ)} ELSE ${topicOrdinal('d.key', 'd.topic', 'upTo', NO_SEQ)} END AS last
     FROM ${rowsOf({ key: 'TEXT', topic: 'TEXT' })} AS d`, listOf(wanted)
  )
  for (const { key, topic, last } of rows) ordinals.set(key, topic, last ?? 0)
}
