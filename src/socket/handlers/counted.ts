import { formatCursor } from '../../protocol/cursor.ts'
import type { OkFrame } from '../../protocol/server-frames.ts'
import type { MarkResult } from '../../store/store.ts'
import type { Context, Reply } from './context.ts'

type Counted = Pick<MarkResult, 'unread' | 'seq' | 'hasChanged'>
type CountedFrame<Fields> = Omit<OkFrame, 'payload'> & { payload: Fields & { unread_count: number } }

/** An `ok` with the unread count, sent at the `seq` where the count holds, once this node has all events up to there. */
export async function counted<Fields extends object> ({ hub, services }: Context, fields: Fields, { unread, seq, hasChanged }: Counted): Promise<Reply<CountedFrame<Fields>>> {
  await services.reached(seq)
  return {
    frame: { type: 'ok', cursor: formatCursor(hub.epoch, seq), payload: { ...fields, unread_count: unread } },
    after: { seq, replacesEvent: hasChanged }
  }
}
