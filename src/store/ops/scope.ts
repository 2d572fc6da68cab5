import { problem } from '../../errors.ts'
import { sendScope, usersToJudge } from '../../rights/sending.ts'
import type { Draft } from '../store.ts'
import { all, listOf, rowsOf, type Steps } from '../query.ts'
import { currentActor } from './identity/actor.ts'
import type { Batch } from './batch.ts'

/**
 * The company that a draft's audience is in at this moment, null if it is wider. Throws BLF_FORBIDDEN if the sender
 * may not address it. `known`: the companies of the draft's users, if the caller has read them.
 */
export function * currentScope (batch: Batch, { by, keys, scope: given }: Pick<Draft, 'by' | 'keys' | 'scope'>, known?: Map<string, string | null>): Steps<string | null> {
  if (!by) return given
  const actor = yield * currentActor(batch, by)
  const users = usersToJudge(actor, keys)
  const scope = sendScope(actor, keys, users.length > 0 ? known ?? (yield * companiesOf(users)) : new Map())
  if (scope === undefined) throw problem('BLF_FORBIDDEN')
  return scope
}

/** The companies of those of these users that exist. */
export function * companiesOf (ids: string[]): Steps<Map<string, string | null>> {
  const rows = yield * all<{ id: string, company: string | null }>(
    `SELECT u.id, u.company FROM ${rowsOf({ id: 'TEXT' })} AS d JOIN users u ON u.id = d.id AND u.deleted_at IS NULL`, listOf(ids.map(id => [id]))
  )
  return new Map(rows.map(({ id, company }) => [id, company]))
}
