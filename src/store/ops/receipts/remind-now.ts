import { problem } from '../../../errors.ts'
import type { ActorRef } from '../../../rights/principal.ts'
import { get, type Steps } from '../../query.ts'
import { storeTime, type WriteContext, type Writes } from '../context.ts'
import { assertMay } from '../identity/actor.ts'
import { ownerOf } from '../life/recall.ts'
import { lastReminder, PACE_MS, type DemandRow, type Terms } from './demands.ts'
import { change } from './remind.ts'

function * remindNow ({ batch, at }: WriteContext, id: string, by?: ActorRef): Steps<{ at: number, from: number, isNew: boolean }> {
  const found = yield * get<{ seq: number, sender: string, scope: string | null, expires_at: number | null }>(
    "SELECT seq, sender, scope, expires_at FROM events WHERE id = ? AND kind = 'notification' AND recalled_at IS NULL", id
  )
  yield * assertMay(batch, by, 'remind', found ? { owner: yield * ownerOf(found), company: found.scope } : {})
  if (!found) throw problem('BLF_NOTIFICATION_NOT_FOUND', 'There is no such notification.')
  const row = yield * get<DemandRow>('SELECT * FROM demands WHERE seq = ?', found.seq)
  if (!row) throw problem('BLF_NOT_ACKNOWLEDGEABLE')
  const now = yield * storeTime(batch.clock, at)
  if (found.expires_at !== null && found.expires_at <= now) throw problem('BLF_NOT_ACKNOWLEDGEABLE', 'It has expired: nobody can acknowledge it any more.')
  const terms = JSON.parse(row.terms) as Terms
  const last = lastReminder(row, terms, now)
  if (last !== null && last > now - PACE_MS) return { at: last, from: last + PACE_MS, isNew: false }

  const { next_at: nextAt, due_at: dueAt } = row
  // A step whose time is that of `due_at` is an escalation.
  const began = now === dueAt ? now - 1 : now
  const isNear = nextAt !== null && nextAt !== dueAt && nextAt <= now + PACE_MS
  const asked = isNear ? terms.asked : { count: (terms.asked?.count ?? 0) + 1, at: began, isDue: true }
  const isEscalating = nextAt !== null && nextAt === dueAt && nextAt <= now
  yield * change(row.seq, { terms: JSON.stringify({ ...terms, asked }), ...(isEscalating ? {} : { next_at: began, place: null }) })
  return { at: began, from: began + PACE_MS, isNew: true }
}

export const writes = { remindNow } satisfies Writes
