import type { Handler } from './context.ts'

export const readAll: Handler<'read_all'> = async ({ hub, services, identity, connection }, payload) => {
  hub.hold(connection)
  return { type: 'ok', payload: await services.readAll(identity, payload, connection.id) }
}
