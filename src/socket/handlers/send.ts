import { parseCursor } from '../../protocol/cursor.ts'
import type { Handler } from './context.ts'

export const send: Handler<'send'> = async ({ hub, services, identity, connection }, payload) => {
  // What is sent later has no place among the events yet.
  if (payload.send_at === undefined) hub.hold(connection)
  const sent = await services.send(identity, payload)
  if (!('cursor' in sent)) return { frame: { type: 'ok', payload: sent } }
  // For a retry this is the `seq` of the first try, which is in the past.
  const { seq } = parseCursor(sent.cursor)!
  await services.reached(seq)
  return { frame: { type: 'ok', payload: sent }, after: { seq, replacesEvent: false } }
}
