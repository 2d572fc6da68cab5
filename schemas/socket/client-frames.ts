import { Type, type Static, type TSchema } from '@sinclair/typebox'
import { bodies, notification, token } from '../examples.ts'
import { ReadAllRef } from '../inbox.ts'
import { Id, Topic } from '../primitives.ts'
import { refTo } from '../ref.ts'
import { SendRef } from '../send.ts'

interface About { $id: string, description: string, example?: object }

/** A frame a client sends: `id` comes back as `reply_to` of the answer. */
function clientFrame<K extends string, P extends TSchema> (type: K, payload: P, { $id, description, example }: About) {
  const id = Id({ description: 'Comes back as `reply_to` of the answer.', examples: ['1'] })
  return Type.Object({ id: Type.Optional(id), type: Type.Literal(type), payload }, {
    $id, additionalProperties: false, description, examples: [{ id: '1', type, ...(example ? { payload: example } : {}) }]
  })
}

const strict = { additionalProperties: false }
const Topics = Type.Object({
  topics: Type.Array(Type.Union([Topic(), Type.Literal('*')]), { minItems: 1, maxItems: 100, examples: [['billing', 'new_features']] })
}, strict)
const Ids = Type.Object({ ids: Type.Array(Id(), { minItems: 1, maxItems: 100 }) }, strict)

const someTopics = { topics: ['billing', 'new_features'] }
const someIds = { ids: [notification.id] }

export const AuthFrame = clientFrame('auth', Type.Object({
  token: Type.String({ minLength: 1, maxLength: 8192, description: 'An access token.', examples: [token] })
}, strict), {
  $id: 'AuthFrame',
  description: 'Authenticates a new socket (answered by `welcome`), or renews the token of a live one (answered by `ok` with its `expires_at`).',
  example: { token }
})
export const SubscribeFrame = clientFrame('subscribe', Topics, {
  $id: 'SubscribeFrame',
  description: 'Narrows the filter to topics, or adds them to those it has. The filter is either everything (`["*"]`, at first) or a list of topics: topics named where it was everything make it just these, later ones are added, `*` among them makes it everything. Answered by `subscribed` with the filter now in force. Notifications without a topic always come.',
  example: someTopics
})
export const UnsubscribeFrame = clientFrame('unsubscribe', Topics, {
  $id: 'UnsubscribeFrame',
  description: 'Takes topics out of the list; what it does not hold changes nothing, and of everything no single topic can be taken out. `*` among them empties it: then only notifications without a topic come. Answered by `subscribed` with the filter now in force.',
  example: someTopics
})
export const ReadFrame = clientFrame('read', Ids, {
  $id: 'ReadFrame', description: 'Marks notifications as read. Answered by `ok`.', example: someIds
})
export const UnreadFrame = clientFrame('unread', Ids, {
  $id: 'UnreadFrame', description: 'Marks notifications as unread. Answered by `ok`.', example: someIds
})
export const DeleteFrame = clientFrame('delete', Ids, {
  $id: 'DeleteFrame', description: 'Deletes notifications from the own inbox. Answered by `ok`.', example: someIds
})
export const ReadAllFrame = clientFrame('read_all', Type.Optional(ReadAllRef), {
  $id: 'ReadAllFrame', description: 'Marks everything, or what `payload` narrows it down to, as read. Answered by `ok`.'
})
export const SendFrame = clientFrame('send', SendRef, {
  $id: 'SendFrame',
  description: 'Sends a notification, as `POST /api/notifications/send` and with the same rights. Answered by `ok` with its `id` and `cursor`.',
  example: bodies.Send['To everyone']
})
export const PingFrame = clientFrame('ping', Type.Optional(Type.Unsafe<Record<string, never>>(Type.Object({}, strict))), {
  $id: 'PingFrame', description: 'Answered by `pong`.'
})

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
  $id: 'ClientFrame', description: 'Every frame a client may send on `/ws/notifications`.', examples: AuthFrame.examples
})
