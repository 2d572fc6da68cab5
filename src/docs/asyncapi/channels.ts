import type { TSchema } from '@sinclair/typebox'
import { SocketQuery } from '../../../schemas/socket/socket-query.ts'
import { OverviewQuery, StreamHeaders, StreamQuery } from '../../../schemas/socket/stream.ts'
import { clientFrames } from '../../../schemas/socket/client-frames.ts'
import type { Verb } from '../../protocol/client-frames.ts'
import { OVERVIEW_PATH, SOCKET_PATH, STREAM_PATH, SUBPROTOCOL } from '../../protocol/endpoint.ts'
import type { Json } from '../document.ts'
import { overviewDescription } from '../overview.ts'
import { socketGuide } from '../socket.ts'
import { streamDescription } from '../stream.ts'
import { answersTo, events, messages } from './messages.ts'
import { toJson } from './schemas.ts'

type Channel = 'notifications' | 'stream' | 'overview'

const channelRef = (channel: Channel) => ({ $ref: `#/channels/${channel}` })
const messageRef = (channel: Channel, type: string) => ({ $ref: `#/channels/${channel}/messages/${type}` })
const messagesOf = (types: string[]) => Object.fromEntries(types.map(type => [type, { $ref: `#/components/messages/${type}` }]))

/** A description whose parts begin with bold titles, with sections instead. */
const sections = (description: string) => description.replaceAll(/^\*\*([^*]+)\.\*\* /gm, (_, title: string) => `### ${title}\n\n`)

/** Where a stream differs from a socket: it ends with a frame of its own, and it takes none. */
const ending = { end: { title: 'End a stream', summary: 'Why the server ends a stream, and whether to open another one.', types: ['close'] } }
const streamed: Record<string, { title: string, summary: string, types: readonly string[] }> = { ...events, ...ending }

/** What a stream of overviews sends. */
const overviews = {
  watch: { title: 'See how all nodes are', summary: 'One overview a second, however many sockets there are.', types: ['overview'] },
  warn: events.warn,
  end: ending.end
}

export const channels: Record<Channel, Json> = {
  notifications: {
    address: SOCKET_PATH,
    title: 'WebSocket',
    summary: 'Both ways: events and answers from the server, requests from the client.',
    description: sections(socketGuide),
    servers: [{ $ref: '#/servers/socket' }],
    messages: messagesOf(Object.keys(messages).filter(type => type !== 'close' && type !== 'overview')),
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
  },
  stream: {
    address: STREAM_PATH,
    title: 'Server-Sent Events',
    summary: 'One way, over plain HTTP: the events of a socket. Marks go over REST.',
    description: sections(streamDescription),
    servers: [{ $ref: '#/servers/stream' }],
    messages: messagesOf(Object.values(streamed).flatMap(({ types }) => types))
  },
  overview: {
    address: OVERVIEW_PATH,
    title: 'Overviews',
    summary: 'One way, over plain HTTP, for platform admins and monitoring: how all nodes are, once a second.',
    description: sections(overviewDescription),
    servers: [{ $ref: '#/servers/stream' }],
    messages: messagesOf(Object.values(overviews).flatMap(({ types }) => types))
  }
}

const overviewHttp = { method: 'GET', query: toJson(OverviewQuery), bindingVersion: '0.3.0' }
/** The query of a stream with its header, which AsyncAPI has no place for in a request. */
const http = { method: 'GET', query: toJson(StreamQuery), 'x-headers': toJson(StreamHeaders as TSchema), bindingVersion: '0.3.0' }

/** A verb as the name of an operation, which generators make a function of. */
const camel = (verb: string) => verb.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

/** What the server does: it sends events by itself, on both channels, and on a socket it receives and answers requests. */
export const operations: Record<string, Json> = Object.fromEntries([
  ...Object.entries(events).map(([name, { title, summary, types }]) => [name, {
    action: 'send', channel: channelRef('notifications'), title, summary, messages: types.map(type => messageRef('notifications', type))
  }] as const),
  ...(Object.keys(clientFrames) as Verb[]).map(verb => [camel(verb), {
    action: 'receive',
    channel: channelRef('notifications'),
    title: verb,
    summary: messages[verb]!['summary'],
    messages: [messageRef('notifications', verb)],
    reply: { channel: channelRef('notifications'), messages: answersTo(verb).map(type => messageRef('notifications', type)) }
  }] as const),
  ...Object.entries(streamed).map(([name, { title, summary, types }]) => [`${name}Stream`, {
    action: 'send', channel: channelRef('stream'), title, summary, bindings: { http }, messages: types.map(type => messageRef('stream', type))
  }] as const),
  ...Object.entries(overviews).map(([name, { title, summary, types }]) => [`${name}Overview`, {
    action: 'send', channel: channelRef('overview'), title, summary, bindings: { http: overviewHttp }, messages: types.map(type => messageRef('overview', type))
  }] as const)
])
