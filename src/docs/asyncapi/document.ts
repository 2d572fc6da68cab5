import { clientFrames } from '../../../schemas/socket/client-frames.ts'
import { serverFrames } from '../../../schemas/socket/server-frames.ts'
import { OverviewFrame } from '../../../schemas/overview.ts'
import { CloseFrame } from '../../../schemas/socket/stream.ts'
import type { Json } from '../document.ts'
import { channels, operations } from './channels.ts'
import { messages } from './messages.ts'
import { collect, errorCode } from './schemas.ts'

/** Where clients reach the server: its public URL, or '' if none is configured. */
export interface About { version: string, href: string }

const description = `Every frame that Belfry and its clients exchange. The calls of the REST API are in the
[OpenAPI document](openapi.json), which \`/docs\` and \`/redoc\` show.

\`\`\`js
const url = 'ws://localhost:8000/ws/notifications'
const socket = new WebSocket(url, ['belfry.v1', 'bearer.' + token])
socket.onmessage = ({ data }) => {
  const { type, cursor, payload } = JSON.parse(data)
  if (type === 'notification') console.log(payload.title)
  // Opened again with ?since=<cursor>, it goes on from here.
  if (cursor) localStorage.setItem('cursor', cursor)
}
\`\`\`

A frame is one JSON object with a \`type\`. Events have a \`cursor\`, from which a client that was away resumes without
missing anything; answers have in \`reply_to\` the \`id\` of the frame that they answer.`

/** The AsyncAPI document: the frames of the schemas, in channels and operations as the server sees them. */
export function asyncApi ({ version, href }: About): Json {
  const errorFrame = 'ErrorFrame'
  const schemas = collect([...Object.values(clientFrames), ...Object.values(serverFrames), CloseFrame, OverviewFrame])
  schemas[errorFrame]!['properties'].payload.properties.code = { $ref: '#/components/schemas/ErrorCode' }
  return {
    asyncapi: '3.1.0',
    info: {
      title: 'Belfry',
      version,
      description,
      contact: { name: 'Whoever runs this server' },
      license: { name: 'MIT' },
      tags: [
        { name: 'client', description: 'Frames that a client sends.' },
        { name: 'server', description: 'Frames that the server sends.' }
      ]
    },
    defaultContentType: 'application/json',
    servers: { socket: serverAt(href, 'ws', 'For WebSockets.'), stream: serverAt(href, 'http', 'For streams of Server-Sent Events.') },
    channels,
    operations,
    components: {
      messages,
      schemas: { ...schemas, ErrorCode: errorCode },
      correlationIds: {
        request: { location: '$message.payload#/id', description: 'Chosen by the client; the answer repeats it as `reply_to`.' },
        reply: { location: '$message.payload#/reply_to', description: 'The `id` of the frame that is answered.' }
      },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token, or an API key, in the `Authorization` header of the request. Streams of notifications take no API keys.' },
        subprotocol: { type: 'httpApiKey', in: 'header', name: 'Sec-WebSocket-Protocol', description: '`belfry.v1, bearer.<access token or ticket>`: for browsers, which can set no other header.' },
        ticket: { type: 'httpApiKey', in: 'query', name: 'ticket', description: 'A ticket of `POST /api/auth/ticket`, which is valid once and for 30 seconds.' }
      }
    }
  }
}

function serverAt (href: string, protocol: 'ws' | 'http', description: string): Json {
  const security = (protocol === 'ws' ? ['bearer', 'subprotocol', 'ticket'] : ['bearer', 'ticket']).map(name => ({ $ref: `#/components/securitySchemes/${name}` }))
  if (href === '') {
    const host = { default: 'localhost:8000', description: 'Where this server listens, or the proxy before it.' }
    return { host: '{host}', protocol, description, variables: { host }, security }
  }
  const { host, pathname, protocol: scheme } = new URL(href)
  const path = pathname.replace(/\/$/, '')
  return { host, ...(path === '' ? {} : { pathname: path }), protocol: scheme === 'https:' ? `${protocol}s` : protocol, description, security }
}
