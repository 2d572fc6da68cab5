import { problem } from '../../../errors.ts'
import type { ActorRef } from '../../../rights/principal.ts'
import { get, run, type Steps } from '../../query.ts'
import { append, recallInIndex, type Batch } from '../batch.ts'
import type { WriteContext, Writes } from '../context.ts'
import { assertMay } from '../identity/actor.ts'
import { formerUserSeq } from '../identity/users.ts'
import { withoutFormerGroups } from './former-groups.ts'

/** A stored notification, as far as a recall needs it. */
export const RECALLABLE = 'seq, id, keys, scope, topic, late, body'
export interface Recallable { seq: number, id: string, keys: string, scope: string | null, topic: string | null, late: number | null, body: string }

/** The sender who owns a notification; '' if that user was removed and another one has the id. */
export function * ownerOf ({ sender, seq }: { sender: string, seq: number }): Steps<string> {
  return seq <= (yield * formerUserSeq(sender)) ? '' : sender
}

function * recall ({ batch, at }: WriteContext, id: string, by?: ActorRef): Steps<void> {
  const found = yield * get<Recallable & { sender: string }>(
    `SELECT ${RECALLABLE}, sender FROM events WHERE id = ? AND recalled_at IS NULL`, id
  )
  yield * assertMay(batch, by, 'recall', found ? { owner: yield * ownerOf(found), company: found.scope } : {})
  if (!found) throw problem('BLF_NOTIFICATION_NOT_FOUND', 'There is no such notification.')
  yield * applyRecall(batch, found, at)
}

/**
 * Removes a notification and its edits from every inbox and replay, and their text from the store. Its id, digest and labels stay, so that a
 * retry is still recognised. The event is for whoever has the notification, as that of an edit is.
 */
export function * applyRecall (batch: Batch, { seq, id, keys: storedKeys, scope, topic, late, body }: Recallable, at: number): Steps<void> {
  const blanked = blank(body, topic)
  yield * run('UPDATE events SET recalled_at = ?, body = ? WHERE seq = ? OR origin_seq = ?', at, blanked, seq, seq)
  const keys = JSON.parse(storedKeys) as string[]
  yield * recallInIndex(keys.map(key => ({ key, kind: 'notification', seq })))
  const event = { kind: 'notification.recalled', keys, topic, at, originSeq: seq, scope, body: JSON.stringify({ ids: [id] }) } as const
  yield * append(batch, late === 1 ? { ...event, keys: yield * withoutFormerGroups(keys, seq), isLate: true } : event)
}

/** Fields of a notification that tell nothing of its text. A list of what stays, so that a new field is blanked by default. */
const KEPT = ['id', 'type', 'created_at', 'expires_at', 'urgency', 'read', 'revision', 'updated_at']

/** The body of a recalled notification: without its text, and without all data but the topic. */
function blank (body: string, topic: string | null): string {
  const kept = Object.entries(JSON.parse(body) as object).filter(([field]) => KEPT.includes(field))
  return JSON.stringify({ ...Object.fromEntries(kept), title: null, message: null, data: topic === null ? {} : { topic } })
}

export const writes = { recall } satisfies Writes
