import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { test } from 'tap'
import { build, isProblem, listen, people, Subscriber, subscribe } from '../helper.ts'

test('while the server closes, requests are answered 503 as problem+json', async t => {
  const app = await build(t, { DRAIN_SECONDS: '30' })
  const base = await listen(app)
  const subscriber = await subscribe(t, base, people.bob)
  // It does not answer the close frame, so the drain goes on for as long as the test wants.
  subscriber.socket.pause()
  const closed = app.close()

  let response = await fetch(`${base}/readyz`)
  while (response.status === 200) response = await fetch(`${base}/readyz`)
  isProblem(t, { status: response.status, body: await response.json(), headers: Object.fromEntries(response.headers) }, 'BLF_UNAVAILABLE')
  t.equal(response.headers.get('connection'), 'close')
  t.equal((await fetch(`${base}/healthz`)).status, 200, 'the process still lives')
  subscriber.close()
  await closed
})

test('a socket that is not authenticated yet is told to come back too', async t => {
  const app = await build(t, { DRAIN_SECONDS: '30' })
  const pending = new Subscriber(`${await listen(app)}/ws/notifications`)
  await pending.opened()
  await app.close()
  t.equal((await pending.closed).code, 1012)
})

test('a request that never ends does not hold up the shutdown', async t => {
  const app = await build(t, { DRAIN_SECONDS: '0' })
  await listen(app)
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  const { promise: arrived, resolve } = Promise.withResolvers<void>()
  app.server.once('request', () => resolve())
  socket.write('POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{')
  await arrived
  const cut = once(socket.on('error', () => {}), 'close')
  await app.close()
  await cut
})
