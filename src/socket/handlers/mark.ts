import type { MarkVerb } from '../../store/store.ts'
import { acknowledgedFields, markedFields } from '../../protocol/marked.ts'
import { counted } from './counted.ts'
import type { Context, Handler } from './context.ts'

/** Marks, and returns what the verbs' replies are made of. */
async function apply (verb: MarkVerb, context: Context, ids: string[]) {
  context.hub.hold(context.connection)
  const { found, missing, refused, ...result } = await context.services.mark(context.identity, verb, ids)
  return { found, marked: markedFields({ found, missing, refused }), result }
}

/** These verbs differ only in the one that the store is given. */
async function mark (verb: MarkVerb, context: Context, ids: string[]) {
  const { marked, result } = await apply(verb, context, ids)
  return await counted(context, marked, result)
}

export const read: Handler<'read'> = (context, { ids }) => mark('read', context, ids)
export const unread: Handler<'unread'> = (context, { ids }) => mark('unread', context, ids)
export const remove: Handler<'delete'> = (context, { ids }) => mark('delete', context, ids)
export const archive: Handler<'archive'> = (context, { ids }) => mark('archive', context, ids)
export const unarchive: Handler<'unarchive'> = (context, { ids }) => mark('unarchive', context, ids)

export const restore: Handler<'restore'> = async (context, { ids }) => {
  const { found, marked, result } = await apply('restore', context, ids)
  const archived = found.filter(({ archived }) => archived).map(({ id }) => id)
  return await counted(context, { ...marked, archived }, result)
}

export const acknowledge: Handler<'acknowledge'> = async (context, { ids }) => {
  context.hub.hold(context.connection)
  const { found, missing, refused, ...result } = await context.services.acknowledge(context.identity, ids)
  return await counted(context, acknowledgedFields({ found, missing, refused }), result)
}
