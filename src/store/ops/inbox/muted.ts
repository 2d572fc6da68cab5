import { audienceKey } from '../../../log/audience.ts'
import { get, listOf, rowsOf, type Steps } from '../../query.ts'
import { NO_SEQ, SHARED_CLASSES } from '../index-class.ts'
import { hasTopic, span } from '../key-blocks.ts'
import { MUTES } from '../preferences/may-mute.ts'
import { mutesOf } from '../preferences/settings.ts'
import { WINDOWS, greater, smaller } from './states.ts'

/*
 * What is muted is a table of intervals in a statement (q), `after < seq ≤ up_to`, of one topic without overlap.
 * Lists pass over what lies in one of them. Counts subtract it: a difference of two ordinals under key and topic.
 */

/** What is muted for a user: the table q, and its parameter. No event after `upTo` is muted. */
export interface Muting { table: string, param: string, upTo: number }

const LISTED = `q AS MATERIALIZED (SELECT d.topic, d.after, d.up_to, 0 AS is_counted FROM ${rowsOf({ topic: 'TEXT', after: 'BIGINT', up_to: 'BIGINT' })} AS d)`
/** Of one user, no two settings of a topic hold at the same place. What is in those that have ended is in `muted_counts`. */
const OWN = `q AS MATERIALIZED (
    SELECT x.topic, x.from_seq AS after, COALESCE(x.to_seq, ${NO_SEQ}) AS up_to, CASE WHEN x.to_seq IS NULL THEN 0 ELSE 1 END AS is_counted
    FROM topic_settings x WHERE x.scope = ? AND x.inbox = 0
  )`
export const MUTING_TABLES = [LISTED, OWN]

/** What is muted for a user, by which of `MUTES` may be; null for nothing. `upTo`: up to where, if only the user's own choices decide. */
export function * mutingOf (userId: string, mutes: number, upTo = Infinity): Steps<Muting | null> {
  if (mutes === MUTES.none) return null
  if (mutes === MUTES.own) return { table: OWN, param: audienceKey.user(userId), upTo }
  const intervals = (yield * mutesOf(userId)).intervals()
  return { table: LISTED, upTo: Math.max(0, ...intervals.map(({ upTo }) => upTo)), param: listOf(intervals.map(({ topic, after, upTo }) => [topic, after, Math.min(upTo, Number(NO_SEQ))])) }
}

/** SQL for the last place at which any interval begins or ends: behind it, what is muted is muted by those that are open. */
const LAST_CHANGE = `(SELECT MAX(CASE WHEN q.up_to = ${NO_SEQ} THEN q.after ELSE q.up_to END) FROM q)`

/**
 * SQL for "the row of the audience index (k) is muted". Most rows of most pages lie behind the last change, and the others
 * mostly have topics that were never muted: for both it is one lookup.
 */
export const IS_MUTED = `(k.topic IS NOT NULL AND CASE WHEN k.seq > ${LAST_CHANGE} THEN k.topic IN (SELECT q.topic FROM q WHERE q.up_to = ${NO_SEQ})
  ELSE k.topic IN (SELECT q.topic FROM q) AND EXISTS (SELECT 1 FROM q WHERE q.topic = k.topic AND q.after < k.seq AND q.up_to >= k.seq) END)`

const heard = (table: string, topic?: string) => `WITH w AS MATERIALIZED (${WINDOWS}), ${table}, p AS (SELECT CAST(? AS BIGINT) AS up_to, CAST(? AS TEXT) AS topic)
  SELECT CAST(SUM(
    ${span('w.key', 'w.after', 'p.up_to', topic)}
    - (SELECT COALESCE(SUM(${span('w.key', greater('w.after', 'q.after'), smaller('p.up_to', 'q.up_to'), 'q.topic')}), 0) FROM q
       WHERE ${hasTopic('w.key', 'q.topic')} ${topic === undefined ? '' : `AND q.topic = ${topic}`})
    + (SELECT count(*) FROM ${SHARED_CLASSES} AS g CROSS JOIN event_keys k WHERE k.key = w.key AND k.class = g.class AND k.seq <= p.up_to)
  ) AS BIGINT) AS count FROM w CROSS JOIN p`

/**
 * How many notifications with `seq ≤ upTo`, of one topic or of any, may be in a user's lists, whatever their state: where this is the same at two
 * places, there is nothing between them but what is muted. Some lookups, however much that is.
 */
export function * countHeard (userId: string, { table, param }: Muting, upTo: number, topic?: string): Steps<number> {
  return (yield * get<{ count: number | null }>(topic === undefined ? heard(table) : heard(table, 'p.topic'), userId, param, upTo, topic ?? null))?.count ?? 0
}
