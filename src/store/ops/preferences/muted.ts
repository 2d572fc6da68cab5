import { isOwn } from './may-mute.ts'

/**
 * SQL for "was a topic muted for a user at a `seq`": all three are expressions. It is judged by the settings in force there: the
 * operator's, those of the company that the user was in there, and the user's own. A notification's own `seq` decides about it,
 * and about its edits; NULL is the topic of none, which is never muted. A few index lookups, for any number of users in one statement.
 */
export function mutedAt (user: string, topic: string, seq: string): string {
  return `COALESCE(${decisiveAt('inbox', user, topic, seq)}, 1) = 0`
}

/**
 * SQL for what the setting that decides about it says; NULL if nothing was said of the topic there. Settings of one scope do not overlap, so in each it is
 * the last one before. Each is looked up by itself: a join might begin with all settings of the topic, of which there may be one a user.
 */
export function decisiveAt (what: 'inbox' | 'rank', user: string, topic: string, seq: string): string {
  const holds = (row: string) => `(${row}.to_seq IS NULL OR ${row}.to_seq >= ${seq})`
  const said = `(SELECT CASE WHEN ${holds('x')} THEN 2 * x.rank + x.inbox END FROM topic_settings x
    WHERE x.scope = s.scope AND x.topic = ${topic} AND x.from_seq < ${seq} ORDER BY x.from_seq DESC LIMIT 1)`
  return `(SELECT MAX(${said}) FROM (
      SELECT 'all' AS scope
      UNION ALL SELECT w.key FROM memberships w WHERE w.user_id = ${user} AND w.key >= 'u'
      UNION ALL SELECT w.key FROM memberships w WHERE w.user_id = ${user} AND w.key >= 'c:' AND w.key < 'c;' AND w.from_seq < ${seq} AND ${holds('w')} AND ${isOwn('w', user)}
    ) AS s) ${what === 'inbox' ? '% 2' : '/ 2'}`
}
