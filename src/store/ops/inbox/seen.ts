import { audienceKey } from '../../../log/audience.ts'
import { problem } from '../../../errors.ts'
import { formatCursor } from '../../../protocol/cursor.ts'
import { formatTimestamp } from '../../../protocol/timestamp.ts'
import type { Act, StateResult } from '../../store.ts'
import { get, run, type Steps } from '../../query.ts'
import { append } from '../batch.ts'
import type { WriteContext, Writes } from '../context.ts'
import { memberRow } from '../identity/member.ts'
import { stateCounts } from './counts.ts'
import { choiceOf, findItem } from './find.ts'

/** Moves the user's "seen" cursor; a lower one changes nothing. */
function * see ({ batch, at }: WriteContext, userId: string, seq: number): Steps<StateResult> {
  if (seq > batch.seq) throw problem('BLF_BAD_CURSOR')
  const before = yield * get<{ seq: number }>('SELECT seq FROM seen WHERE user_id = ?', userId)
  if (seq <= (before?.seq ?? 0) || !(yield * memberRow(userId))) return { ...yield * stateCounts(userId, at), seq: batch.seq, hasChanged: false }
  yield * run(
    'INSERT INTO seen (user_id, seq, at_seq) VALUES (?, ?, ?) ON CONFLICT (user_id) DO UPDATE SET seq = excluded.seq, at_seq = excluded.at_seq',
    userId, seq, batch.seq + 1
  )
  yield * run('INSERT INTO seen_through (user_id, seq, at_seq, at) VALUES (?, ?, ?, ?)', userId, seq, batch.seq + 1, at)
  const { unread, unseen } = yield * stateCounts(userId, at)
  const body = JSON.stringify({ cursor: formatCursor(batch.epoch, seq), unseen_count: unseen, unread_count: unread })
  yield * append(batch, { kind: 'inbox.seen', keys: [audienceKey.user(userId)], at, body })
  return { unseen, unread, seq: batch.seq, hasChanged: true }
}

/**
 * Records which action of a notification the user chose. The first one counts, also when an edit has taken it away since: later ones get
 * its answer, and so does a retry of itself.
 */
export function * act ({ batch, at }: WriteContext, userId: string, id: string, action: string): Steps<Act> {
  const found = yield * findItem(userId, id, at)
  if (!found) throw problem('BLF_NOTIFICATION_NOT_FOUND')
  const { actions = [] } = JSON.parse(found.body) as { actions?: { id: string }[] }
  const first = yield * choiceOf(userId, found.seq)
  if (action !== first?.action && !actions.some(known => known.id === action)) throw problem('BLF_ACTION_NOT_FOUND')
  const { unread, unseen } = yield * stateCounts(userId, at)
  if (first) return { id, ...first, unread, unseen, seq: batch.seq, hasChanged: false }
  yield * run('INSERT INTO acts (user_id, seq, action, at) VALUES (?, ?, ?, ?)', userId, found.seq, action, at)
  const body = JSON.stringify({ id, action, at: formatTimestamp(at), unread_count: unread, unseen_count: unseen })
  yield * append(batch, { kind: 'notification.acted', keys: [audienceKey.user(userId)], at, body })
  return { id, action, at, unread, unseen, seq: batch.seq, hasChanged: true }
}

export const writes = { see, act } satisfies Writes
