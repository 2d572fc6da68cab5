import { audienceKey, isUserKey } from '../../../log/audience.ts'
import { Mutes, type Setting } from '../../../log/mutes.ts'
import type { TopicsChanged } from '../../../log/event.ts'
import type { SharedMutes } from '../../../preferences/records.ts'
import { all, listOf, rowsOf, run, type Steps } from '../../query.ts'
import { append, type Batch } from '../batch.ts'
import { hasTopic, span } from '../key-blocks.ts'
import { HAS_SETTINGS, isOwn } from './may-mute.ts'

/** What somebody says of a topic's inbox; null for nothing. */
export type Said = TopicsChanged['topics'][string]

/** From the next event on, something else is said of topics for whoever has the key `scope`. Tells every node. */
export function * changeSettings (batch: Batch, scope: string, changes: Map<string, Said>, at: number): Steps<void> {
  if (changes.size === 0) return
  const body: TopicsChanged = { scope, topics: Object.fromEntries(changes) }
  const { seq } = yield * append(batch, { kind: 'topics.changed', keys: [], at, body: JSON.stringify(body) })
  yield * run(
    `UPDATE topic_settings SET to_seq = ? WHERE scope = ? AND to_seq IS NULL AND topic IN (SELECT topic FROM ${rowsOf({ topic: 'TEXT' })} AS d)`,
    seq, scope, listOf([...changes.keys()].map(topic => [topic]))
  )
  yield * countMuted(scope, seq)
  const begun = [...changes].flatMap(([topic, said]) => said ? [[topic, Number(said.isOn), said.rank]] : [])
  if (begun.length === 0) return
  yield * run(
    `INSERT INTO topic_settings (scope, topic, from_seq, inbox, rank)
     SELECT CAST(? AS TEXT), d.topic, CAST(? AS BIGINT), d.inbox, d.rank FROM ${rowsOf({ topic: 'TEXT', inbox: 'BIGINT', rank: 'BIGINT' })} AS d`,
    scope, seq, listOf(begun)
  )
}

/** Notes how many notifications are in each interval that a user has just ended. */
function * countMuted (scope: string, seq: number): Steps<void> {
  if (!isUserKey(scope)) return
  yield * run(
    `INSERT INTO muted_counts (user_id, key, from_seq, topic, to_seq, notifications)
     SELECT c.user_id, c.key, c.from_seq, c.topic, c.to_seq, c.notifications FROM (
       SELECT w.user_id, w.key, x.from_seq, x.topic, x.to_seq, ${span('w.key', 'x.from_seq', 'x.to_seq', 'x.topic')} AS notifications
       FROM memberships o CROSS JOIN topic_settings x CROSS JOIN memberships w
       WHERE o.key = ? AND o.to_seq IS NULL AND x.scope = o.key AND x.to_seq = ? AND x.inbox = 0
         AND w.user_id = o.user_id AND w.to_seq IS NULL AND ${hasTopic('w.key', 'x.topic')}
     ) AS c WHERE c.notifications > 0`, scope, seq
  )
}

/** A removed user's settings are not those of whoever has the id next. */
export function * removeSettingsOf (userId: string): Steps<void> {
  yield * run('DELETE FROM topic_settings WHERE scope = ?', audienceKey.user(userId))
  yield * run('DELETE FROM preferences WHERE user_id = ?', userId)
  yield * run('DELETE FROM muted_counts WHERE user_id = ?', userId)
}

/** A company's settings hold for a user while the user is in it; everybody's, and the user's own, always. */
const SETTINGS = `SELECT DISTINCT d.place, x.topic, x.from_seq, x.to_seq, x.inbox, x.rank,
    CASE WHEN w.key >= 'c' AND w.key < 'u' THEN w.from_seq ELSE 0 END AS since, CASE WHEN w.key >= 'c' AND w.key < 'u' THEN w.to_seq END AS until
  FROM ${rowsOf({ place: 'BIGINT', id: 'TEXT' })} AS d CROSS JOIN memberships w CROSS JOIN topic_settings x
  WHERE x.scope = w.key AND w.user_id = d.id AND ${HAS_SETTINGS} AND ${isOwn('w', 'd.id')}`

interface SettingRow { topic: string, from_seq: number, to_seq: number | null, inbox: number, rank: number }

/** All that was ever said of topics for each of these users, as far as the log is kept. */
export function * mutesOfEach (ids: string[]): Steps<Mutes[]> {
  const rows = yield * all<SettingRow & { place: number, since: number, until: number | null }>(SETTINGS, listOf(ids.map((id, place) => [place, id])))
  const settings = ids.map((): Setting[] => [])
  for (const row of rows) {
    const { after, upTo, ...setting } = toSetting(row)
    const within = { after: Math.max(after, row.since), upTo: Math.min(upTo, row.until ?? Infinity) }
    if (within.after < within.upTo) settings[row.place]!.push({ ...setting, ...within })
  }
  return settings.map(ofUser => new Mutes(ofUser))
}

export function * mutesOf (userId: string): Steps<Mutes> {
  return (yield * mutesOfEach([userId]))[0]!
}

export function toSetting ({ topic, from_seq: after, to_seq: upTo, inbox, rank }: SettingRow): Setting {
  return { topic, after, upTo: upTo ?? Infinity, isOn: inbox === 1, rank }
}

/** `u:` follows every other key that settings have. */
const SHARED = "SELECT l.seq, x.scope, x.topic, x.from_seq, x.to_seq, x.inbox, x.rank FROM log l LEFT JOIN topic_settings x ON x.scope < 'u'"

export function * sharedMutes (): Steps<SharedMutes> {
  const rows = yield * all<{ seq: number, scope: string | null } & SettingRow>(SHARED)
  return { seq: rows[0]!.seq, settings: rows.flatMap(({ scope, ...row }) => scope === null ? [] : [{ scope, ...toSetting(row) }]) }
}
