import { formatCursor } from '../../protocol/cursor.ts'
import type { Marked } from '../../protocol/server-frames.ts'
import type { MarkResult } from '../../store/store.ts'
import type { Context, Reply } from './context.ts'

type Counted = Pick<MarkResult, 'unread' | 'seq' | 'hasChanged'>

/** An `ok` with the unread count, sent at the `seq` where the count holds, once this node has all events up to there. */
export async function counted ({ hub, services }: Context, payload: Pick<Marked, 'ids' | 'missing'> | { count: number }, { unread, seq, hasChanged }: Counted): Promise<Reply> {
  await services.reached(seq)
  return {
    frame: { type: 'ok', cursor: formatCursor(hub.epoch, seq), payload: { ...payload, unread_count: unread } },
    after: { seq, replacesEvent: hasChanged }
  }
}
