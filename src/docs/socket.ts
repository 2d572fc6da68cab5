import { closeCodes, reconnecting } from '../protocol/close-codes.ts'
import { problems } from '../../schemas/problem.ts'
import { SocketQuery } from '../../schemas/socket/socket-query.ts'

const SOCKET_TAG = 'websocket'
/** RFC 9110 §5.6.2. */
const TOKEN = '[!#$%&\'*+.^_`|~0-9A-Za-z-]+'
/** A tag of schemas, not of routes: ReDoc gives each frame a section under it. */
export const FRAME_TAG = 'websocket frames'

export const socketTags = [
  { name: SOCKET_TAG, description: 'Notifications as they are sent.' },
  { name: FRAME_TAG, description: 'Every frame that the server or a client sends.' }
]

/** What clients of a socket have to know: parts that begin with a bold title. */
export const socketGuide = `**Credentials.** The first of these that is present counts: an \`Authorization: Bearer\` header; the subprotocols
\`belfry.v1\` and \`bearer.<token>\` (the answer selects \`belfry.v1\`); \`?ticket=\` with a ticket of
\`POST /api/auth/ticket\`; an \`auth\` frame as the first message, within 5 seconds. A \`token.expiring\` comes 60 seconds
before the token expires; an \`auth\` frame with a new token keeps the socket open. Browsers may connect from this
server's origin and from those in \`ALLOWED_ORIGINS\`.

**Frames.** The first is \`welcome\`. Every client frame is answered by \`ok\`, \`subscribed\`, \`pong\` or \`error\`,
which repeat its \`id\` as \`reply_to\`. Answers come in the order of the frames, except that \`auth\` and \`ping\` are
answered at once, even during a replay. When a user reads or deletes something, or changes any other state, the user's
other sockets get an event.

**Nothing is missed.** Keep the \`cursor\` of the last frame that had one, of whatever type, and reconnect with
\`?since=<cursor>\`: the missed events come first, then \`caught_up\`, then new events. Events come in the order of the
log and at least once: drop those that you have, by \`id\` or \`cursor\`. A \`gap\` comes instead of \`caught_up\` if the
cursor is too old or of another log, or if retention overtook the replay: fetch the inbox; newer events follow from the
\`cursor\` of the \`gap\` on.

**Counts.** An \`unread_count\` and an \`unseen_count\` are exact at the \`cursor\` beside them: in \`ok\`, in the events of the user's own marks
(\`notification.read\`, \`.unread\`, \`.deleted\`, \`.archived\`, \`.unarchived\`, \`.restored\`, \`.acted\`, \`inbox.read_all\`, \`inbox.seen\`) and in
\`inbox.changed\`. To keep the counts:

- While a socket is open, take counts from its frames alone, in the order in which they come. Ignore those of answers
  to marks over REST, which may be older or newer than the next frame: every mark is a frame too.
- The count of \`welcome\` includes what is replayed. It holds from \`caught_up\` on; until then count nothing.
- What is recalled while a replay runs, or before it could be sent, does not come, but counts at its place in the log: its
  \`notification.recalled\` comes later, for an id that you never had. It may have been unread: ask for the count, as below.
- From then on a \`notification\` adds one to both, because it is unread and unseen, and a frame that has counts replaces both. Events
  that early versions stored have no \`unseen_count\`, or neither: what a frame does not have, it did not change.
- An \`inbox.changed\` may have no counts where several users joined or left a group at once, and has none if a group of more than 1,000
  members was removed: ask for them.
- Three things lower them without a count: \`notification.recalled\`, the \`expires_at\` of a notification, for which there is
  no frame, and retention, for which there is none either (at one cursor the counts are then lower than before). A client
  that holds the whole inbox subtracts what was unread. Any other asks
  \`GET /api/notifications/me/unread-count\` (again, if a frame of the list above comes before the answer), or takes the
  counts of the next \`welcome\`.

The counts are of the whole inbox: a socket with a topic filter does not see every notification that is counted, and knows
them only when a frame has them.

**Seen.** \`unseen_count\` is what is active after the \`seen\` cursor, read or not: for the number on a bell, which opening the list
resets while the notifications stay unread. Reading, marking as unread and choosing an action leave it as it is; archiving and deleting
lower it where the notification came after the \`seen\` cursor, and \`unarchive\` and \`restore\` raise it again.

**States.** An event of the user's own marks says what happened to \`ids\`, whichever device did it. \`notification.restored\` also says
which of them are \`archived\` again: put those into the archive, and the others into the list. \`notification.acted\` comes once for a
notification, for the action that was chosen first; items of an inbox have it as \`acted\`. It may be an action that an edit has taken away:
show that the notification was acted on, and none of its buttons as open.

**Deliveries.** A client that names its \`device\` in the query says with \`ack\` how far it has come: with the \`cursor\` of the newest
frame that it has kept. So reports say who got a notification. An \`ack\` covers what the socket was sent since its \`welcome\`, or since
a \`gap\`; where something may be missing, because of a topic filter, it is refused with BLF_ACK_INVALID. It is answered once it is
written, the first of a socket at once and later ones at most every five seconds a device, and holds up no other frame. Who
reconnects with \`since\` goes on without a hole.

**Edits.** \`notification.updated\` has the whole notification as it is now, but for whether it is read, which stays. Of
several revisions of one notification, the highest holds: a \`notification\` that is replayed may have a \`revision\` already,
and the edits that led to it still follow. Ignore an edit of what you do not show. An edit changes no count, unless it
changes \`expires_at\`. Edits and recalls come to whoever has the notification, past no topic filter that keeps the notification
itself away, and not to those who joined its audience later; also to users who deleted or archived it: ignore an edit of what you
deleted.

**Marks.** An \`ok\` comes in the order of the log: every event that was committed before it has come. The \`before\` of
\`inbox.read_all\` is the cursor of the newest notification that became read: it and all older ones are read, or only those
of \`topic\` if there is one. A mark with \`since\` leaves what was changed after that cursor, in the same way, as it is: so one that is
sent again on the next socket, or late, does not undo what was done meanwhile.

**Topics.** A topic filter is everything (\`*\`, at first) or a list of topics. Notifications without a topic always come.

| filter | \`subscribe\` \`a\` | \`subscribe\` \`*\` | \`unsubscribe\` \`a\` | \`unsubscribe\` \`*\` |
|---|---|---|---|---|
| \`*\` | \`a\` | \`*\` | \`*\` | none |
| \`a,b\` | \`a,b\` | \`*\` | \`b\` | none |
| none | \`a\` | \`*\` | none | none |

\`subscribed\` has the filter that is then in force; its topics, joined by commas, are the \`?topics=\` that restores it
after a reconnect (an empty \`?topics=\` is none). Query parameters that are not listed here are refused with 400.

**Heartbeat.** The server pings every 25 seconds and closes a socket that missed two pongs. When the token expires, by the
server's clock, the socket closes with 4401.

**Close codes.** What to do when the socket closes:

| code | reason | reconnect |
|---|---|---|
${Object.entries(closeCodes).map(([code, { reason, reconnect }]) => `| ${code} | ${reason} | ${reconnecting[reconnect]} |`).join('\n')}

The server sends each code with the reason above. Nobody sends 1005 and 1006: clients report them when no close frame came.
A browser also reports 1006 when the upgrade was refused, and hides the status. Ask \`GET /api/auth/me\` with the same token:

| its answer | what happened | what to do |
|---|---|---|
| none | the network is down | reconnect with backoff and the same token |
| 401 | the token is refused | reconnect once, with a new token |
| 429, 503 | too many requests, or an overload | wait as \`Retry-After\` says |
| 200 | the upgrade itself was refused | ask \`GET /ws/notifications\`, without an upgrade, with the same token |

and the second question, which is answered as the upgrade would be:

| its answer | what happened | what to do |
|---|---|---|
| 429, 503 | as many sockets are open as may be, or the server shuts down | wait as \`Retry-After\` says |
| 426, any other | a proxy, or the rule about origins, blocks the upgrade | do not retry; tell the operator |

A client that has stopped reading sees 1006, whatever the reason was: the close frame waits behind data that it has not
read, and the connection is cut after 2 seconds. It resumes from its cursor as after any other close.`

const description = `An upgrade to WebSocket (RFC 6455), which this page cannot try. Each frame is a text with one JSON object;
\`ServerFrame\` and \`ClientFrame\` list them all, and \`/asyncapi\` says which frame answers which.

\`\`\`
const url = 'ws://localhost:8000/ws/notifications'
const socket = new WebSocket(url, ['belfry.v1', 'bearer.' + token])
socket.onmessage = ({ data }) => console.log(JSON.parse(data))
\`\`\`

${socketGuide}
`

/** The upgrade in the document: @fastify/swagger leaves WebSocket routes out. */
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
        description: '`belfry.v1`, and `bearer.<token or ticket>` for clients that can set no other header.',
        schema: { type: 'string', pattern: `^${TOKEN}([ \\t]*,[ \\t]*${TOKEN})*$`, examples: ['belfry.v1, bearer.eyJhbGciOiJIUzI1NiJ9.e30.c2ln'] }
      }
    ],
    responses: {
      101: {
        description: 'The socket is open. The server sends text frames, each a `ServerFrame`, and takes `ClientFrame`s.',
        content: {
          'application/json': { schema: { anyOf: [{ $ref: '#/components/schemas/ServerFrame' }, { $ref: '#/components/schemas/ClientFrame' }] } }
        }
      },
      200: { description: 'The socket is open, through a proxy that speaks HTTP/2 (RFC 8441), which has no 101.' },
      ...problems(400, 401, 403, 426)
    }
  }
}
