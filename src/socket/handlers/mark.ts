import type { Marking } from '../../protocol/client-frames.ts'
import type { MarkResult, MarkVerb } from '../../store/store.ts'
import { acknowledgedFields, markedFields, restoredFields } from '../../protocol/marked.ts'
import { counted } from './counted.ts'
import type { Context, Handler } from './context.ts'

/** These verbs differ in the one that the store is given, and in what the reply says beside the counts. */
async function mark<Fields extends object> (verb: MarkVerb, context: Context, marking: Marking, fieldsOf: (result: MarkResult) => Fields) {
  context.hub.hold(context.connection)
  const result = await context.services.mark(context.identity, verb, marking)
  return await counted(context, fieldsOf(result), result)
}

export const read: Handler<'read'> = (context, marking) => mark('read', context, marking, markedFields)
export const unread: Handler<'unread'> = (context, marking) => mark('unread', context, marking, markedFields)
export const remove: Handler<'delete'> = (context, marking) => mark('delete', context, marking, markedFields)
export const archive: Handler<'archive'> = (context, marking) => mark('archive', context, marking, markedFields)
export const unarchive: Handler<'unarchive'> = (context, marking) => mark('unarchive', context, marking, markedFields)

export const restore: Handler<'restore'> = (context, marking) => mark('restore', context, marking, restoredFields)

export const acknowledge: Handler<'acknowledge'> = async (context, { ids }) => {
  context.hub.hold(context.connection)
  const { found, missing, refused, ...result } = await context.services.acknowledge(context.identity, ids)
  return await counted(context, acknowledgedFields({ found, missing, refused }), result)
}
