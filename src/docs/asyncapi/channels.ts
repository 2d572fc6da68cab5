import { SocketQuery } from '../../../schemas/socket/socket-query.ts'
import { clientFrames } from '../../../schemas/socket/client-frames.ts'
import type { Verb } from '../../protocol/client-frames.ts'
import { SOCKET_PATH, SUBPROTOCOL } from '../../protocol/endpoint.ts'
import type { Json } from '../document.ts'
import { socketGuide } from '../socket.ts'
import { answersTo, events, messages } from './messages.ts'
import { toJson } from './schemas.ts'

const channel = { $ref: '#/channels/notifications' }
const messageRef = (type: string) => ({ $ref: `#/channels/notifications/messages/${type}` })

/** The guide's parts as sections of their own. */
const sections = socketGuide.replaceAll(/^\*\*([^*]+)\.\*\* /gm, (_, title: string) => `### ${title}\n\n`)

export const socketChannel: Json = {
  address: SOCKET_PATH,
  title: 'WebSocket',
  summary: 'Both ways: events and answers from the server, requests from the client.',
  description: sections,
  servers: [{ $ref: '#/servers/socket' }],
  messages: Object.fromEntries(Object.keys(messages).map(type => [type, { $ref: `#/components/messages/${type}` }])),
  bindings: {
    ws: {
      method: 'GET',
      query: toJson(SocketQuery),
      headers: {
        type: 'object',
        properties: {
          'Sec-WebSocket-Protocol': { type: 'string', description: `\`${SUBPROTOCOL}\`, and \`bearer.<token or ticket>\` for clients that can set no other header. The answer selects \`${SUBPROTOCOL}\`.`, examples: [`${SUBPROTOCOL}, bearer.eyJhbGciOiJIUzI1NiJ9.e30.c2ln`] }
        }
      },
      bindingVersion: '0.1.0'
    }
  }
}

/** A verb as the name of an operation, which generators make a function of. */
const camel = (verb: string) => verb.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

/** What the server does on a socket: it sends events by itself, and receives and answers requests. */
export const socketOperations: Record<string, Json> = Object.fromEntries([
  ...Object.entries(events).map(([name, { title, summary, types }]) => [name, {
    action: 'send', channel, title, summary, messages: types.map(messageRef)
  }] as const),
  ...(Object.keys(clientFrames) as Verb[]).map(verb => [camel(verb), {
    action: 'receive',
    channel,
    title: verb,
    summary: messages[verb]!['summary'],
    messages: [messageRef(verb)],
    reply: { channel, messages: answersTo(verb).map(messageRef) }
  }] as const)
])
