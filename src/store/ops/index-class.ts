import { isGroupKey } from '../../log/audience.ts'

/**
 * The `class` of a row of the audience index (`event_keys`): how lists and counts read it.
 *
 * - `single`: a notification that can meet a user under one key only. Numbered (`ordinal`), so that counting is a subtraction.
 * - `other`: an event that is no notification, so that an inbox never wades through marks.
 * - `several`: a notification that can meet a user under several keys, such as one to several groups. Read DISTINCT, counted row by row.
 * - `late`: a notification that is also in the inbox of who joins its audience later, until it expires. It must have an `expires_at`,
 *   and no key of a single user, which nobody joins. Read DISTINCT, counted row by row.
 */
export const INDEX_CLASS = { single: 0, other: 1, several: 2, late: 3 } as const
export type NotificationClass = 0 | 2 | 3

/** The class of a notification with these keys: only groups share members. */
export function indexClassOf (keys: string[]): NotificationClass {
  return keys.length > 1 && keys.filter(isGroupKey).length > 1 ? INDEX_CLASS.several : INDEX_CLASS.single
}

/** The class of a draft. */
export function classOf ({ keys, lateJoiners = false, indexClass }: { keys: string[], lateJoiners?: boolean, indexClass?: NotificationClass | undefined }): NotificationClass {
  return lateJoiners ? INDEX_CLASS.late : indexClass ?? indexClassOf(keys)
}

/** `event_keys.expires_at` of a recalled notification: its rows stay in the index, as if it had always been expired. */
export const RECALLED = 0

/** SQL for the classes of notifications that are read row by row and are in the store at all: most stores have none of them. */
export const SHARED_CLASSES = `(SELECT 2 AS class WHERE EXISTS (SELECT 1 FROM event_keys x WHERE x.class > 1 AND x.class = 2)
  UNION ALL SELECT 3 WHERE EXISTS (SELECT 1 FROM event_keys x WHERE x.class > 1 AND x.class = 3))`

/**
 * SQL for whether a membership that began at `from` has the notification of `seq` under `key`: the lookup is only made for who joined after it. A group that was
 * removed has lost its row of the index, so that who joins another one of that name has nothing of the former. A subquery with a LIMIT stays a lookup.
 */
export const hasIt = (from: string, seq: string, key: string) => `CASE WHEN ${from} < ${seq} THEN TRUE
  ELSE (SELECT k.seq FROM event_keys k WHERE k.key = ${key} AND k.class = ${INDEX_CLASS.late} AND k.seq = ${seq} LIMIT 1) IS NOT NULL END`

/** SQL for the `ordinal` of the notification of a key that is the last one up to a `seq`, or the first one after it. */
export function ordinal (key: string, which: 'upTo' | 'after', seq: string): string {
  const [operator, order] = which === 'upTo' ? ['<=', 'DESC'] : ['>', 'ASC']
  return `(SELECT k.ordinal FROM event_keys k WHERE k.key = ${key} AND k.class = 0 AND k.seq ${operator} ${seq} ORDER BY k.seq ${order} LIMIT 1)`
}

/** SQL for a `seq` that no event has reached. */
export const NO_SEQ = String(Number.MAX_SAFE_INTEGER)
