import { test, type Test } from 'tap'
import { Belfry } from '../../src/client/belfry.ts'
import { webSocket } from '../../src/client/connection/websocket.ts'
import type { Events } from '../../src/client/events.ts'
import type { BelfryOptions } from '../../src/client/options.ts'
import { sse } from '../../src/client/sse.ts'
import { HandWheel } from '../hand-wheel.ts'
import { build, call, hello as anyHello, listen, mint, people, serve, type App } from '../helper.ts'
import { within } from '../within.ts'

const { root, bob, carol } = people
const hello = { ...anyHello, priority: 'info' } as const

/** A client of a real server, and what it heard. */
function begin (t: Test, base: string, options: BelfryOptions = {}) {
  const client = new Belfry(base, { token: mint(bob), maxReconnectDelay: 500, ...options })
  t.teardown(() => client.disconnect())
  const seen: string[] = []
  client.on('notification', ({ payload: { id } }) => seen.push(id))
  /** The next event of a kind that `is` takes. */
  const next = async <K extends keyof Events>(event: K, is: (value: Events[K]) => boolean = () => true): Promise<Events[K]> => {
    const { promise, resolve } = Promise.withResolvers<Events[K]>()
    const end = client.on(event, value => { if (is(value)) resolve(value) })
    const value = await within(promise, event)
    end()
    return value
  }
  const has = async (id: string) => { if (!seen.includes(id)) await next('notification', ({ payload }) => payload.id === id) }
  client.connect()
  return { client, seen, next, has }
}

async function send (app: App, id: string): Promise<void> {
  await call(app, root, 'POST', '/api/notifications/send', { ...hello, id })
}

test('receives what is sent, and sends', async t => {
  const { base } = await serve(t)
  const { client, seen, has } = begin(t, base)
  await client.ready()
  t.equal(client.user, 'bob')
  const backend = new Belfry(base, { token: mint(root) })
  t.match(await backend.send({ ...hello, id: 'a' }), { id: 'a', cursor: /./ })
  t.match(await backend.send({ ...hello, id: 'b', send_at: '2099-01-01T00:00:00Z' }).catch(error => error), { code: 'BLF_VALIDATION', errors: [{ path: '/send_at' }] })
  t.match(await backend.broadcast({ company: 'company_a', role: 'user' }, { title: 'Hello', message: 'you', type: 'info', id: 'c' }), { status: 'success', id: 'c' })
  t.match(await backend.broadcast({ company: 'company_b' }, { title: 'Hello', message: 'not you', type: 'info' }), { status: 'success' })
  t.match(await backend.sendBatch([{ ...hello, id: 'd' }, { ...hello, title: '' }, { ...hello, id: 'e' }]), [{ id: 'd' }, { code: 'BLF_VALIDATION' }, { id: 'e' }])
  await t.rejects(backend.send({ ...hello, id: 'a', title: 'other' }), { code: 'BLF_ID_CONFLICT', id: 'a', status: 409 })
  await has('e')
  t.same(seen, ['a', 'c', 'd', 'e'])
})

test('resumes after a drain, with the server at the same address', async t => {
  const first = await build(t, { DATABASE_URL: 'sqlite::memory:' })
  const base = await listen(first)
  const { client, seen, next, has } = begin(t, base)
  await client.ready()
  await send(first, 'a')
  await has('a')
  const [{ code }] = await Promise.all([next('connecting'), first.close()])
  t.equal(code, 1012)
  const second = await build(t)
  // Another store: what the client has is of another log.
  await send(second, 'b')
  const gap = next('gap')
  await second.listen({ host: '127.0.0.1', port: Number(new URL(base).port) })
  t.equal((await gap).payload.reason, 'epoch')
  await send(second, 'c')
  await has('c')
  t.same(seen, ['a', 'c'])
})

test('a link that is cut is replayed', async t => {
  const { app, base } = await serve(t)
  const { client, seen, next, has } = begin(t, base)
  await client.ready()
  for (let round = 0; round < 5; round++) {
    const lost = next('connecting')
    app.server.closeAllConnections()
    for (const socket of app.websocketServer.clients) socket.terminate()
    t.equal((await lost).code, 1006)
    await send(app, `a${round}`)
    await send(app, `b${round}`)
    await has(`b${round}`)
  }
  t.same(seen, Array.from({ length: 5 }, (_, round) => [`a${round}`, `b${round}`]).flat())
})

test('a token is renewed before it expires', async t => {
  const wheel = new HandWheel()
  const { app, base } = await serve(t, {}, { wheel })
  const lasting = (seconds: number) => mint(bob, { exp: Math.floor(Date.now() / 1000) + seconds })
  let calls = 0
  const { client, next, has } = begin(t, base, { token: lasting(70), getToken: () => { calls++; return lasting(9_000) } })
  await client.ready()
  let losses = 0
  client.on('connecting', () => losses++)
  const renewed = next('ok')
  wheel.pass(15)
  await renewed
  wheel.pass(59)
  await send(app, 'a')
  await has('a')
  t.same([calls, losses], [1, 0], 'the first token has expired')
})

test('an expired token costs one call of getToken', async t => {
  const { base } = await serve(t)
  const expired = mint(bob, { iat: 1, exp: 2 })
  let calls = 0
  const { client, next } = begin(t, base, { token: expired, getToken: () => { calls++; return mint(bob) } })
  await client.ready()
  t.equal(calls, 1)
  const other = begin(t, base, { token: expired })
  t.equal((await other.next('disconnected')).code, 4401)
  client.setToken(mint(carol))
  await next('connected')
  t.equal(client.user, 'carol')
})

test('as many sockets as may be are not a block: it waits, and connects when there is room', async t => {
  const { base } = await serve(t, { MAX_CONNECTIONS_PER_USER: '1' })
  const first = begin(t, base)
  await first.client.ready()
  const second = begin(t, base, { transports: [webSocket, sse], minReconnectDelay: 1, maxReconnectDelay: 1 })
  const codes: string[] = []
  second.client.on('error', ({ code }) => codes.push(code))
  for (let round = 0; round < 2; round++) await second.next('error')
  t.same(codes, ['BLF_TOO_MANY_SOCKETS', 'BLF_TOO_MANY_SOCKETS'])
  first.client.disconnect()
  t.same(await second.next('connected'), { transport: 'websocket' })
})

test('what is no Belfry server says so', async t => {
  const { base } = await serve(t)
  const { next } = begin(t, `${base}/docs`)
  t.match(await next('error', ({ code }) => code !== 'network'), { code: 'BLF_ROUTE_NOT_FOUND' })
})
