import { Type, type TSchema } from '@sinclair/typebox'
import type { Verb } from '../../src/protocol/client-frames.ts'
import { bodies, cursor, notification, token } from '../examples.ts'
import { ReadAllRef } from '../inbox/inbox.ts'
import { Id, Topic } from '../primitives.ts'
import { refTo } from '../ref.ts'
import { SendRef } from '../send.ts'
import { ActionId } from '../shape.ts'
import { AckCursor, MarkSince, SeenRef } from '../inbox/states.ts'

interface About { $id: string, description: string, example?: object }

function clientFrame<K extends string, P extends TSchema> (type: K, payload: P, { $id, description, example }: About) {
  const id = Id({ description: 'The answer repeats it as `reply_to`.', examples: ['1'] })
  return Type.Object({ id: Type.Optional(id), type: Type.Literal(type), payload }, {
    $id, additionalProperties: false, description, examples: [{ id: '1', type, ...(example ? { payload: example } : {}) }]
  })
}

const strict = { additionalProperties: false }
const Topics = Type.Object({
  topics: Type.Array(Type.Union([Topic(), Type.Literal('*')]), { minItems: 1, maxItems: 100, examples: [['billing', 'new_features']] })
}, strict)
const ids = Type.Array(Id(), { minItems: 1, maxItems: 100 })
const Ids = Type.Object({ ids }, strict)
const Marking = Type.Object({ ids, since: Type.Optional(MarkSince) }, strict)

const someTopics = { topics: ['billing', 'new_features'] }
const someIds = { ids: [notification.id] }

export const AuthFrame = clientFrame('auth', Type.Object({
  token: Type.String({ minLength: 1, maxLength: 8192, description: 'An access token.', examples: [token] })
}, strict), {
  $id: 'AuthFrame',
  description: 'Authenticates a new socket (answered by `welcome`), or renews the token of an open one (answered by `ok` with its `expires_at`).',
  example: { token }
})
export const SubscribeFrame = clientFrame('subscribe', Topics, {
  $id: 'SubscribeFrame',
  description: 'Adds topics to the topic filter. A filter is either everything (`["*"]`, at first) or a list of topics. If it was everything, it becomes the list of these topics; if it was a list, they are added; if `*` is among them, it becomes everything. Answered by `subscribed` with the filter now in force. Notifications without a topic always come.',
  example: someTopics
})
export const UnsubscribeFrame = clientFrame('unsubscribe', Topics, {
  $id: 'UnsubscribeFrame',
  description: 'Removes topics from the topic filter. Topics that are not in it change nothing, and a filter of everything stays everything. If `*` is among them, the filter becomes an empty list: then only notifications without a topic come. Answered by `subscribed` with the filter now in force.',
  example: someTopics
})
export const ReadFrame = clientFrame('read', Marking, {
  $id: 'ReadFrame', description: 'Marks notifications as read. Answered by `ok`.', example: someIds
})
export const UnreadFrame = clientFrame('unread', Marking, {
  $id: 'UnreadFrame', description: 'Marks notifications as unread. Answered by `ok`.', example: someIds
})
export const DeleteFrame = clientFrame('delete', Marking, {
  $id: 'DeleteFrame', description: 'Deletes notifications from the user\'s inbox. Answered by `ok`.', example: someIds
})
export const ArchiveFrame = clientFrame('archive', Marking, {
  $id: 'ArchiveFrame', description: 'Archives notifications: they leave the list and the counts, and stay as read as they are. Answered by `ok`.', example: someIds
})
export const UnarchiveFrame = clientFrame('unarchive', Marking, {
  $id: 'UnarchiveFrame', description: 'Takes notifications out of the archive. Answered by `ok`.', example: someIds
})
export const RestoreFrame = clientFrame('restore', Marking, {
  $id: 'RestoreFrame', description: 'Restores notifications that the user deleted, as they were before. Answered by `ok`.', example: someIds
})
export const AcknowledgeFrame = clientFrame('acknowledge', Ids, {
  $id: 'AcknowledgeFrame', description: 'Acknowledges notifications that must be, for good. It neither reads nor sees them. Answered by `ok`, with what need not be acknowledged under `refused`.', example: someIds
})
export const SeenFrame = clientFrame('seen', SeenRef, {
  $id: 'SeenFrame', description: 'Everything up to the cursor was shown to the user. A lower one than before changes nothing. Answered by `ok` with the `unseen_count`.', example: { cursor }
})
export const AckFrame = clientFrame('ack', Type.Object({ cursor: AckCursor }, strict), {
  $id: 'AckFrame', description: 'The socket\'s `device` has everything up to the cursor: that of the newest frame. Answered by `ok` once it is written. The first of a socket is written at once, later ones at most every five seconds a device: one that waits is replaced, and both are answered. A lower one changes nothing. BLF_ACK_INVALID where the socket has no `device` or has a topic filter, and for a cursor beyond what was sent, or from before a `gap`.', example: { cursor }
})
export const ActFrame = clientFrame('act', Type.Object({ id: Id(), action: ActionId() }, strict), {
  $id: 'ActFrame', description: 'Chooses an action of a notification. The first one counts: a second is answered by it. Answered by `ok`.', example: { id: notification.id, action: 'track' }
})
export const ReadAllFrame = clientFrame('read_all', Type.Optional(ReadAllRef), {
  $id: 'ReadAllFrame', description: 'Marks everything as read, or only what `payload` says. Answered by `ok`.'
})
export const SendFrame = clientFrame('send', SendRef, {
  $id: 'SendFrame',
  description: 'Sends a notification, as `POST /api/notifications/send` does and with the same rights. Answered by `ok` with its `id` and `cursor`.',
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
  archive: ArchiveFrame,
  unarchive: UnarchiveFrame,
  restore: RestoreFrame,
  acknowledge: AcknowledgeFrame,
  read_all: ReadAllFrame,
  seen: SeenFrame,
  ack: AckFrame,
  act: ActFrame,
  send: SendFrame,
  ping: PingFrame
} as const satisfies Record<Verb, TSchema>

/** One reference for each verb, always the same object: Fastify caches validators by it. */
export const clientFrameRefs = Object.fromEntries(
  Object.entries(clientFrames).map(([verb, frame]) => [verb, refTo(frame as TSchema)])
) as Record<Verb, TSchema>

export const ClientFrameUnion = Type.Union(Object.values(clientFrameRefs), {
  $id: 'ClientFrame', description: 'Every frame a client may send on `/ws/notifications`.', examples: AuthFrame.examples
})
