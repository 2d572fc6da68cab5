import { formatCursor } from '../../protocol/cursor.ts'
import type { Counts, OkFrame } from '../../protocol/server-frames.ts'
import type { StateResult } from '../../store/store.ts'
import type { Context, Reply } from './context.ts'

type CountedFrame<Fields> = Omit<OkFrame, 'payload'> & { payload: Fields & Counts }

/** An `ok` with the counts, sent at the `seq` where they hold, once this node has all events up to there. */
export async function counted<Fields extends object> ({ hub, services }: Context, fields: Fields, { unread, unseen, seq, hasChanged }: StateResult): Promise<Reply<CountedFrame<Fields>>> {
  await services.reached(seq)
  return {
    frame: { type: 'ok', cursor: formatCursor(hub.epoch, seq), payload: { ...fields, unread_count: unread, unseen_count: unseen } },
    after: { seq, replacesEvent: hasChanged }
  }
}
