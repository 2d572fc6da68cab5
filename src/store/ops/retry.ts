import { problem } from '../../errors.ts'
import type { Draft } from '../store.ts'

/** A stored notification, as far as retries are recognised by it. */
export interface Earlier { seq: number, id: string, digest: string }

/** What was stored before under the names of a draft: its id, its sender's key, its sender's label with this digest. */
export interface Namesakes { byId?: Earlier | undefined, byKey?: Earlier | undefined, byLabel?: Earlier | undefined }

/**
 * The notification that a draft is a retry of, or the id to store it under. Ids and keys are strict:
 * throws BLF_ID_CONFLICT if one of them names something else. A label is not: under one that is
 * taken, something else is stored with an id of its own.
 */
export function judge ({ id, digest, label }: Draft, { byId, byKey, byLabel }: Namesakes): { earlier: Earlier } | { id: string } {
  // A key names one notification, whatever the label; without a label, an id is looked at before the key.
  const named = label ? byKey : byId ?? byKey
  if (named && named.digest !== digest) throw problem('BLF_ID_CONFLICT')
  const earlier = named ?? (byId?.digest === digest ? byId : byLabel)
  if (earlier) return { earlier }
  return { id: label && byId ? label.otherId : id }
}

/** The same for a sender to whom nothing up to a `seq` belongs: an id from before is taken, and by another. */
export function ownNamesakes ({ byId, byKey, byLabel }: Namesakes, upTo: number): Namesakes {
  const own = (earlier: Earlier | undefined) => earlier && earlier.seq > upTo ? earlier : undefined
  return { byId: byId && (own(byId) ?? { ...byId, digest: '' }), byKey: own(byKey), byLabel: own(byLabel) }
}

/** The body of a draft that is stored under another id. */
export function withId (body: string, id: string): string {
  return JSON.stringify({ ...JSON.parse(body) as object, id })
}
