import { parseCursor } from '../../protocol/cursor.ts'
import type { Handler } from './context.ts'

export const send: Handler<'send'> = async ({ hub, services, identity, connection }, payload) => {
  hub.hold(connection)
  const sent = await services.send(identity, payload)
  // Of a retry it is the place of the first try, which lies behind.
  const { seq } = parseCursor(sent.cursor)!
  await services.reached(seq)
  return { type: 'ok', payload: sent, place: { seq, isEvent: false } }
}
