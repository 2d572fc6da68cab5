/** The description of the stream in the API document. */
export const streamDescription = `The same subscription as a socket's, as Server-Sent Events over plain HTTP: for networks that let no WebSocket through, and for
clients that have an \`EventSource\` anyway. Audience, order, guarantees, limits and the rule about origins are those of
\`GET /ws/notifications\`, and so are the frames, which that call describes. A stream only sends: marks go over REST, and the topics of a
stream are those of its URL.

\`\`\`
curl -sN http://localhost:8000/sse/notifications -H "authorization: Bearer $TOKEN"
\`\`\`

\`\`\`
retry: 3402

: belfry

id: k3v9x0qa.2s
event: notification
data: {"id":"order-1742","type":"notification","cursor":"k3v9x0qa.2s","payload":{…}}
\`\`\`

**Events.** Each is a frame: \`event\` is its \`type\`, \`data\` its JSON, \`id\` its \`cursor\` if it has one. The first is \`welcome\`. A
comment comes at least every 15 seconds (\`heartbeat_interval\`): a client that hears nothing for longer should connect again.
An \`EventSource\` calls no \`onmessage\` for events with a type: use \`addEventListener\` for each.

**Credentials.** An \`Authorization: Bearer\` header, or \`?ticket=\` with a ticket of \`POST /api/auth/ticket\` for clients that can set no
header, as the \`EventSource\` of browsers. API keys have no inbox and get 403. A stream cannot renew its token:
\`token.expiring\` comes 60 seconds before it expires, then the stream ends with 4401. Open the next one with a new token and the last cursor.

**Resume.** \`?since=\` or the header \`Last-Event-ID\`, which counts if both are given. An \`EventSource\` that reconnects by
itself sends the header, but repeats its URL, in which the ticket has been used: it then gets a 401 and gives up. Close it when an
\`error\` comes, and open another one with a new ticket and as \`since\` the last cursor, of whatever frame, the \`welcome\` included:

\`\`\`
let cursor
let attempt = 0
const types = ['welcome', 'caught_up', 'gap', 'notification', 'notification.updated', 'notification.recalled', 'notification.read',
  'notification.unread', 'notification.archived', 'notification.unarchived', 'notification.deleted', 'notification.restored',
  'notification.acted', 'notification.acknowledged', 'notification.reminder', 'inbox.read_all', 'inbox.seen', 'inbox.changed', 'preferences.changed', 'subscribed', 'token.expiring']

async function listen () {
  try {
    const headers = { authorization: 'Bearer ' + token }
    const answer = await fetch('/api/auth/ticket', { method: 'POST', headers, signal: AbortSignal.timeout(10_000) })
    if (answer.status === 401) return console.error('The token has ended: log in, then listen again')
    if (!answer.ok) throw new Error('Status ' + answer.status)
    const { ticket } = await answer.json()
    const source = new EventSource('/sse/notifications?' + new URLSearchParams({ ticket, ...(cursor ? { since: cursor } : {}) }))
    for (const type of types) source.addEventListener(type, take)
    source.onerror = () => {
      source.close()
      retry()
    }
    source.addEventListener('close', ({ data }) => {
      source.close()
      const { reason, reconnect } = JSON.parse(data).payload
      if (reconnect === 'yes') retry()
      else console.error(reason + (reconnect === 'token' ? ': get a new token, then listen again' : ''))
    })
  } catch {
    retry()
  }
}

function take ({ type, data, lastEventId }) {
  cursor = lastEventId || cursor
  if (type === 'welcome') attempt = 0
  if (type === 'notification') console.log(JSON.parse(data).payload)
  // After a gap and after inbox.changed, fetch the inbox: GET /api/notifications
}

function retry () {
  setTimeout(listen, 500 + Math.random() * Math.min(30_000, 1_000 * 2 ** attempt++))
}
\`\`\`

**The end.** Where a WebSocket would be closed with a code, the stream ends with an event \`close\` (\`CloseFrame\`): its \`code\` and
\`reason\` are those of the table at \`GET /ws/notifications\`, and \`reconnect\` says what to do. A client whose connection ends without it
reconnects with backoff, from the last cursor.`
