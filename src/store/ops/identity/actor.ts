import { problem } from '../../../errors.ts'
import { isPlatformAdmin, type Actor, type ActorRef } from '../../../rights/principal.ts'
import { may, type Right, type Target } from '../../../rights/rights.ts'
import { get, type Steps } from '../../query.ts'
import type { Batch } from '../batch.ts'

/**
 * The actor with the rights that are stored now. Rights are checked twice: by the route, from what its node
 * knows, and inside the write, from this. The transaction holds the log's lock, so they cannot change before
 * the commit.
 */
export function * currentActor (batch: Batch, ref: ActorRef): Steps<Actor> {
  const name = actorKey(ref)
  let actor = batch.actors.get(name)
  if (actor === undefined) {
    actor = yield * findActor(ref)
    batch.actors.set(name, actor)
  }
  if (!actor) throw problem('BLF_UNAUTHENTICATED')
  return actor
}

/** Throws BLF_FORBIDDEN unless the actor has the right. A write without an actor is Belfry's own or an operator's. */
export function * assertMay (batch: Batch, by: ActorRef | undefined, right: Right, target?: Target): Steps<void> {
  if (by && !may(yield * currentActor(batch, by), right, target)) throw problem('BLF_FORBIDDEN')
}

/** Whether a password that the actor sets may stay when the user's role or company changes. An operator is trusted as a platform admin is. */
export function * isTrusted (batch: Batch, by: ActorRef | undefined): Steps<boolean> {
  if (!by) return true
  const actor = yield * currentActor(batch, by)
  return actor.kind === 'user' && isPlatformAdmin(actor)
}

/** The actor's key in a batch's `actors`. */
export function actorKey ({ kind, id, sessionId }: ActorRef): string {
  // Neither a kind nor a session's id, which is a UUID, contains a space.
  return `${kind} ${sessionId ?? ''} ${id}`
}

/** The actor with the rights that are stored now; null if its credentials have ended. */
export function * findActor ({ kind, id, sessionId }: ActorRef): Steps<Actor | null> {
  if (kind === 'key') {
    const key = yield * get<{ scopes: string }>('SELECT scopes FROM api_keys WHERE id = ? AND revoked_at IS NULL', id)
    return key ? { kind, id, scopes: JSON.parse(key.scopes) } : null
  }
  const user = yield * get<{ role: string, company: string | null }>('SELECT role, company FROM users WHERE id = ? AND deleted_at IS NULL', id)
  if (!user) return null
  const isOpen = sessionId === null || (yield * get('SELECT 1 AS hit FROM sessions WHERE id = ? AND revoked_at IS NULL', sessionId))
  return isOpen ? { kind, id, ...user } : null
}
