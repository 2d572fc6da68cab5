import { all, get, listOf, onlySqlite, rowsOf, seqOf, seqsOf, type Steps, type Value } from '../../query.ts'
import type { StateResult, Unread } from '../../store.ts'
import { SHARED_CLASSES, ordinal, topicOrdinal } from '../index-class.ts'
import { OWN_MARK, UNREAD, greater, sinceOf, smaller } from './states.ts'

/*
 * Counting is a subtraction. A notification's row in the index has its ordinal under the key, so what lies between two
 * `seq`s is the difference of two ordinals, however many there are. What is sparse is then corrected row by row:
 *
 *     seq  1 ── after ── low ────────────────────── up_to      after: the user got the key
 *              read but for   unread, less what ended, was     low:   the newest "read all", or `after`
 *              unread marks   marked or read by topic
 *
 * Unseen is the same with the "seen" cursor as `low`, and only archived and deleted marks.
 */

/** SQL for how many notifications a key has in `(low, upTo]`. Retention removes the oldest, which changes no difference. */
function span (low: string, upTo: string, topic?: string): string {
  const at = (...place: ['upTo' | 'after', string]) => topic === undefined ? ordinal('s.key', ...place) : topicOrdinal('s.key', topic, ...place)
  return `CASE WHEN ${upTo} <= ${low} THEN 0 ELSE COALESCE(${at('upTo', upTo)} - ${at('after', low)} + 1, 0) END`
}

const UNENDED = '(k.expires_at IS NULL OR k.expires_at > s.now)'
const IS_ACTIVE = 'm.archived_at IS NULL AND m.deleted_at IS NULL'
/** Only a "read all" of one topic can cover these: `low` is the newest one of every topic. */
const IS_COVERED = `(s.by_topic = 1 AND k.topic IS NOT NULL AND EXISTS (
  SELECT 1 FROM read_through r WHERE r.user_id = s.user_id AND r.topic = k.topic AND r.seq >= k.seq))`

/** The same parts for all topics, and for one (`s.topic`). */
interface Parts { topic?: string, ofTopic: string, covered: string }
const EVERY_TOPIC: Parts = { ofTopic: '', covered: IS_COVERED }
const ONE_TOPIC: Parts = { topic: 's.topic', ofTopic: 'AND k.topic = s.topic', covered: 'FALSE' }

/** SQL for how many notifications in `(low, s.up_to]` were recalled or have expired. */
function ended (low: string, { ofTopic, covered }: Parts): string {
  return `(SELECT count(*) FROM event_keys k${onlySqlite('INDEXED BY event_keys_ending')} WHERE k.key = s.key AND k.class = 0 AND k.expires_at IS NOT NULL AND k.expires_at <= s.now
    AND k.seq > ${low} AND k.seq <= s.up_to ${ofTopic} AND NOT ${covered})`
}

/** SQL for a sum over marks in a range: what each adds is looked up in the index, where only notifications that have not ended are found. */
function sumOfMarks (index: string, adds: string, range: string, ofTopic = ''): string {
  return `(SELECT COALESCE(SUM((SELECT ${adds} FROM event_keys k WHERE k.key = m.key AND k.class = 0 AND k.seq = m.seq AND ${UNENDED} ${ofTopic})), 0)
    FROM marks m${onlySqlite(`INDEXED BY ${index}`)} WHERE m.user_id = s.user_id AND m.key = s.key AND ${range})`
}

function unreadOf (parts: Parts): string {
  const { topic, ofTopic, covered } = parts
  const isCounted = `(CASE WHEN ${covered} THEN 0 ELSE 1 END)`
  const isUnread = `(CASE WHEN NOT (${IS_ACTIVE}) OR m.read = 1 THEN 0 WHEN m.read = 0 THEN 1 ELSE ${isCounted} END)`
  const readByTopic = covered === 'FALSE'
    ? ''
    : `- CASE WHEN s.by_topic = 0 THEN 0 ELSE (
      SELECT COALESCE(SUM(${span('s.low', smaller('t.seq', 's.up_to'), 't.topic')}), 0)
      FROM (SELECT r.topic, MAX(r.seq) AS seq FROM read_through r WHERE r.user_id = s.user_id AND r.topic > '' GROUP BY r.topic) AS t WHERE t.seq > s.low) END`
  return `${span('s.low', 's.up_to', topic)} ${readByTopic} - ${ended('s.low', parts)}
    + CASE WHEN s.has_marks = 0 THEN 0 ELSE ${sumOfMarks('marks_key', `${isUnread} - ${isCounted}`, 'm.seq > s.low AND m.seq <= s.up_to', ofTopic)} END
    + CASE WHEN s.low = s.after THEN 0 ELSE ${sumOfMarks('marks_unread', '1', `m.read = 0 AND ${IS_ACTIVE} AND m.seq > s.after AND m.seq <= ${smaller('s.low', 's.up_to')}`, ofTopic)} END`
}

const UNSEEN = `${span('s.seen_low', 's.up_to')} - ${ended('s.seen_low', { ...EVERY_TOPIC, covered: 'FALSE' })}
  - CASE WHEN s.has_hidden = 0 THEN 0 ELSE ${sumOfMarks('marks_key', '1', `m.seq > s.seen_low AND m.seq <= s.up_to AND NOT (${IS_ACTIVE})`)} END`

/** SQL for the notifications of several keys, and for late joiners (c): of which any may be unread or unseen. */
function sharedOf (ofTopic: string): string {
  const rows = `SELECT k.seq FROM event_keys k WHERE k.key = s.key AND k.class = g.class AND k.seq <= s.up_to AND ${UNENDED} ${ofTopic}
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
 * One statement counts for several users, so all counts are of one moment of the store. It has no row for a
 * user who does not exist. `place` is the user's index in the list. What the count needs to know of a user
 * (u) is looked up once, not once a key (s); most users have marked nothing since their last "read all" (`has_marks`).
 */
function statement (parts: Parts): string {
  const through = `COALESCE((SELECT MAX(r.seq) FROM read_through r WHERE r.user_id = x.user_id AND r.topic ${parts === EVERY_TOPIC ? "= ''" : "IN ('', x.topic)"}), 0)`
  const state = (condition: string) => condition.replaceAll('?', 'u.user_id')
  return `WITH w AS MATERIALIZED (
      SELECT d.place, w.user_id, w.key, w.from_seq AS after FROM ${rowsOf({ place: 'BIGINT', id: 'TEXT' })} AS d
      CROSS JOIN users u CROSS JOIN memberships w WHERE u.id = d.id AND u.deleted_at IS NULL AND w.user_id = u.id AND w.to_seq IS NULL
    ),
    u AS MATERIALIZED (
      SELECT y.*,
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
    c AS MATERIALIZED (${sharedOf(parts.ofTopic)}),
    counted AS MATERIALIZED (
      SELECT s.place, SUM(${unreadOf(parts)}) AS unread, SUM(${UNSEEN}) AS unseen FROM s GROUP BY s.place
      UNION ALL
      SELECT c.place, SUM(CASE WHEN ${state(UNREAD)} THEN 1 ELSE 0 END), SUM(CASE WHEN n.seq > u.seen OR u.seen_at <= c.since THEN 1 ELSE 0 END)
      FROM c JOIN u ON u.place = c.place JOIN events n ON n.seq = c.seq ${state(OWN_MARK)} 
      WHERE (m.seq IS NULL OR (${IS_ACTIVE})) ${parts === EVERY_TOPIC ? '' : 'AND n.topic = u.topic'} GROUP BY c.place
    )
    SELECT u.place, u.seq, u.floor, CAST(SUM(counted.unread) AS BIGINT) AS count, CAST(SUM(counted.unseen) AS BIGINT) AS unseen
    FROM u JOIN counted ON counted.place = u.place GROUP BY u.place, u.seq, u.floor`
}

/** The most users that one statement counts for. */
export const MAX_COUNTED = 32
const COUNT = statement(EVERY_TOPIC)
const COUNT_OF_TOPIC = statement(ONE_TOPIC)

/** The counts of a user who does not exist. */
export const NOTHING: Pick<Unread, 'count' | 'unseen'> = { count: 0, unseen: 0 }

/** The counts that a change of a state answers with, of what its transaction has done so far. */
export function * stateCounts (userId: string, now: number): Steps<Pick<StateResult, 'unread' | 'unseen'>> {
  const { count: unread, unseen } = (yield * countUnread(userId, now)) ?? NOTHING
  return { unread, unseen }
}

const params = (ids: string[], now: number, upTo: number, topic: string | null): Value[] => [listOf(ids.map((id, place) => [place, id])), now, upTo, topic]

/**
 * How many notifications with `seq ≤ upTo`, of one topic or of any, a user has not read, and how many of any topic
 * are unseen. Undefined if there is no such user.
 */
export function * countUnread (
  userId: string, now: number, upTo = Number.MAX_SAFE_INTEGER, topic: string | null = null
): Steps<Unread | undefined> {
  const row = yield * get<Unread>(topic === null ? COUNT : COUNT_OF_TOPIC, ...params([userId], now, upTo, topic))
  return row && { count: row.count, unseen: row.unseen, seq: row.seq, floor: row.floor }
}

/** `countUnread` for up to `MAX_COUNTED` users, in their order, all at one moment of the store. */
export function * countUnreadOfEach (ids: string[], now: number): Steps<(Unread | undefined)[]> {
  const rows = yield * all<Unread & { place: number }>(COUNT, ...params(ids, now, Number.MAX_SAFE_INTEGER, null))
  const counts: (Unread | undefined)[] = ids.map(() => undefined)
  for (const { place, ...count } of rows) counts[place] = count
  return counts
}
