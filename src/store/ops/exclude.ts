import { addressing, excludedUsers, excludesSome } from '../../log/audience.ts'
import type { LogEvent } from '../../log/event.ts'
import { listOf, rowsOf, run, type Steps } from '../query.ts'
import { NO_SEQ } from './index-class.ts'

/** `marks.deleted_at` of a notification whose audience excludes the user: hidden for good, and in no view. */
export const EXCLUDED = -1

/*
 * To lists and counts, a notification that excludes a user is one that this user deleted. Its mark covers it whenever
 * it comes into the inbox, and has the key under which it is there, as marks do; replay and the hub ask the event's keys.
 */
const EXCLUDE = `INSERT INTO marks (user_id, seq, key, deleted_at, at_seq)
  WITH a AS MATERIALIZED (SELECT e.seq, e.key FROM ${rowsOf({ seq: 'BIGINT', key: 'TEXT' })} AS e)
  SELECT d.user_id, d.seq, (
    SELECT w.key FROM memberships w WHERE w.user_id = d.user_id AND w.to_seq IS NULL AND EXISTS (SELECT 1 FROM a WHERE a.seq = d.seq AND a.key = w.key) LIMIT 1
  ), ${EXCLUDED}, ${NO_SEQ} FROM ${rowsOf({ user_id: 'TEXT', seq: 'BIGINT' })} AS d`

/** Hides notifications from the users whom their keys exclude: one statement if there are any. */
export function * excludeFrom (events: Pick<LogEvent, 'seq' | 'keys'>[]): Steps<void> {
  if (!events.some(({ keys }) => excludesSome(keys))) return
  const excluded = events.flatMap(({ seq, keys }) => excludedUsers(keys).map(id => [id, seq]))
  // Only of a notification that can meet the user under one key alone does its mark have that key.
  const keys = events.filter(event => excludesSome(event.keys)).flatMap(({ seq, keys }) => addressing(keys).map(key => [seq, key]))
  yield * run(EXCLUDE, listOf(keys), listOf(excluded))
}
