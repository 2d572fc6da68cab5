import type { InboxViewName } from '../../store.ts'
import { SHARED_CLASSES } from '../index-class.ts'
import { OPEN_MEMBERSHIPS } from '../identity/member.ts'

/*
 * SQL for the state of a notification in one inbox. A statement names
 *
 *   c  a candidate: `seq`, and `since`, the `seq` at which the notification came into the inbox
 *   n  its event    m  the user's mark of it    w  the user's windows: `key`, `after`
 *
 * A mark covers what was in the inbox when it was made: `at_seq > since` holds for every notification but one
 * for late joiners that came into the inbox after the mark.
 */

/** SQL that joins the user's own mark. Parameter: the user's id. */
export const OWN_MARK = 'LEFT JOIN marks m ON m.user_id = ? AND m.seq = n.seq AND m.at_seq > c.since'

/** SQL for the "read all" marks that cover a notification. Parameter: the user's id. */
const COVERING = "FROM read_through t WHERE t.user_id = ? AND t.topic IN ('', COALESCE(n.topic, '')) AND t.seq >= n.seq AND t.at_seq > c.since"

/**
 * SQL for "unread by a user": the notification's own mark decides; without one, it is unread unless a
 * "read all" covers it. Never NULL, so that it can be negated with NOT. Parameter: the user's id.
 */
export const UNREAD = `(CASE WHEN m.read IS NULL THEN NOT EXISTS (SELECT 1 ${COVERING}) ELSE m.read = 0 END)`

/** SQL for when a notification was read: the time of its own mark, else of the first "read all" that covered it. Parameter: the user's id. */
export const READ_AT = `COALESCE(m.read_at, (SELECT MIN(t.at) ${COVERING}))`

/** SQL for the event that last made it read or unread: of its own mark, else the first "read all" that covered it. Parameter: the user's id. */
export const READ_SEQ = `(CASE WHEN m.read IS NULL THEN (SELECT MIN(t.at_seq) ${COVERING}) ELSE m.read_seq END)`

/** SQL for "neither recalled nor expired". Parameter: now, in milliseconds. */
export const ALIVE = '(n.recalled_at IS NULL AND (n.expires_at IS NULL OR n.expires_at > ?))'

/** SQL for "in this view of the inbox". CASE keeps SQLite from beginning a join with all marks of the user. */
export const IN_VIEW: Record<InboxViewName, string> = {
  active: '(m.archived_at IS NULL AND m.deleted_at IS NULL)',
  archived: '(CASE WHEN m.archived_at IS NOT NULL AND m.deleted_at IS NULL THEN TRUE ELSE FALSE END)',
  // Not those that exclude the user: `exclude.ts`.
  deleted: '(CASE WHEN m.deleted_at >= 0 THEN TRUE ELSE FALSE END)'
}

/** The user's windows as a table. Parameter: the user's id. */
export const WINDOWS = `SELECT w.key, w.from_seq AS after FROM ${OPEN_MEMBERSHIPS}`

/**
 * SQL for the `since` of the notification with a `seq` (an expression), NULL if it is not in the inbox.
 * `ofKey` narrows the windows. Parameter: now. A subquery with a LIMIT stays one: a lookup for each window.
 */
export function sinceOf (seq: string, ofKey = ''): string {
  return `(SELECT MIN(w.after) FROM w CROSS JOIN (SELECT 0 AS class UNION ALL SELECT * FROM ${SHARED_CLASSES} AS h) AS g WHERE ${ofKey} (
    SELECT k.seq FROM event_keys k WHERE k.key = w.key AND k.class = g.class AND k.seq = ${seq} AND (k.seq > w.after OR k.class = 3)
    AND (k.expires_at IS NULL OR k.expires_at > ?) LIMIT 1) IS NOT NULL)`
}

/** SQL for the greater, and the smaller, of two numbers. */
export const greater = (a: string, b: string) => `(CASE WHEN ${a} > ${b} THEN ${a} ELSE ${b} END)`
export const smaller = (a: string, b: string) => `(CASE WHEN ${a} < ${b} THEN ${a} ELSE ${b} END)`
