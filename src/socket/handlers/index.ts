import type { Verb } from '../../../schemas/client-frames.ts'
import { auth } from './auth.ts'
import type { Handler } from './context.ts'
import { read, remove, unread } from './mark.ts'
import { ping } from './ping.ts'
import { readAll } from './read-all.ts'
import { send } from './send.ts'
import { subscribe, unsubscribe } from './topics.ts'

/** One handler a verb. */
export const handlers: { [V in Verb]: Handler<V> } = {
  auth, subscribe, unsubscribe, read, unread, delete: remove, read_all: readAll, send, ping
}
