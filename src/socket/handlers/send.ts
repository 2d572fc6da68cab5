import { parseCursor } from '../../protocol/cursor.ts'
import type { Handler } from './context.ts'

export const send: Handler<'send'> = async ({ hub, services, identity, connection }, payload) => {
  hub.hold(connection)
  const sent = await services.send(identity, payload)
  // For a retry this is the `seq` of the first try, which is in the past.
  const { seq } = parseCursor(sent.cursor)!
  await services.reached(seq)
  return { frame: { type: 'ok', payload: sent }, after: { seq, replacesEvent: false } }
}
