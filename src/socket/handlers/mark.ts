import { problem } from '../../errors.ts'
import type { MarkVerb } from '../../store/store.ts'
import type { Answer, Context, Handler } from './context.ts'

/** `read`, `unread` and `delete` differ only in what they do to the marks. */
async function mark (verb: MarkVerb, { hub, services, identity, connection }: Context, ids: string[]): Promise<Answer> {
  hub.hold(connection)
  const { found, missing, unread } = await services.mark(identity, verb, ids, connection.id)
  if (found.length === 0) throw problem('BLF_NOTIFICATION_NOT_FOUND')
  return { type: 'ok', payload: { ids: found.map(({ id }) => id), missing, unread_count: unread } }
}

export const read: Handler<'read'> = (context, { ids }) => mark('read', context, ids)
export const unread: Handler<'unread'> = (context, { ids }) => mark('unread', context, ids)
export const remove: Handler<'delete'> = (context, { ids }) => mark('delete', context, ids)
