import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { test } from 'tap'
import { bearer, call, isProblem, people, serve } from '../../helper.ts'
import { bearing, makeKey } from '../../security/accounts.ts'
import { connectStream, openStream, type StreamOptions } from '../../stream/event-stream.ts'
import { until } from '../../within.ts'

const { bob, carol } = people
const PATH = '/sse/notifications'

test('credentials are wanted, and the header counts before a ticket', async t => {
  const { app, base } = await serve(t)
  const refusal = (options: StreamOptions) => connectStream(t, base, options).refusal()
  const { body: { ticket } } = await call(app, carol, 'POST', '/api/auth/ticket')
  isProblem(t, await refusal({}), 'BLF_UNAUTHENTICATED', 'none')
  isProblem(t, await refusal({ headers: bearing('rubbish') }), 'BLF_UNAUTHENTICATED', 'a bad one')
  isProblem(t, await refusal({ headers: { authorization: 'Basic Ym9iOmJvYg==' }, path: `${PATH}?ticket=${ticket}` }), 'BLF_UNAUTHENTICATED', 'of another scheme')
  isProblem(t, await refusal({ path: `${PATH}?ticket=rubbish` }), 'BLF_UNAUTHENTICATED', 'a bad ticket')
  isProblem(t, await refusal({ headers: bearing('rubbish'), path: `${PATH}?ticket=${ticket}` }), 'BLF_UNAUTHENTICATED', 'a bad one, and a good ticket')
  t.match((await openStream(t, base, bob, `?ticket=${ticket}`)).frames[0], { payload: { user: { id: 'bob' } } })
  const byTicket = connectStream(t, base, { path: `${PATH}?ticket=${ticket}` })
  t.match(await byTicket.next('welcome'), { payload: { user: { id: 'carol' } } }, 'nobody has used it up')
  isProblem(t, await refusal({ path: `${PATH}?ticket=${ticket}` }), 'BLF_UNAUTHENTICATED', 'a ticket that was used')
})

test('an API key has no inbox, and so no stream', async t => {
  const { app, base } = await serve(t)
  const key = await makeKey(app, 'backend', ['send:all', 'inbox:read'])
  isProblem(t, await connectStream(t, base, { headers: bearing(key) }).refusal(), 'BLF_FORBIDDEN')
})

test('a query that is not valid does not use up its ticket', async t => {
  const { app, base } = await serve(t)
  const { body: { ticket } } = await call(app, bob, 'POST', '/api/auth/ticket')
  for (const query of ['nonsense=1', 'topics=a%20b', `since=${'c'.repeat(257)}`, 'device=%00', `device=${'d'.repeat(129)}`]) {
    isProblem(t, await connectStream(t, base, { path: `${PATH}?ticket=${ticket}&${query}` }).refusal(), 'BLF_VALIDATION', query.slice(0, 20))
  }
  isProblem(t, await connectStream(t, base, { headers: { 'last-event-id': 'c'.repeat(257) }, path: `${PATH}?ticket=${ticket}` }).refusal(), 'BLF_VALIDATION')
  await connectStream(t, base, { path: `${PATH}?ticket=${ticket}` }).next('welcome')
})

test('browsers open streams from this origin and from those that are allowed', async t => {
  const { base } = await serve(t, { ALLOWED_ORIGINS: 'https://app.example', PUBLIC_URL: 'https://belfry.example/path' })
  for (const origin of ['https://evil.example', 'null', 'https://app.example.evil.example']) {
    isProblem(t, await connectStream(t, base, { headers: { ...bearer(bob), origin } }).refusal(), 'BLF_FORBIDDEN_ORIGIN', origin)
  }
  for (const origin of [base, 'https://app.example', 'https://belfry.example']) await openStream(t, base, bob, '', { origin })
})

test('a ticket is good for its own origin, of which browsers say nothing if it is the server\'s', async t => {
  const { app, base } = await serve(t, { ALLOWED_ORIGINS: 'https://app.example,https://other.example', PUBLIC_URL: 'https://belfry.example' })
  const ticketOf = async (origin: string) => (await call(app, bob, 'POST', '/api/auth/ticket', undefined, { origin })).body.ticket as string
  const connectWith = async (ticketOrigin: string, headers: Record<string, string>) => connectStream(t, base, { headers, path: `${PATH}?ticket=${await ticketOf(ticketOrigin)}` })
  for (const [bought, used] of [['https://app.example', 'https://app.example'], [base, undefined], ['https://belfry.example', undefined]] as const) {
    await (await connectWith(bought, used ? { origin: used } : {})).next('welcome')
  }
  for (const [bought, used] of [['https://app.example', 'https://other.example'], ['https://app.example', undefined], [base, 'https://app.example']] as const) {
    isProblem(t, await (await connectWith(bought, used ? { origin: used } : {})).refusal(), 'BLF_UNAUTHENTICATED', `${bought} → ${used}`)
  }
})

test('streams and sockets share the limits, and a stream that ends gives its seat back', async t => {
  const { app, base, open } = await serve(t, { MAX_CONNECTIONS_PER_USER: '2', MAX_CONNECTIONS: '4' })
  const stream = await openStream(t, base, bob)
  await open(bob)
  isProblem(t, await connectStream(t, base, { headers: bearer(bob) }).refusal(), 'BLF_TOO_MANY_SOCKETS')
  stream.close()
  await until('the hub to forget it', () => app.countStreams() === 0)
  await openStream(t, base, bob)
  await openStream(t, base, carol)
  await openStream(t, base, carol)
  isProblem(t, await connectStream(t, base, { headers: bearer(people.root) }).refusal(), 'BLF_UNAVAILABLE', 'the node is full')
})

test('a stream counts as a request, and bad credentials count against their address', async t => {
  const { base } = await serve(t, { RATE_LIMIT: '2' })
  await openStream(t, base, bob)
  await openStream(t, base, bob)
  isProblem(t, await connectStream(t, base, { headers: bearer(bob) }).refusal(), 'BLF_RATE_LIMITED')
  const refused = () => connectStream(t, base, { path: `${PATH}?ticket=guess` }).refusal()
  t.same([(await refused()).status, (await refused()).status, (await refused()).status], [401, 401, 429])
})

test('a stream is opened without a body', async t => {
  const { base } = await serve(t)
  isProblem(t, await connectStream(t, base, { headers: { ...bearer(bob), 'transfer-encoding': 'chunked' } }).refusal(), 'BLF_BAD_REQUEST')
})

test('a stream shares its connection with no other request', async t => {
  const { app, base } = await serve(t)
  const head = `Host: x\r\nAuthorization: ${bearer(bob).authorization}\r\n\r\n`
  const raw = () => {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    const received = { text: '' }
    socket.setEncoding('utf8').on('data', chunk => { received.text += chunk }).on('error', () => {})
    return { socket, received }
  }
  const pipelined = raw()
  pipelined.socket.write(`GET /sse/notifications HTTP/1.1\r\n${head}GET /healthz HTTP/1.1\r\n${head}`)
  while (!pipelined.received.text.includes('"alive"') && !pipelined.received.text.includes('"status":"ok"')) await once(pipelined.socket, 'data')
  t.match(pipelined.received.text, /^HTTP\/1\.1 400 [^]*BLF_BAD_REQUEST[^]*HTTP\/1\.1 200 /, 'refused, and the other one is answered')

  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'
  const requests = [
    [`GET /healthz HTTP/1.1\r\n${head}`, 'another request'], ['GET /healthz HTTP/1.1\r\n\r\n', 'one without a host'],
    [`GET /healthz HTTP/1.1\r\nExpect: much\r\n${head}`, 'one that expects something'], [`GET /ws/notifications HTTP/1.1\r\n${upgrade}${head}`, 'an upgrade'],
    [`CONNECT a:1 HTTP/1.1\r\n${head}`, 'a tunnel'], ['\0\0garbage\r\n\r\n', 'what is no request']
  ]
  for (const [bytes, what] of requests) {
    const { socket, received } = raw()
    socket.write(`GET /sse/notifications HTTP/1.1\r\n${head}`)
    while (!received.text.includes('"welcome"')) await once(socket, 'data')
    const before = received.text
    const closed = new Promise(resolve => { socket.on('close', resolve) })
    socket.write(bytes!)
    await closed
    t.equal(received.text, before, `${what} cuts the stream, and nothing stands in it`)
  }
  await until('the hub to forget them', () => app.countStreams() === 0)
  await openStream(t, base, bob)
})
