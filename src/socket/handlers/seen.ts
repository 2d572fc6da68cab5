import { formatTimestamp } from '../../protocol/timestamp.ts'
import { counted } from './counted.ts'
import type { Handler } from './context.ts'

export const seen: Handler<'seen'> = async (context, { cursor }) => {
  context.hub.hold(context.connection)
  return await counted(context, {}, await context.services.see(context.identity, cursor))
}

export const act: Handler<'act'> = async (context, { id, action }) => {
  context.hub.hold(context.connection)
  const { at, action: first, ...result } = await context.services.act(context.identity, id, action)
  return await counted(context, { id, action: first, at: formatTimestamp(at) }, result)
}
