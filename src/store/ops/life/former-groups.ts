import { isGroupKey } from '../../../log/audience.ts'
import { all, listOf, rowsOf, type Steps } from '../../query.ts'
import { INDEX_CLASS } from '../index-class.ts'

/** The keys of a notification for late joiners without those of groups that were removed since: another group may have the name now. */
export function * withoutFormerGroups (keys: string[], seq: number): Steps<string[]> {
  if (!isGroupKey(keys[0] ?? '')) return keys
  const rows = yield * all<{ key: string }>(
    `SELECT k.key FROM ${rowsOf({ key: 'TEXT' })} AS d JOIN event_keys k ON k.key = d.key AND k.class = ${INDEX_CLASS.late} AND k.seq = ?`,
    listOf(keys.map(key => [key])), seq
  )
  const known = new Set(rows.map(({ key }) => key))
  return keys.filter(key => !isGroupKey(key) || known.has(key))
}
