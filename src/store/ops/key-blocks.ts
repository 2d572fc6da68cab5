import { listOf, onlySqlite, rowsOf, run, type Steps } from '../query.ts'
import { NO_SEQ, ordinal } from './index-class.ts'
import { KEY_BLOCK, type InBlock } from './ordinals.ts'

/*
 * Lists by topic and type have a sparse index. The notifications of a key are divided by their ordinals into blocks of
 * `KEY_BLOCK`. Once a block is full, `key_blocks` gets a row for each topic, each type and each pair of them in it, with
 * '' for any, and for the block itself: `low` and `high` are the first and the last `seq` there. Newer notifications are
 * the key's tail, which is read row by row: it is short, and most keys have nothing else.
 *
 *     ordinals of a key   1 … 64   65 … 128   129 … 140
 *     key_blocks          rows     rows       none: the tail
 *
 * A row may say more than there is: a notification may have had this type before an edit. Blocks of one name do not overlap.
 */

/** What a list is filtered by, as SQL expressions; '' (two quotes) for any. */
export interface BlockName { key: string, topic: string, type: string }
export const ANY = "''"

const isNamed = (alias: string, { key, topic, type }: BlockName) => `${alias}.key = ${key} AND ${alias}.topic = ${topic} AND ${alias}.type = ${type}`

/** SQL that compares `high` with a `seq`: as rows, which only the primary key can do, so that PostgreSQL reads by it whatever it takes for frequent. */
function isHigh (alias: string, operator: string, { type }: BlockName, seq: string): string {
  return `${onlySqlite(`${alias}.high ${operator} ${seq} AND`)} (${alias}.type, ${alias}.high) ${operator} (${type}, ${seq})`
}

const orderOf = (alias: string, order: 'ASC' | 'DESC') => `ORDER BY ${['topic', 'type', 'high'].map(column => `${alias}.${column} ${order}`).join(', ')}`

/** SQL for an expression over the first block of a name that ends at or after a `seq` (`>=`), or after it (`>`), or over the last one that ends up to it (`<=`). */
export function ofBlock (expression: (alias: string) => string, name: BlockName, operator: '>=' | '>' | '<=', seq: string): string {
  return `(SELECT ${expression('c')} FROM key_blocks c WHERE ${isNamed('c', name)} AND ${isHigh('c', operator, name, seq)} ${orderOf('c', operator === '<=' ? 'DESC' : 'ASC')} LIMIT 1)`
}

/** SQL for the `seq` after which a key's tail begins. */
export function tailOf (key: string): string {
  return `COALESCE((SELECT f.high FROM key_blocks f WHERE ${isNamed('f', { key, topic: ANY, type: ANY })} ${orderOf('f', 'DESC')} LIMIT 1), 0)`
}

/** SQL for the greater of a `seq` and the one after which a key's tail begins. */
export function tailAfter (key: string, seq: string): string {
  return `(SELECT CASE WHEN g.high > ${seq} THEN g.high ELSE ${seq} END FROM (SELECT ${tailOf(key)} AS high) AS g)`
}

/** A SELECT of `low` and `high` of the blocks of a name that may have something with `after < seq < before`, newest first. */
export function blocksIn (name: BlockName, after: string, before: string): string {
  const last = `COALESCE(${ofBlock(alias => `${alias}.high`, name, '>=', before)}, ${before})`
  return `SELECT b.low, b.high FROM key_blocks b WHERE ${isNamed('b', name)} AND ${isHigh('b', '>', name, after)} AND ${isHigh('b', '<=', name, last)}
    AND b.low < ${before} ${orderOf('b', 'DESC')}`
}

/**
 * SQL for the `topic_ordinal` of the notification of a key and a topic that is the last one up to a `seq`, or the first one after it.
 * All three are expressions. It is in the key's tail, or in the block around the `seq`, or at the near end of the next one.
 */
export function topicOrdinal (key: string, topic: string, which: 'upTo' | 'after', seq: string): string {
  const name = { key, topic, type: ANY }
  const rowIn = (range: string, order: 'ASC' | 'DESC') => `(SELECT k.topic_ordinal FROM event_keys k WHERE k.key = ${key} AND k.class = 0 AND k.topic = ${topic} AND ${range} ORDER BY k.seq ${order} LIMIT 1)`
  const parts = which === 'upTo'
    ? [
        rowIn(`k.seq > ${tailOf(key)} AND k.seq <= ${seq}`, 'DESC'),
        rowIn(`k.seq >= ${ofBlock(c => `${c}.low`, name, '>=', seq)} AND k.seq <= ${seq}`, 'DESC'),
        rowIn(`k.seq = ${ofBlock(c => `${c}.high`, name, '<=', seq)}`, 'DESC')
      ]
    : [
        rowIn(`k.seq >= ${ofBlock(c => `CASE WHEN ${c}.low > ${seq} THEN ${c}.low ELSE ${seq} + 1 END`, name, '>', seq)} AND k.seq <= ${ofBlock(c => `${c}.high`, name, '>', seq)}`, 'ASC'),
        rowIn(`k.seq > ${tailAfter(key, seq)}`, 'ASC')
      ]
  return `COALESCE(${parts.join(', ')})`
}

/** SQL for how many notifications of a key, with a topic if one is given, are in `(low, upTo]`. Retention removes the oldest, which changes no difference. */
export function span (key: string, low: string, upTo: string, topic?: string): string {
  const at = (...place: ['upTo' | 'after', string]) => topic === undefined ? ordinal(key, ...place) : topicOrdinal(key, topic, ...place)
  return `CASE WHEN ${upTo} <= ${low} THEN 0 ELSE COALESCE(${at('upTo', upTo)} - ${at('after', low)} + 1, 0) END`
}

/** SQL for "a key has notifications of a topic": it is true as well if retention has just removed the last of them. */
export function hasTopic (key: string, topic: string): string {
  return `(EXISTS (SELECT 1 FROM key_blocks c WHERE ${isNamed('c', { key, topic, type: ANY })})
    OR EXISTS (SELECT 1 FROM event_keys k WHERE k.key = ${key} AND k.class = 0 AND k.seq > ${tailOf(key)} AND k.topic = ${topic}))`
}

/** SQL for a table of the names that a notification has, if it has a topic and a type: of both, of one, and of none. */
const NAMES = '(SELECT 0 AS topics, 0 AS types UNION ALL SELECT 0, 1 UNION ALL SELECT 1, 0 UNION ALL SELECT 1, 1) AS v'
const topicOf = (topic: string) => `CASE WHEN v.topics = 1 THEN COALESCE(${topic}, '') ELSE '' END`
const typeOf = (type: string) => `CASE WHEN v.types = 1 THEN COALESCE(${type}, '') ELSE '' END`

/** How many notifications of a key one statement divides into blocks at the most: they wait for it only if another version of Belfry wrote them. */
const MOST_AT_ONCE = 10_000

const NOTE_FULL = `INSERT INTO key_blocks (key, topic, type, high, low)
  WITH d AS MATERIALIZED (
    SELECT e.key, e.last - e.last % ${KEY_BLOCK} AS full FROM (
      SELECT d.key, d.added, ${ordinal('d.key', 'upTo', NO_SEQ)} AS last FROM ${rowsOf({ key: 'TEXT', added: 'BIGINT' })} AS d
    ) AS e WHERE e.last % ${KEY_BLOCK} < e.added
  ), n AS MATERIALIZED (
    SELECT d.key, CAST(x.value ->> 0 AS BIGINT) AS seq, x.value ->> 1 AS topic, x.value ->> 2 AS type, CAST(x.value ->> 3 AS BIGINT) AS block
    FROM d CROSS JOIN json_each((SELECT json_group_array(json_array(s.seq, s.topic, s.type, s.block)) FROM (
      SELECT k.seq, k.topic, k.type, (k.ordinal - 1) / ${KEY_BLOCK} AS block FROM event_keys k
      WHERE k.key = d.key AND k.class = 0 AND k.seq > ${tailOf('d.key')} AND k.ordinal <= d.full ORDER BY k.seq LIMIT ${MOST_AT_ONCE}
    ) AS s)) AS x
  )
  SELECT n.key, ${topicOf('n.topic')}, ${typeOf('n.type')}, MAX(n.seq), MIN(n.seq) FROM n CROSS JOIN ${NAMES} GROUP BY n.key, 2, 3, n.block`

/** Notes the blocks that are full now: one statement, given how many numbered notifications were added to each key. */
export function * noteFullBlocks (added: [key: string, count: number][]): Steps<void> {
  if (added.length > 0) yield * run(NOTE_FULL, listOf(added))
}

const NOTE_BLOCK = 'INSERT INTO key_blocks (key, topic, type, high, low) VALUES (?, ?, ?, ?, ?)'

/** Notes a block that is full, given what it has. */
export function * noteBlock (key: string, block: InBlock[]): Steps<void> {
  const rows: { topic: string, type: string, high: number, low: number }[] = []
  const add = (topic: string, type: string, { high, low }: InBlock) => {
    const row = rows.find(row => row.topic === topic && row.type === type)
    if (!row) return rows.push({ topic, type, high, low })
    row.high = Math.max(row.high, high)
    row.low = Math.min(row.low, low)
  }
  for (const part of block) {
    add('', '', part)
    add('', part.type, part)
    if (part.topic === null) continue
    add(part.topic, '', part)
    add(part.topic, part.type, part)
  }
  // One by one: they are few, and a list would cost more.
  for (const { topic, type, high, low } of rows) yield * run(NOTE_BLOCK, key, topic, type, high, low)
}

/** SQL that adds those notifications to the blocks of their types that are not in them; `isEntry` is a condition on `k`, their rows in the index. */
export function noteTypes (isEntry: string): string {
  const name = { key: 'e.key', topic: 'e.topic', type: 'e.type' }
  return `INSERT INTO key_blocks (key, topic, type, high, low)
    SELECT e.key, e.topic, e.type, e.seq, e.seq FROM (
      SELECT DISTINCT k.key, ${topicOf('k.topic')} AS topic, ${typeOf('k.type')} AS type, k.seq FROM event_keys k CROSS JOIN ${NAMES}
      WHERE v.types = 1 AND ${isEntry} AND k.class = 0
    ) AS e WHERE e.seq <= ${tailOf('e.key')} AND COALESCE(${ofBlock(alias => `${alias}.low`, name, '>=', 'e.seq')}, e.seq + 1) > e.seq`
}

/** Removes the blocks of which every event is gone, all of them with `seq ≤ floor`. */
export function * forgetKeyBlocks (floor: number): Steps<void> {
  // By an index of its own: PostgreSQL might take one of `high` for the better one in every list.
  yield * run('DELETE FROM key_blocks WHERE high + 0 <= ?', floor)
}
