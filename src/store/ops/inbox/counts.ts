import { all, get, listOf, onlySqlite, rowsOf, seqOf, seqsOf, type Steps, type Value } from '../../query.ts'
import type { StateResult, Unread } from '../../store.ts'
import { SHARED_CLASSES } from '../index-class.ts'
import { hasTopic, span } from '../key-blocks.ts'
import { MUTES, mutesFlag } from '../preferences/may-mute.ts'
import { IS_MUTED, MUTING_TABLES, mutingOf, type Muting } from './muted.ts'
import { OWN_MARK, UNREAD, greater, sinceOf, smaller } from './states.ts'

/*
 * Counting is a subtraction. A notification's row in the index has its ordinal under the key, so what lies between two
 * `seq`s is the difference of two ordinals, however many there are. What is sparse is then corrected row by row:
 *
 *     seq  1 ── after ── low ────────────────────── up_to      after: the user got the key
 *              read but for   unread, less what ended, was     low:   the newest "read all", or `after`
 *              unread marks   marked or read by topic
 *
 * Unseen is the same with the "seen" cursor as `low`, and only archived and deleted marks. What is muted (q) is subtracted
 * from both, and nothing of it is corrected.
 */

const UNENDED = '(k.expires_at IS NULL OR k.expires_at > s.now)'
const IS_ACTIVE = 'm.archived_at IS NULL AND m.deleted_at IS NULL'
/** Only a "read all" of one topic can cover these: `low` is the newest one of every topic. */
const IS_COVERED = `(s.by_topic = 1 AND k.topic IS NOT NULL AND EXISTS (
  SELECT 1 FROM read_through r WHERE r.user_id = s.user_id AND r.topic = k.topic AND r.seq >= k.seq))`

/** The same parts for all topics, and for one (`s.topic`). `muted`: SQL for "the row (k) is muted", and `table` for the intervals, if something may be. */
interface Parts { topic?: string, ofTopic: string, covered: string, muted: string, table?: string }
const EVERY_TOPIC: Parts = { ofTopic: '', covered: IS_COVERED, muted: 'FALSE' }
const ONE_TOPIC: Parts = { topic: 's.topic', ofTopic: 'AND k.topic = s.topic', covered: 'FALSE', muted: 'FALSE' }
const muting = (parts: Parts, table: string): Parts => ({ ...parts, muted: IS_MUTED, table })

/** SQL for how many notifications in `(low, s.up_to]` were recalled or have expired. */
function ended (low: string, { ofTopic, covered, muted }: Parts): string {
  return `(SELECT count(*) FROM event_keys k${onlySqlite('INDEXED BY event_keys_ending')} WHERE k.key = s.key AND k.class = 0 AND k.expires_at IS NOT NULL AND k.expires_at <= s.now
    AND k.seq > ${low} AND k.seq <= s.up_to ${ofTopic} AND NOT ${covered} AND NOT ${muted})`
}

/** SQL for a sum over marks in a range: what each adds is looked up in the index, where only notifications that have not ended are found. */
function sumOfMarks (index: string, adds: string, range: string, ofTopic = ''): string {
  return `(SELECT COALESCE(SUM((SELECT ${adds} FROM event_keys k WHERE k.key = m.key AND k.class = 0 AND k.seq = m.seq AND ${UNENDED} ${ofTopic})), 0)
    FROM marks m${onlySqlite(`INDEXED BY ${index}`)} WHERE m.user_id = s.user_id AND m.key = s.key AND ${range})`
}

function unreadOf (parts: Parts): string {
  const { topic, ofTopic, covered, muted } = parts
  const isCounted = `(CASE WHEN ${covered} OR ${muted} THEN 0 ELSE 1 END)`
  const isUnread = `(CASE WHEN NOT (${IS_ACTIVE}) OR m.read = 1 THEN 0 WHEN m.read = 0 THEN 1 ELSE ${isCounted} END)`
  const readByTopic = covered === 'FALSE'
    ? ''
    : `- CASE WHEN s.by_topic = 0 THEN 0 ELSE (
      SELECT COALESCE(SUM(${span('s.key', 's.low', smaller('t.seq', 's.up_to'), 't.topic')}), 0)
      FROM (SELECT r.topic, MAX(r.seq) AS seq FROM read_through r WHERE r.user_id = s.user_id AND r.topic > '' GROUP BY r.topic) AS t WHERE t.seq > s.low) END`
  return `${span('s.key', 's.low', 's.up_to', topic)} ${readByTopic} ${muted === 'FALSE' ? '' : '- COALESCE(g.unread, 0)'} - ${ended('s.low', parts)}
    + CASE WHEN s.has_marks = 0 THEN 0 ELSE ${sumOfMarks('marks_key', `${isUnread} - ${isCounted}`, 'm.seq > s.low AND m.seq <= s.up_to', ofTopic)} END
    + CASE WHEN s.low = s.after THEN 0 ELSE ${sumOfMarks('marks_unread', '1', `m.read = 0 AND ${IS_ACTIVE} AND m.seq > s.after AND m.seq <= ${smaller('s.low', 's.up_to')}`, ofTopic)} END`
}

/** Of every topic, whichever the unread ones are counted of. */
function unseenOf ({ muted }: Parts): string {
  return `${span('s.key', 's.seen_low', 's.up_to')} ${muted === 'FALSE' ? '' : '- COALESCE(g.unseen, 0)'} - ${ended('s.seen_low', { ...EVERY_TOPIC, covered: 'FALSE', muted })}
  - CASE WHEN s.has_hidden = 0 THEN 0 ELSE ${sumOfMarks('marks_key', muted === 'FALSE' ? '1' : `CASE WHEN ${muted} THEN 0 ELSE 1 END`, `m.seq > s.seen_low AND m.seq <= s.up_to AND NOT (${IS_ACTIVE})`)} END`
}

/**
 * SQL for what of a key is muted: of what the first line of `unreadOf` counts, and of what that of `unseenOf` does. An interval
 * begins, for unread, where the "read all" of its topic ends, which is subtracted already. What is in intervals that the user has
 * ended is known (`muted_counts`), unless only a part of one counts. Those that count whole, or not at all, under every key are told
 * from the others (z) once, not once a key.
 */
function gone ({ topic }: Parts): string {
  const readByTopic = '(SELECT MAX(r.seq) FROM read_through r WHERE r.user_id = u.user_id AND r.topic = q.topic)'
  return `
    v AS MATERIALIZED (
      SELECT q.topic, q.after, q.up_to, CASE WHEN q.is_counted = 1 AND u.by_topic = 0 AND q.after >= u.floor THEN 1 ELSE 0 END AS is_counted, ${topic === undefined ? `CASE WHEN u.by_topic = 1 THEN COALESCE(${readByTopic}, 0) ELSE 0 END` : '0'} AS through
      FROM u CROSS JOIN q
    ),
    z AS MATERIALIZED (
      SELECT v.* FROM v WHERE v.up_to > (SELECT MIN(${smaller('s.low', 's.seen_low')}) FROM s)
        AND NOT (v.is_counted = 1 AND v.after >= (SELECT MAX(${greater('s.low', 's.seen_low')}) FROM s) AND v.up_to <= (SELECT MIN(s.up_to) FROM s))
    ),
    b AS MATERIALIZED (
      SELECT s.place, s.key, v.topic, ${topic === undefined ? '1' : 'CASE WHEN v.topic = s.topic THEN 1 ELSE 0 END'} AS is_asked,
        ${greater(greater('s.low', 'v.after'), 'v.through')} AS unread_low, ${greater('s.seen_low', 'v.after')} AS unseen_low, ${smaller('v.up_to', 's.up_to')} AS high
      FROM s CROSS JOIN z AS v WHERE v.up_to > ${smaller('s.low', 's.seen_low')}
        AND NOT (v.is_counted = 1 AND v.after >= ${greater('s.low', 's.seen_low')} AND v.up_to <= s.up_to) AND ${hasTopic('s.key', 'v.topic')}
    ),
    e AS MATERIALIZED (SELECT b.*, ${span('b.key', 'b.unseen_low', 'b.high', 'b.topic')} AS unseen FROM b),
    h AS MATERIALIZED (SELECT MIN(v.after) AS after FROM v WHERE v.is_counted = 1 HAVING count(*) > 0),
    g AS MATERIALIZED (
      SELECT x.place, x.key, SUM(x.unseen) AS unseen, SUM(x.unread) AS unread FROM (
        SELECT e.place, e.key, e.unseen,
          CASE WHEN e.is_asked = 0 THEN 0 WHEN e.unread_low = e.unseen_low THEN e.unseen ELSE ${span('e.key', 'e.unread_low', 'e.high', 'e.topic')} END AS unread
        FROM e
        UNION ALL
        SELECT s.place, s.key, m.notifications, ${topic === undefined ? 'm.notifications' : 'CASE WHEN m.topic = s.topic THEN m.notifications ELSE 0 END'}
        FROM h CROSS JOIN s CROSS JOIN muted_counts m
        WHERE m.user_id = s.user_id AND m.key = s.key AND m.from_seq >= ${greater('h.after', greater('s.low', 's.seen_low'))} AND m.to_seq <= s.up_to
      ) AS x GROUP BY x.place, x.key
    ),`
}

/** SQL for the notifications of several keys, and for late joiners (c): of which any may be unread or unseen. */
function sharedOf ({ ofTopic, muted }: Parts): string {
  const rows = `SELECT k.seq FROM event_keys k WHERE k.key = s.key AND k.class = g.class AND k.seq <= s.up_to AND ${UNENDED} ${ofTopic} AND NOT ${muted}
    AND k.seq > CASE WHEN g.class = 3 THEN 0 ELSE ${smaller('s.low', 's.seen_low')} END`
  return `SELECT x.place, x.seq, MIN(x.since) AS since FROM (
      SELECT s.place, ${seqOf('e')} AS seq, s.after AS since FROM s CROSS JOIN ${SHARED_CLASSES} AS g CROSS JOIN ${seqsOf(rows, 'e')}
      UNION ALL
      SELECT u.place, m.seq, (${sinceOf('m.seq', 'w.place = u.place AND').replace('?', 'u.now')}) AS since
      FROM u CROSS JOIN marks m${onlySqlite('INDEXED BY marks_unread')}
      WHERE m.user_id = u.user_id AND m.key IS NULL AND m.read = 0 AND ${IS_ACTIVE} AND m.seq <= ${smaller('u.through', 'u.up_to')} AND EXISTS (SELECT 1 FROM ${SHARED_CLASSES} AS g)
    ) AS x WHERE x.since IS NOT NULL GROUP BY x.place, x.seq`
}

/**
 * One statement counts for several users (of whom nothing is muted), so all counts are of one moment of the store. It has no row for a
 * user who does not exist. `place` is the user's index in the list. What the count needs to know of a user
 * (u) is looked up once, not once a key (s); most users have marked nothing since their last "read all" (`has_marks`).
 */
function statement (parts: Parts): string {
  const isEvery = parts.topic === undefined
  const isMuting = parts.muted !== 'FALSE'
  const through = `COALESCE((SELECT MAX(r.seq) FROM read_through r WHERE r.user_id = x.user_id AND r.topic ${isEvery ? "= ''" : "IN ('', x.topic)"}), 0)`
  const state = (condition: string) => condition.replaceAll('?', 'u.user_id')
  return `WITH ${isMuting ? `${parts.table}, ` : ''}w AS MATERIALIZED (
      SELECT d.place, w.user_id, w.key, w.from_seq AS after FROM ${rowsOf({ place: 'BIGINT', id: 'TEXT' })} AS d
      CROSS JOIN users u CROSS JOIN memberships w WHERE u.id = d.id AND u.deleted_at IS NULL AND w.user_id = u.id AND w.to_seq IS NULL
    ),
    u AS MATERIALIZED (
      SELECT y.*, ${isMuting ? '0' : mutesFlag('y.user_id')} AS mutes,
        CASE WHEN EXISTS (SELECT 1 FROM read_through r WHERE r.user_id = y.user_id AND r.topic > '' AND r.seq > y.through) THEN 1 ELSE 0 END AS by_topic,
        CASE WHEN EXISTS (SELECT 1 FROM marks m WHERE m.user_id = y.user_id AND m.seq > y.through) THEN 1 ELSE 0 END AS has_marks,
        CASE WHEN ${['archived_at', 'deleted_at'].map(state => `EXISTS (SELECT 1 FROM marks m${onlySqlite(`INDEXED BY marks_${state.slice(0, -3)}`)} WHERE m.user_id = y.user_id AND m.${state} IS NOT NULL AND m.seq > y.seen)`).join(' OR ')} THEN 1 ELSE 0 END AS has_hidden
      FROM (
        SELECT x.*, ${through} AS through, COALESCE(e.seq, 0) AS seen, COALESCE(e.at_seq, 0) AS seen_at
        FROM (
          SELECT DISTINCT w.place, w.user_id, l.seq, l.floor, CAST(? AS BIGINT) AS now, CAST(? AS BIGINT) AS up_to, CAST(? AS TEXT) AS topic
          FROM w CROSS JOIN log l
        ) AS x LEFT JOIN seen e ON e.user_id = x.user_id
      ) AS y
    ),
    s AS MATERIALIZED (
      SELECT w.place, w.key, w.after, u.user_id, u.now, u.up_to, u.topic, u.by_topic, u.has_marks, u.has_hidden,
        ${greater('w.after', 'u.through')} AS low, ${greater('w.after', 'u.seen')} AS seen_low
      FROM w JOIN u ON u.place = w.place
    ),
    ${isMuting ? gone(parts) : ''}
    c AS MATERIALIZED (${sharedOf(parts)}),
    counted AS MATERIALIZED (
      SELECT s.place, SUM(${unreadOf(parts)}) AS unread, SUM(${unseenOf(parts)}) AS unseen FROM s ${isMuting ? 'LEFT JOIN g ON g.place = s.place AND g.key = s.key' : ''} GROUP BY s.place
      UNION ALL
      SELECT c.place, SUM(CASE WHEN ${state(UNREAD)} THEN 1 ELSE 0 END), SUM(CASE WHEN n.seq > u.seen OR u.seen_at <= c.since THEN 1 ELSE 0 END)
      FROM c JOIN u ON u.place = c.place JOIN events n ON n.seq = c.seq ${state(OWN_MARK)} 
      WHERE (m.seq IS NULL OR (${IS_ACTIVE})) ${isEvery ? '' : 'AND n.topic = u.topic'} GROUP BY c.place
    )
    SELECT u.place, u.seq, u.floor, u.mutes, CAST(SUM(counted.unread) AS BIGINT) AS count, CAST(SUM(counted.unseen) AS BIGINT) AS unseen
    FROM u JOIN counted ON counted.place = u.place GROUP BY u.place, u.seq, u.floor, u.mutes`
}

/** The most users that one statement counts for. */
export const MAX_COUNTED = 24
const COUNT = statement(EVERY_TOPIC)
const COUNT_OF_TOPIC = statement(ONE_TOPIC)
/** By the table of what is muted. */
const COUNT_HEARD = new Map(MUTING_TABLES.map(table => [table, { every: statement(muting(EVERY_TOPIC, table)), one: statement(muting(ONE_TOPIC, table)) }]))

/** The counts of a user who does not exist. */
export const NOTHING: Pick<Unread, 'count' | 'unseen'> = { count: 0, unseen: 0 }

/** The counts that a change of a state answers with, of what its transaction has done so far. */
export function * stateCounts (userId: string, now: number): Steps<Pick<StateResult, 'unread' | 'unseen'>> {
  const { count: unread, unseen } = (yield * countUnread(userId, now)) ?? NOTHING
  return { unread, unseen }
}

interface CountRow extends Unread { place: number, mutes: number }
/** `muting`: what is muted for the user, null for nothing; looked up if it is absent. */
interface Counting { upTo?: number, topic?: string | null, muting?: Muting | null }

function params (ids: string[], now: number, { upTo = Number.MAX_SAFE_INTEGER, topic = null }: Counting = {}): Value[] {
  return [listOf(ids.map((id, place) => [place, id])), now, upTo, topic]
}

/**
 * How many notifications with `seq ≤ upTo`, of one topic or of any, a user has not read, and how many of any topic
 * are unseen. Undefined if there is no such user.
 */
export function * countUnread (userId: string, now: number, counting: Counting = {}): Steps<Unread | undefined> {
  const { topic = null } = counting
  let { muting } = counting
  if (!muting) {
    const row = yield * get<CountRow>(topic === null ? COUNT : COUNT_OF_TOPIC, ...params([userId], now, counting))
    if (muting === null || !row || row.mutes === MUTES.none) return row && toUnread(row)
    muting = (yield * mutingOf(userId, row.mutes))!
  }
  const { every, one } = COUNT_HEARD.get(muting.table)!
  const row = yield * get<CountRow>(topic === null ? every : one, muting.param, ...params([userId], now, counting))
  return row && toUnread(row)
}

/** `countUnread` for up to `MAX_COUNTED` users, in their order, all at one moment of the store. `mutes`: these counts are too high if anything is muted. */
export function * countUnreadOfEach (ids: string[], now: number): Steps<({ unread: Unread, mutes: number } | undefined)[]> {
  const counts: ({ unread: Unread, mutes: number } | undefined)[] = ids.map(() => undefined)
  for (const row of yield * all<CountRow>(COUNT, ...params(ids, now))) counts[row.place] = { unread: toUnread(row), mutes: row.mutes }
  return counts
}

const FLAGS = `SELECT d.id, ${mutesFlag('d.id')} AS mutes FROM ${rowsOf({ id: 'TEXT' })} AS d`

/** The same for users of whom something may be muted: a few statements each, which must see one moment of the store. */
export function * countHeardOfEach (ids: string[], now: number): Steps<(Unread | undefined)[]> {
  const flags = new Map((yield * all<{ id: string, mutes: number }>(FLAGS, listOf(ids.map(id => [id])))).map(({ id, mutes }) => [id, mutes]))
  const counts: (Unread | undefined)[] = []
  for (const id of ids) counts.push(yield * countUnread(id, now, { muting: yield * mutingOf(id, flags.get(id) ?? MUTES.none) }))
  return counts
}

function toUnread ({ count, unseen, seq, floor }: Unread): Unread {
  return { count, unseen, seq, floor }
}
