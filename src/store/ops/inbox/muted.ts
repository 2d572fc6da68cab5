import type { MutedInterval } from '../../../log/mutes.ts'
import { get, listOf, rowsOf, type Steps } from '../../query.ts'
import { NO_SEQ, SHARED_CLASSES, ordinal } from '../index-class.ts'
import { hasTopic, topicOrdinal } from '../key-blocks.ts'
import { WINDOWS, greater, smaller } from './states.ts'

/*
 * What is muted is passed to a statement as a table of intervals (q), `after < seq ≤ up_to`, of one topic without overlap.
 * Lists pass over what lies in one of them. Counts subtract it: a difference of two ordinals under key and topic.
 */

/** The table of a single user's intervals. Parameter: `listOfMuted`. */
export const MUTED = `q AS MATERIALIZED (SELECT d.topic, d.after, d.up_to FROM ${rowsOf({ topic: 'TEXT', after: 'BIGINT', up_to: 'BIGINT' })} AS d)`

/** SQL for "the row of the audience index (k) is muted". The first condition, which most rows do not meet, is one lookup. */
export const IS_MUTED = isMuted()

/** The same; `ofUser` is a further condition on intervals. */
export function isMuted (ofUser = ''): string {
  return `(k.topic IS NOT NULL AND k.topic IN (SELECT q.topic FROM q) AND EXISTS (SELECT 1 FROM q WHERE q.topic = k.topic AND q.after < k.seq AND q.up_to >= k.seq ${ofUser}))`
}

export function rowsOfMuted (mutes: MutedInterval[]): [topic: string, after: number, upTo: number][] {
  return mutes.map(({ topic, after, upTo }) => [topic, after, Math.min(upTo, Number(NO_SEQ))])
}

export function listOfMuted (mutes: MutedInterval[]): string {
  return listOf(rowsOfMuted(mutes))
}

/** SQL for how many notifications of a key, with a topic if one is given, are in `(low, upTo]`. Retention removes the oldest, which changes no difference. */
export function span (key: string, low: string, upTo: string, topic?: string): string {
  const at = (...place: ['upTo' | 'after', string]) => topic === undefined ? ordinal(key, ...place) : topicOrdinal(key, topic, ...place)
  return `CASE WHEN ${upTo} <= ${low} THEN 0 ELSE COALESCE(${at('upTo', upTo)} - ${at('after', low)} + 1, 0) END`
}

const heard = (topic?: string) => `WITH w AS MATERIALIZED (${WINDOWS}), ${MUTED}, p AS (SELECT CAST(? AS BIGINT) AS up_to, CAST(? AS TEXT) AS topic)
  SELECT CAST(SUM(
    ${span('w.key', 'w.after', 'p.up_to', topic)}
    - (SELECT COALESCE(SUM(${span('w.key', greater('w.after', 'q.after'), smaller('p.up_to', 'q.up_to'), 'q.topic')}), 0) FROM q
       WHERE ${hasTopic('w.key', 'q.topic')} ${topic === undefined ? '' : `AND q.topic = ${topic}`})
    + (SELECT count(*) FROM ${SHARED_CLASSES} AS g CROSS JOIN event_keys k WHERE k.key = w.key AND k.class = g.class AND k.seq <= p.up_to)
  ) AS BIGINT) AS count FROM w CROSS JOIN p`
const HEARD = heard()
const HEARD_OF_TOPIC = heard('p.topic')

/**
 * How many notifications with `seq ≤ upTo`, of one topic or of any, may be in a user's lists, whatever their state: where this is the same at two
 * places, there is nothing between them but what is muted. Some lookups, however much that is.
 */
export function * countHeard (userId: string, mutes: MutedInterval[], upTo: number, topic?: string): Steps<number> {
  return (yield * get<{ count: number | null }>(topic === undefined ? HEARD : HEARD_OF_TOPIC, userId, listOfMuted(mutes), upTo, topic ?? null))?.count ?? 0
}
