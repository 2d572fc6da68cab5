import type { ClientFrameOf, Verb } from '../../protocol/client-frames.ts'
import { ack } from './ack.ts'
import { auth } from './auth.ts'
import type { Context, Handler, Reply } from './context.ts'
import { acknowledge, archive, read, remove, restore, unarchive, unread } from './mark.ts'
import { ping } from './ping.ts'
import { readAll } from './read-all.ts'
import { act, seen } from './seen.ts'
import { send } from './send.ts'
import { subscribe, unsubscribe } from './topics.ts'

/** One handler per verb. */
const handlers: { [V in Verb]: Handler<V> } = {
  auth, subscribe, unsubscribe, read, unread, delete: remove, archive, unarchive, restore, acknowledge, read_all: readAll, seen, ack, act, send, ping
}

/** Does what a frame asks for; throws errors of the catalogue. */
export function dispatch<V extends Verb> (context: Context, frame: ClientFrameOf<V>): Reply | Promise<Reply> {
  return (handlers[frame.type as V] as Handler<V>)(context, frame.payload as ClientFrameOf<V>['payload'])
}
