import type { Handler } from './context.ts'

export const readAll: Handler<'read_all'> = async ({ services, identity, connection }, payload) => {
  return { type: 'ok', payload: await services.readAll(identity, payload, connection.id) }
}
