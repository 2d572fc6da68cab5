import type { TSchema } from '@sinclair/typebox'
import { clientFrames } from '../../../schemas/socket/client-frames.ts'
import { serverFrames } from '../../../schemas/socket/server-frames.ts'
import { OverviewFrame } from '../../../schemas/overview.ts'
import { CloseFrame } from '../../../schemas/socket/stream.ts'
import { bodies } from '../../../schemas/examples.ts'
import type { Verb } from '../../protocol/client-frames.ts'
import type { ServerFrameType } from '../../protocol/server-frames.ts'
import { describeAccess, verbRights } from '../../rights/rights.ts'
import { COMPONENT, type Json } from '../document.ts'

/** The frames that answer a client's frame. Any frame that is not done is answered by `error`. */
const answers: Partial<Record<Verb, ServerFrameType[]>> = {
  auth: ['welcome', 'ok'],
  subscribe: ['subscribed'],
  unsubscribe: ['subscribed'],
  ping: ['pong']
}
export const answersTo = (verb: Verb): ServerFrameType[] => [...answers[verb] ?? ['ok'], 'error']

/** What the server sends by itself, by the operation that it belongs to. */
export const events = {
  open: {
    title: 'Begin, or go on',
    summary: 'What comes first: whose socket it is and, after a reconnect, how the replay of missed events ends.',
    types: ['welcome', 'caught_up', 'gap']
  },
  deliver: {
    title: 'Deliver notifications',
    summary: 'Notifications, their edits, recalls and reminders, as they are sent or, after a reconnect, replayed.',
    types: ['notification', 'notification.updated', 'notification.recalled', 'notification.reminder']
  },
  synchronize: {
    title: 'Synchronize the devices of a user',
    summary: 'What the user did on another device or over REST, and changes of the inbox as a whole.',
    types: [
      'notification.read', 'notification.unread', 'notification.archived', 'notification.unarchived', 'notification.deleted', 'notification.restored',
      'notification.acted', 'notification.acknowledged', 'inbox.read_all', 'inbox.seen', 'inbox.changed', 'preferences.changed'
    ]
  },
  warn: {
    title: 'Warn before the token expires',
    summary: 'Comes 60 seconds before, so that a client renews its token in time.',
    types: ['token.expiring']
  }
} as const satisfies Record<string, { title: string, summary: string, types: ServerFrameType[] }>

const correlationId = (name: string) => ({ $ref: `#/components/correlationIds/${name}` })

/** The examples of a frame, with names. Those of `send` are the bodies of the REST call. */
function examplesOf (type: string, { $id, examples }: TSchema): Json[] {
  const payloads: Json[] = type === 'send'
    ? Object.entries(bodies.Send).map(([summary, payload]) => ({ summary, payload: { id: '1', type, payload } }))
    : (examples as Json[]).map(payload => ({ summary: typeof payload['payload'] === 'object' && type === 'ok' ? summaryOfOk(payload['payload']) : type, payload }))
  return payloads.map(({ summary, payload }, index) => ({ name: `${$id}-${index + 1}`, summary, payload }))
}

/** Which frame an example of `ok` answers. */
function summaryOfOk (payload: Json): string {
  if ('acknowledged' in payload) return 'To acknowledge'
  if ('missing' in payload) return 'To read, unread, delete, archive, unarchive or restore'
  if ('unseen_count' in payload) return 'To seen'
  if ('action' in payload) return 'To act'
  if ('count' in payload) return 'To read_all'
  if ('expires_at' in payload) return 'To auth'
  return 'send_at' in payload ? 'To send, with send_at' : 'To send'
}

function messageOf (type: string, frame: TSchema, rest: Json): Json {
  const { $id, description } = frame as { $id: string, description: string }
  return {
    name: type,
    title: type,
    summary: `${description.split(/(?<=[.:])\s/)[0]!.replace(/:$/, '.')}`,
    description,
    contentType: 'application/json',
    payload: { $ref: COMPONENT + $id },
    ...rest,
    examples: examplesOf(type, frame)
  }
}

/** Every frame as a message, by its `type`. */
export const messages: Record<string, Json> = Object.fromEntries([
  ...Object.entries(clientFrames).map(([verb, frame]) => {
    const message = messageOf(verb, frame, { tags: [{ name: 'client' }], correlationId: correlationId('request') })
    return [verb, { ...message, description: `${message['description']}\n\n${describeAccess(verbRights[verb as Verb])}` }] as const
  }),
  ...Object.entries({ ...serverFrames, close: CloseFrame, overview: OverviewFrame }).map(([type, frame]) => {
    const isAnswer = 'reply_to' in frame.properties
    return [type, messageOf(type, frame, { tags: [{ name: 'server' }], ...(isAnswer ? { correlationId: correlationId('reply') } : {}) })] as const
  })
])
