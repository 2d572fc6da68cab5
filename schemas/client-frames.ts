import { Type, type Static, type TSchema } from '@sinclair/typebox'
import { ReadAllRef } from './inbox.ts'
import { Id, Topic } from './primitives.ts'
import { refTo } from './ref.ts'
import { SendRef } from './send.ts'

/** A frame a client sends: `id` comes back as `reply_to` of the answer. */
function clientFrame<K extends string, P extends TSchema> (type: K, $id: string, payload: P, description: string) {
  return Type.Object({ id: Type.Optional(Id({ examples: ['1'] })), type: Type.Literal(type), payload }, {
    $id, additionalProperties: false, description
  })
}

const strict = { additionalProperties: false }
const Topics = Type.Object({
  topics: Type.Array(Type.Union([Topic(), Type.Literal('*')]), { minItems: 1, maxItems: 100, examples: [['billing', 'new_features']] })
}, strict)
const Ids = Type.Object({ ids: Type.Array(Id(), { minItems: 1, maxItems: 100 }) }, strict)

export const AuthFrame = clientFrame('auth', 'AuthFrame', Type.Object({
  token: Type.String({ minLength: 1, maxLength: 8192 })
}, strict), 'Authenticates a new socket, or renews the token of a live one.')
export const SubscribeFrame = clientFrame('subscribe', 'SubscribeFrame', Topics, 'Adds topics to the filter; `["*"]` is everything.')
export const UnsubscribeFrame = clientFrame('unsubscribe', 'UnsubscribeFrame', Topics, 'Takes topics out of the filter; `["*"]` empties it.')
export const ReadFrame = clientFrame('read', 'ReadFrame', Ids, 'Marks notifications as read.')
export const UnreadFrame = clientFrame('unread', 'UnreadFrame', Ids, 'Marks notifications as unread.')
export const DeleteFrame = clientFrame('delete', 'DeleteFrame', Ids, 'Takes notifications out of the own inbox.')
export const ReadAllFrame = clientFrame('read_all', 'ReadAllFrame', Type.Optional(ReadAllRef), 'Marks everything up to a cursor as read.')
export const SendFrame = clientFrame('send', 'SendFrame', SendRef, 'Sends a notification, as `POST /api/notifications/send`.')
export const PingFrame = clientFrame('ping', 'PingFrame', Type.Optional(Type.Object({}, strict)), 'Answered by `pong`.')

export const clientFrames = {
  auth: AuthFrame,
  subscribe: SubscribeFrame,
  unsubscribe: UnsubscribeFrame,
  read: ReadFrame,
  unread: UnreadFrame,
  delete: DeleteFrame,
  read_all: ReadAllFrame,
  send: SendFrame,
  ping: PingFrame
} as const

export type Verb = keyof typeof clientFrames
export type ClientFrame<V extends Verb = Verb> = Static<(typeof clientFrames)[V]>

/** A reference a verb, one object each: validators are kept by it. */
export const clientFrameRefs = Object.fromEntries(
  Object.entries(clientFrames).map(([verb, frame]) => [verb, refTo(frame as TSchema)])
) as Record<Verb, TSchema>

export const ClientFrameUnion = Type.Union(Object.values(clientFrameRefs), {
  $id: 'ClientFrame', description: 'Every frame a client may send on `/ws/notifications`.'
})
