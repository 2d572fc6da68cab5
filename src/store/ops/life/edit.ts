import { problem } from '../../../errors.ts'
import { formatTimestamp } from '../../../protocol/timestamp.ts'
import type { ActorRef } from '../../../rights/principal.ts'
import { get, run, type Steps } from '../../query.ts'
import type { Edit, EditReceipt } from '../../store.ts'
import { append, changeInIndex } from '../batch.ts'
import type { WriteContext, Writes } from '../context.ts'
import { assertMay } from '../identity/actor.ts'
import { noteSent } from '../sent/blocks.ts'
import { withoutFormerGroups } from './former-groups.ts'
import { ownerOf } from './recall.ts'

/** The newest revision that a notification can have; the first is 1. */
export const MAX_REVISIONS = 50

interface Editable {
  seq: number
  keys: string
  sender: string
  scope: string | null
  topic: string | null
  type: string
  expires_at: number | null
  body: string
  late: number | null
}

/** A Notification as JSON, with what an edit adds to it. */
interface Body { revision?: number, updated_at?: string, read?: boolean, [field: string]: unknown }

/**
 * Changes a notification: its row has the newest revision, for inboxes; the event of the edit has the same content,
 * for those who have the notification already. `origin_seq` of the event says whose membership decides who gets it.
 */
function * edit ({ batch, at }: WriteContext, id: string, change: Edit, by?: ActorRef): Steps<EditReceipt> {
  const found = yield * get<Editable>(
    'SELECT seq, keys, sender, scope, topic, type, expires_at, body, late FROM events WHERE id = ? AND recalled_at IS NULL', id
  )
  yield * assertMay(batch, by, 'edit', found ? { owner: yield * ownerOf(found), company: found.scope } : {})
  if (!found) throw problem('BLF_NOTIFICATION_NOT_FOUND', 'There is no such notification.')
  if (found.expires_at !== null && found.expires_at <= at) throw problem('BLF_NOT_EDITABLE')
  const { seq, topic, type, expires_at: expiresAt } = found
  const body = JSON.parse(found.body) as Body
  const { revision: current = 1 } = body
  if (change.revision !== undefined && change.revision !== current) throw problem('BLF_REVISION', `The newest revision is ${current}.`)
  if (current >= MAX_REVISIONS) throw problem('BLF_REVISIONS_FULL')

  const revised = revise(body, change, { topic, revision: current + 1, at })
  const next = { type: change.type ?? type, expiresAt: change.expiresAt === undefined ? expiresAt : change.expiresAt }
  if (found.late === 1 && next.expiresAt === null) throw problem('BLF_VALIDATION', 'A notification for late joiners must have an expires_at.')
  const keys = JSON.parse(found.keys) as string[]
  yield * run('UPDATE events SET body = ?, type = ?, expires_at = ? WHERE seq = ?', JSON.stringify(revised), next.type, next.expiresAt, seq)
  if (next.expiresAt !== expiresAt) yield * run('UPDATE events SET expires_at = ? WHERE origin_seq = ?', next.expiresAt, seq)
  if (next.expiresAt !== expiresAt || next.type !== type) yield * changeInIndex(keys.map(key => ({ key, kind: 'notification', seq })), next)
  if (next.type !== type) {
    yield * noteSent(batch, [{ ...found, type: next.type }])
    // What they know of blocks that are not full yet is not right any more.
    batch.ordinals.clear()
  }
  const { read, ...updated } = revised
  const late = found.late === 1 ? { keys: yield * withoutFormerGroups(keys, seq), isLate: true } : {}
  const event = yield * append(batch, {
    kind: 'notification.updated', keys, topic, at, expiresAt: next.expiresAt, originSeq: seq, scope: found.scope, body: JSON.stringify(updated), ...late
  })
  return { id, revision: current + 1, seq: event.seq }
}

function revise (body: Body, { fields }: Edit, { topic, revision, at }: { topic: string | null, revision: number, at: number }): Body {
  const { revision: _, updated_at: __, data, ...rest } = { ...body, ...fields }
  const kept = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null))
  return { ...kept, data: { ...data as object, ...(topic === null ? {} : { topic }) }, revision, updated_at: formatTimestamp(at) }
}

export const writes = { edit } satisfies Writes
