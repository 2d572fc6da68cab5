import { once } from 'node:events'
import type { Socket } from 'node:net'
import { test, type Test } from 'tap'
import type { WebSocket } from 'ws'
import { HandWheel } from '../../hand-wheel.ts'
import { bearer, build, call, hello, listen, mint, people, Subscriber, type App } from '../../helper.ts'
import { holdReplay } from '../held-replay.ts'

const seconds = () => Math.floor(Date.now() / 1000)
const send = (app: App, id: string) => call(app, people.root, 'POST', '/api/notifications/send', { ...hello, id })

async function serving (t: Test) {
  const wheel = new HandWheel()
  const app = await build(t, {}, { wheel })
  const base = await listen(app)
  const open = (headers: Record<string, string>, query = '', options: object = {}) => {
    const subscriber = new Subscriber(`${base}/ws/notifications${query}`, { headers, ...options })
    t.teardown(() => subscriber.close())
    return subscriber
  }
  return { app, wheel, open }
}

/** Bob's socket in a replay that goes on when the test says so; one event, n1, is to be replayed. */
async function replaying (t: Test, options: object = {}) {
  const { app, wheel, open } = await serving(t)
  const first = open(bearer(people.bob))
  const { cursor } = await first.next('welcome')
  first.close()
  await first.closed
  await send(app, 'n1')
  // A move is what memory does not replay over.
  await call(app, people.root, 'PATCH', '/api/users/bob', { company: 'company_b' })
  await call(app, people.root, 'PATCH', '/api/users/bob', { company: 'company_a' })
  const { letRead: finish } = holdReplay(app)
  const bob = open({ authorization: `Bearer ${mint(people.bob, { exp: seconds() + 300 })}` }, `?since=${cursor}`, options)
  await bob.next('welcome')
  return { app, wheel, bob, finish }
}

test('however the clock gets there, a socket ends with its token', async t => {
  const { wheel, open } = await serving(t)
  const until = (left: number) => ({ authorization: `Bearer ${mint(people.bob, { exp: seconds() + left })}` })
  const [soon, later] = [open(until(900)), open(until(7200))]
  await Promise.all([soon.next('welcome'), later.next('welcome')])
  wheel.leap(3600)
  t.same(await soon.closed, { code: 4401, reason: 'credentials missing, expired or revoked' }, 'asleep for an hour, or set')
  t.equal((await later.settled()).length, 1)
  wheel.leap(-3600)
  const again = open(until(900))
  await again.next('welcome')
  wheel.leap(845)
  await again.next('token.expiring')
  wheel.leap(60)
  t.equal((await again.closed).code, 4401, 'and set back')
  t.equal(later.socket.readyState, later.socket.OPEN)
})

test('what the process itself did not hear is no missed pong', async t => {
  const { wheel, open } = await serving(t)
  const bob = open(bearer(people.bob), '', { autoPong: false })
  await bob.next('welcome')
  wheel.pass(50)
  for (let stall = 0; stall < 10; stall++) wheel.stall(80)
  t.match(await bob.ask({ id: '1', type: 'ping' }), { type: 'pong' })
  wheel.pass(25)
  t.equal((await bob.closed).code, 1006, 'what it could have heard is')
})

test('during a replay a token can be renewed and a ping is answered; the rest waits its turn', async t => {
  const { wheel, bob, finish } = await replaying(t)
  bob.send({ id: 'mark', type: 'read', payload: { ids: ['n1'] } })
  const exp = seconds() + 900
  t.match(await bob.ask({ id: 'renew', type: 'auth', payload: { token: mint(people.bob, { exp }) } }), { type: 'ok', payload: { expires_at: new Date(exp * 1000).toISOString() } })
  t.match(await bob.ask({ id: 'other', type: 'auth', payload: { token: mint(people.carol) } }), { type: 'error', payload: { code: 'BLF_FORBIDDEN' } })
  t.match(await bob.ask({ id: 'ping', type: 'ping' }), { type: 'pong' })
  wheel.leap(600)
  t.match(await bob.ask({ id: 'still', type: 'ping' }), { type: 'pong' }, 'the first token has ended')
  t.notOk(bob.frames.some(({ reply_to: replyTo }) => replyTo === 'mark'))
  finish()
  await bob.next('caught_up')
  t.match(await bob.next(), { type: 'ok', reply_to: 'mark' })
})

test('what is answered beside a mark does not end its wait', async t => {
  const { app, open } = await serving(t)
  const bob = open(bearer(people.bob))
  await bob.next('welcome')
  await send(app, 'n1')
  await bob.next('notification')
  const [{ promise: isMarking, resolve: onMarking }, { promise: mayMark, resolve: letMark }] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const { mark } = app.store
  app.store.mark = async (...args) => {
    onMarking()
    await mayMark
    return await mark(...args)
  }
  bob.send({ id: 'mark', type: 'read', payload: { ids: ['n1'] } })
  await isMarking
  await send(app, 'n2')
  t.match(await bob.ask({ id: 'ping', type: 'ping' }), { type: 'pong' })
  t.notOk(bob.frames.some(({ id }) => id === 'n2'), 'its events are still held')
  letMark()
  const rest = [await bob.next(), await bob.next()]
  t.same(rest.map(({ id, reply_to: replyTo }) => id ?? replyTo).sort(), ['mark', 'n2'])
})

test('while a socket is not read because much waits, its pongs are not missed', async t => {
  const { app, wheel, bob, finish } = await replaying(t)
  for (let index = 0; index < 200; index++) bob.send({ id: `f${index}`, type: 'unread', payload: { ids: ['n1'] } })
  const client = [...app.websocketServer.clients].at(-1) as WebSocket & { _socket: Socket }
  if (!client.isPaused) await once(client._socket, 'pause')
  wheel.pass(200)
  finish()
  await bob.next('caught_up')
  for (let index = 0; index < 200; index++) t.match(await bob.next(), { reply_to: `f${index}` })
})
