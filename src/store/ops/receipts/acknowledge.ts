import { audienceKey } from '../../../log/audience.ts'
import { formatTimestamp } from '../../../protocol/timestamp.ts'
import type { AcknowledgeResult, Acknowledgement } from '../../contract/demands.ts'
import { all, listOf, rowsOf, run, type Steps } from '../../query.ts'
import { append } from '../batch.ts'
import { storeTime, type WriteContext, type Writes } from '../context.ts'
import { stateCounts } from '../inbox/counts.ts'
import { findMarked } from '../inbox/find.ts'

interface Row { seq: number, due_at: number | null, at: number | null, late: number | null }

function * acknowledge ({ batch, at }: WriteContext, userId: string, ids: string[]): Steps<AcknowledgeResult> {
  const wanted = [...new Set(ids)]
  const inbox = new Map([...yield * findMarked(userId, wanted, at)].filter(([, { deleted_at: deletedAt }]) => deletedAt === null))
  const demands = new Map((inbox.size === 0
    ? []
    : yield * all<Row>(
    `SELECT d.seq, d.due_at, a.at, a.late FROM ${rowsOf({ seq: 'BIGINT' })} AS x JOIN demands d ON d.seq = x.seq
     LEFT JOIN acknowledgements a ON a.seq = d.seq AND a.user_id = ?`, listOf([...inbox.values()].map(({ seq }) => [seq])), userId
    )).map(row => [row.seq, row]))
  // `by` is compared with the store's own clock, as when it is escalated.
  const now = yield * storeTime(batch.clock, at)
  const done: (Acknowledgement & { seq: number, isNew: boolean })[] = wanted.flatMap(id => {
    const demand = demands.get(inbox.get(id)?.seq ?? -1)
    if (!demand) return []
    const isNew = demand.at === null
    return [{ id, seq: demand.seq, isNew, at: demand.at ?? now, late: isNew ? demand.due_at !== null && now > demand.due_at : demand.late === 1 }]
  })
  const fresh = done.filter(({ isNew }) => isNew)
  if (fresh.length > 0) {
    yield * run(
      `INSERT INTO acknowledgements (seq, user_id, at, late) SELECT seq, CAST(? AS TEXT), at, late FROM ${rowsOf({ seq: 'BIGINT', at: 'BIGINT', late: 'BIGINT' })} AS d`,
      userId, listOf(fresh.map(({ seq, at, late }) => [seq, at, Number(late)]))
    )
  }
  const { unread, unseen } = yield * stateCounts(userId, at)
  if (fresh.length > 0) {
    const body = JSON.stringify({
      ids: fresh.map(({ id }) => id), at: formatTimestamp(now), late: fresh.filter(({ late }) => late).map(({ id }) => id), unread_count: unread, unseen_count: unseen
    })
    yield * append(batch, { kind: 'notification.acknowledged', keys: [audienceKey.user(userId)], at, body })
  }
  return {
    found: done.map(({ id, at, late }) => ({ id, at, late })),
    missing: wanted.filter(id => !inbox.has(id)),
    refused: wanted.filter(id => inbox.has(id) && !demands.has(inbox.get(id)!.seq)).map(id => ({ id, code: 'BLF_NOT_ACKNOWLEDGEABLE' })),
    unread,
    unseen,
    seq: batch.seq,
    hasChanged: fresh.length > 0
  }
}

export const writes = { acknowledge } satisfies Writes
