import { isGroupKey } from '../../../log/audience.ts'
import { problem } from '../../../errors.ts'
import type { Steps } from '../../query.ts'
import type { Batch } from '../batch.ts'
import { unknownGroupKeys } from './groups.ts'

/** Looks up which of the groups that these keys address exist, for `assertGroups`: one statement for all that the batch does not know. */
export function * lookUpGroups (batch: Batch, keys: string[]): Steps<void> {
  const asked = [...new Set(keys)].filter(key => isGroupKey(key) && !batch.groups.has(key))
  if (asked.length === 0) return
  const unknown = new Set(yield * unknownGroupKeys(asked))
  for (const key of asked) batch.groups.set(key, !unknown.has(key))
}

/** Throws BLF_GROUP_NOT_FOUND if one of the keys is of a group that does not exist at this moment. */
export function * assertGroups (batch: Batch, keys: string[]): Steps<void> {
  if (!isGroupKey(keys[0] ?? '')) return
  yield * lookUpGroups(batch, keys)
  if (keys.some(key => batch.groups.get(key) === false)) throw problem('BLF_GROUP_NOT_FOUND')
}
