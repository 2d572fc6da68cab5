import type { MarkVerb } from '../../store/store.ts'
import { counted } from './counted.ts'
import type { Context, Handler } from './context.ts'

/** `read`, `unread` and `delete` differ only in the verb that the store is given. */
async function mark (verb: MarkVerb, context: Context, ids: string[]) {
  context.hub.hold(context.connection)
  const { found, missing, ...result } = await context.services.mark(context.identity, verb, ids)
  return await counted(context, { ids: found.map(({ id }) => id), missing }, result)
}

export const read: Handler<'read'> = (context, { ids }) => mark('read', context, ids)
export const unread: Handler<'unread'> = (context, { ids }) => mark('unread', context, ids)
export const remove: Handler<'delete'> = (context, { ids }) => mark('delete', context, ids)
