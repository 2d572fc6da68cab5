import type { Draft } from '../store.ts'
import { all, run, type Steps, type Value } from '../query.ts'
import { formerUserSeq } from './identity/users.ts'
import { ownNamesakes, type Earlier, type Namesakes } from './retry.ts'

/** The namesakes of a draft that the sender itself stored. Frees a key or a label that a former user with the sender's id used. */
export function * namesakes (draft: Draft): Steps<Namesakes> {
  const { byId, byKey, byLabel } = yield * findNamesakes(draft)
  const upTo = byId || byKey || byLabel ? yield * formerUserSeq(draft.sender) : 0
  for (const former of [byKey, byLabel]) {
    if (!former || former.seq > upTo) continue
    for (const table of ['events', 'plans']) yield * run(`UPDATE ${table} SET idempotency_key = NULL, label = NULL WHERE id = ?`, former.id)
  }
  return ownNamesakes({ byId, byKey, byLabel }, upTo)
}

/** Notifications and plans that share a name with a draft. */
export function * findNamesakes ({ id, sender, idempotencyKey, digest, label }: Draft): Steps<Namesakes> {
  return {
    byId: yield * find('id = ?', id),
    byKey: idempotencyKey === null ? undefined : yield * find('sender = ? AND idempotency_key = ?', sender, idempotencyKey),
    byLabel: label && (yield * find('sender = ? AND label = ? AND digest = ?', sender, label.text, digest))
  }
}

/** A plan that was published is found twice, as itself and as its event, with the same names. */
function * find (condition: string, ...names: Value[]): Steps<Earlier | undefined> {
  const sql = `SELECT seq, id, digest FROM events WHERE ${condition} UNION ALL SELECT made_seq AS seq, id, digest FROM plans WHERE ${condition}`
  return (yield * all<Earlier>(sql, ...names, ...names))[0]
}
