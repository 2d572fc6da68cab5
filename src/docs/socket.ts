import { closeCodes, reconnecting } from '../protocol/close-codes.ts'
import { problems } from '../../schemas/problem.ts'
import { SocketQuery } from '../../schemas/socket/socket-query.ts'

const SOCKET_TAG = 'websocket'
/** RFC 9110 §5.6.2. */
const TOKEN = '[!#$%&\'*+.^_`|~0-9A-Za-z-]+'
/** Of schemas, not of routes: ReDoc gives each frame a section under it. */
export const FRAME_TAG = 'websocket frames'

export const socketTags = [
  { name: SOCKET_TAG, description: 'Notifications as they are sent.' },
  { name: FRAME_TAG, description: 'Every frame, from either side.' }
]

const description = `An upgrade to WebSocket (RFC 6455), so not to be tried from this page. Frames are text, one JSON object each.

\`\`\`
const url = 'ws://localhost:8000/ws/notifications'
const socket = new WebSocket(url, ['belfry.v1', 'bearer.' + token])
socket.onmessage = ({ data }) => console.log(JSON.parse(data))
\`\`\`

**Credentials**, the first that is present: an \`Authorization: Bearer\` header; the subprotocols \`belfry.v1\` and
\`bearer.<token>\` (of which the answer selects \`belfry.v1\`); \`?ticket=\` with a ticket of \`POST /api/auth/ticket\`;
or, within 5 seconds, an \`auth\` frame as the first message. 60 seconds before the token expires comes
\`token.expiring\`; an \`auth\` frame with a new token keeps the socket open. Browsers may connect from this origin
and those in \`ALLOWED_ORIGINS\`.

**Frames.** \`ServerFrame\` and \`ClientFrame\` list them all. The first is \`welcome\`. Every client frame is answered,
by \`ok\`, \`subscribed\`, \`pong\` or \`error\`; an \`id\` in it comes back as \`reply_to\`. What one socket reads or
deletes, the same user's other sockets hear of. Answers come in the order of the
frames, but \`auth\` and \`ping\` are answered at once, also while a replay goes on.

**Nothing is missed.** Keep the \`cursor\` of the last frame that had one, whichever it was, and reconnect with
\`?since=<cursor>\`: what happened in between comes first, then \`caught_up\`, then what is new. Events come in the
order of the log and at least once: drop what you have by \`id\` or \`cursor\`. A \`gap\` says that the cursor is too
old or not of this log, or that retention was faster than the replay, which then has no \`caught_up\`: fetch the inbox,
and go on from the frame's own \`cursor\`.

**Counts.** An \`unread_count\` is exact at the \`cursor\` beside it: that of the own user's frames (\`notification.read\`,
\`.unread\`, \`.deleted\`, \`inbox.read_all\`, \`inbox.changed\`), of an \`ok\`, and of every REST answer that counts. A
\`notification\` adds one, unless it is older than the count that is held. The count of \`welcome\` includes what is
replayed and holds from \`caught_up\` on. What expires is no event, and \`notification.recalled\` has no count: drop
expired notifications at their \`expires_at\`, and recalled ones that were unread. A socket with a topic filter sees
only part of what is counted: its count is known where a frame says it.

**Marks.** An \`ok\` stands among the events at its own place: what was committed before it has come. \`inbox.read_all\`
names in \`before\` the newest notification that became read: it and all older ones are read, of \`topic\` if there is one.

**Topics.** A filter is everything (\`*\`, at first) or a list of topics, and what has no topic always comes.

| filter | \`subscribe\` \`a\` | \`subscribe\` \`*\` | \`unsubscribe\` \`a\` | \`unsubscribe\` \`*\` |
|---|---|---|---|---|
| \`*\` | \`a\` | \`*\` | \`*\` | none |
| \`a,b\` | \`a,b\` | \`*\` | \`b\` | none |
| none | \`a\` | \`*\` | none | none |

\`subscribed\` names the filter that is then in force; its topics, joined by commas, are the \`?topics=\` that restores it
after a reconnect (\`?topics=\` with nothing is none). Query parameters that are not listed here are refused with 400.

**Heartbeat.** The server pings every 25 seconds, and a peer that misses two pongs is gone. When a token's \`exp\` is there the
socket closes with 4401, by the server's clock.

**Close codes.** What to do when the socket closes:

| code | reason | reconnect |
|---|---|---|
${Object.entries(closeCodes).map(([code, { reason, reconnect }]) => `| ${code} | ${reason} | ${reconnecting[reconnect]} |`).join('\n')}

A code of the server's own always comes with the reason above. 1005 and 1006 are never sent: they say that no close frame came.
A browser reports 1006 for a refused upgrade too, and hides its status. \`GET /api/auth/me\` with the same token tells which it was:

| its answer | what happened | what to do |
|---|---|---|
| none | the network is down | reconnect with backoff and the same token |
| 401 | the token is refused | reconnect once, with a new token |
| 429, 503 | too many requests, or an overload | wait as \`Retry-After\` says |
| 200 | a proxy, or the rule about origins, blocks the upgrade | do not hammer; tell the operator |

A peer that has stopped reading can only see 1006, whatever it was closed for: the close frame waits behind what it has not
read, and the connection is cut after 2 seconds. Its cursor resumes as after any other close.
`

/** The upgrade, which Fastify's routes hide from the document. */
export const socketPath = {
  get: {
    operationId: 'openSocket',
    summary: 'Open a socket for notifications',
    description,
    tags: [SOCKET_TAG],
    security: [{ bearer: [] }, {}],
    parameters: [
      ...Object.entries(SocketQuery.properties).map(([name, { description, ...schema }]) => ({ in: 'query', name, description, schema })),
      {
        in: 'header',
        name: 'Sec-WebSocket-Protocol',
        description: '`belfry.v1`, and `bearer.<token or ticket>` where no other header can be set.',
        schema: { type: 'string', pattern: `^${TOKEN}([ \\t]*,[ \\t]*${TOKEN})*$`, examples: ['belfry.v1, bearer.eyJhbGciOiJIUzI1NiJ9.e30.c2ln'] }
      }
    ],
    responses: {
      101: {
        description: 'The socket is open. From here on the server sends text frames, each a `ServerFrame`, and takes `ClientFrame`s.',
        content: {
          'application/json': { schema: { anyOf: [{ $ref: '#/components/schemas/ServerFrame' }, { $ref: '#/components/schemas/ClientFrame' }] } }
        }
      },
      200: { description: 'The same over HTTP/2 (RFC 8441), where a proxy speaks it: there is no 101 then.' },
      ...problems(400, 401, 403, 426)
    }
  }
}
