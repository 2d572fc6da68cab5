import type { Handler } from './context.ts'

/** Not held among the events: it changes none, and is answered only once it is written. */
export const ack: Handler<'ack'> = async ({ services, connection }, { cursor }) => {
  return { frame: { type: 'ok', payload: { cursor: await services.ack(connection, cursor) } } }
}
