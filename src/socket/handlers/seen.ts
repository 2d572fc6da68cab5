import { formatTimestamp } from '../../protocol/timestamp.ts'
import { counted } from './counted.ts'
import type { Handler } from './context.ts'

export const seen: Handler<'seen'> = async (context, { cursor }) => {
  context.hub.hold(context.connection)
  const { unseen, ...result } = await context.services.see(context.identity, cursor)
  return await counted(context, { unseen_count: unseen }, result)
}

export const act: Handler<'act'> = async (context, { id, action }) => {
  context.hub.hold(context.connection)
  const { at, action: first, ...result } = await context.services.act(context.identity, id, action)
  return await counted(context, { id, action: first, at: formatTimestamp(at) }, result)
}
