import { isOwn } from './may-mute.ts'

/**
 * SQL for "was a topic muted for a user at a `seq`": all three are expressions. It is judged by the settings in force there: the
 * operator's, those of the company that the user was in there, and the user's own. A notification's own `seq` decides about it,
 * and about its edits; NULL is the topic of none, which is never muted. A few index lookups, for any number of users in one statement.
 */
export function mutedAt (user: string, topic: string, seq: string): string {
  return `COALESCE(${decisiveAt('inbox', user, topic, seq)}, 1) = 0`
}

/** SQL for a column of the setting that decides about it; NULL if nothing was said of the topic there. */
export function decisiveAt (column: 'inbox' | 'rank', user: string, topic: string, seq: string): string {
  const holds = (row: string) => `${row}.from_seq < ${seq} AND (${row}.to_seq IS NULL OR ${row}.to_seq >= ${seq})`
  return `(
    SELECT x.${column} FROM (
      SELECT 'all' AS scope
      UNION ALL SELECT w.key FROM memberships w WHERE w.user_id = ${user} AND w.key >= 'u'
      UNION ALL SELECT w.key FROM memberships w WHERE w.user_id = ${user} AND w.key >= 'c:' AND w.key < 'c;' AND ${holds('w')} AND ${isOwn('w', user)}
    ) AS s JOIN topic_settings x ON x.scope = s.scope AND x.topic = ${topic} AND ${holds('x')}
    ORDER BY x.rank DESC LIMIT 1)`
}
