import { counted } from './counted.ts'
import type { Handler } from './context.ts'

export const readAll: Handler<'read_all'> = async (context, payload) => {
  context.hub.hold(context.connection)
  const { count, ...result } = await context.services.readAll(context.identity, payload)
  return await counted(context, { count }, result)
}
