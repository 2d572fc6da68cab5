import { problem } from '../../errors.ts'
import type { Draft, Replaced } from '../store.ts'

/** The parts of a stored notification or plan that tell whether a draft is a retry of it. A plan's `seq` is the log's head when it was made. */
export interface Earlier { seq: number, id: string, digest: string }

/** Stored notifications that share a name with a draft: its id, its sender's idempotency key, or its sender's label with the same digest. */
export interface Namesakes { byId?: Earlier | undefined, byKey?: Earlier | undefined, byLabel?: Earlier | undefined }

/**
 * The notification that a draft is a retry of, or the id to store the draft under. Ids and keys are strict:
 * throws BLF_ID_CONFLICT if one of them names a different notification. A label is not: if it is taken by
 * a different notification, the draft is stored under its `otherId`.
 */
export function matchRetry ({ id, digest, label }: Draft, { byId, byKey, byLabel }: Namesakes): { earlier: Earlier } | { id: string } {
  // A key names one notification, whatever the label; without a label, the id takes precedence over the key.
  const named = label ? byKey : byId ?? byKey
  if (named && named.digest !== digest) throw problem('BLF_ID_CONFLICT')
  const earlier = named ?? (byId?.digest === digest ? byId : byLabel)
  if (earlier) return { earlier }
  return { id: label && byId ? label.otherId : id }
}

/**
 * Leaves out the namesakes with `seq ≤ upTo`, which a former user with the sender's id stored. An id stays
 * taken, by a notification that no draft can be a retry of.
 */
export function ownNamesakes ({ byId, byKey, byLabel }: Namesakes, upTo: number): Namesakes {
  const own = (earlier: Earlier | undefined) => earlier && earlier.seq > upTo ? earlier : undefined
  return { byId: byId && (own(byId) ?? { ...byId, digest: '' }), byKey: own(byKey), byLabel: own(byLabel) }
}

/** The body of a draft as it is stored: under another id if its label was taken, and with what it replaces. */
export function storedBody (draft: Pick<Draft, 'id' | 'body'>, id: string, replaces?: Replaced): string {
  if (id === draft.id && !replaces) return draft.body
  const more = replaces ? { replaces: replaces.id, replaced_count: replaces.count } : {}
  return JSON.stringify({ ...JSON.parse(draft.body) as object, id, ...more })
}
