import { formatCursor } from '../../protocol/cursor.ts'
import type { MarkResult } from '../../store/store.ts'
import type { Answer, Context } from './context.ts'

type Counted = Pick<MarkResult, 'unread' | 'seq' | 'hasChanged'>

/** An `ok` with the unread count at its own place, once everything up to there has come to this node. */
export async function counted ({ hub, services }: Context, payload: object, { unread, seq, hasChanged }: Counted): Promise<Answer> {
  await services.reached(seq)
  return {
    type: 'ok',
    cursor: formatCursor(hub.epoch, seq),
    payload: { ...payload, unread_count: unread },
    place: { seq, isEvent: hasChanged }
  }
}
