import { problem } from '../../errors.ts'
import type { Draft, NotificationRecord, Receipt } from '../store.ts'
import { get, run, type Steps } from '../query.ts'
import { append, unlist, type Batch } from './batch.ts'

interface Earlier { seq: number, id: string, digest: string, idempotency_key: string | null }

/** Appends a notification unless it is a retry of one that is there. */
export function * notify (batch: Batch, draft: Draft): Steps<Receipt> {
  const { id, keys, topic, at, expiresAt, body, isNew = false, ...columns } = draft
  const earlier = isNew ? undefined : yield * findEarlier(draft)
  if (earlier) {
    if (earlier.digest !== draft.digest) throw problem('BLF_ID_CONFLICT')
    return { id: earlier.id, seq: earlier.seq, stored: false }
  }
  const event = yield * append(batch, { kind: 'notification', id, keys, topic, at, expiresAt, body }, columns)
  return { id, seq: event.seq, stored: true }
}

function * findEarlier ({ id, sender, idempotencyKey }: Draft): Steps<Earlier | undefined> {
  const byId = yield * get<Earlier>('SELECT seq, id, digest, idempotency_key FROM events WHERE id = ?', id)
  if (byId || idempotencyKey === null) return byId
  return yield * get<Earlier>(
    'SELECT seq, id, digest, idempotency_key FROM events WHERE sender = ? AND idempotency_key = ?', sender, idempotencyKey
  )
}

export function * isRetry (draft: Draft): Steps<boolean> {
  return (yield * findEarlier(draft))?.digest === draft.digest
}

export function * notification (id: string): Steps<NotificationRecord | undefined> {
  return yield * get<NotificationRecord>('SELECT id, sender, scope FROM events WHERE id = ? AND recalled_at IS NULL', id)
}

export function * recall (batch: Batch, id: string, at: number): Steps<void> {
  const found = yield * get<{ seq: number, keys: string }>('SELECT seq, keys FROM events WHERE id = ? AND recalled_at IS NULL', id)
  if (!found) throw problem('BLF_NOTIFICATION_NOT_FOUND', 'There is no such notification.')
  yield * run('UPDATE events SET recalled_at = ? WHERE seq = ?', at, found.seq)
  const keys = JSON.parse(found.keys) as string[]
  yield * unlist({ seq: found.seq, kind: 'notification', keys })
  yield * append(batch, { kind: 'notification.recalled', keys, at, body: JSON.stringify({ ids: [id] }) })
}
