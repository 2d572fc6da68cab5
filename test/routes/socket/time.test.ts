import { test, type Test } from 'tap'
import { HandWheel } from '../../hand-wheel.ts'
import { bearer, build, call, hello, listen, mint, people, Subscriber, type Person } from '../../helper.ts'

const seconds = () => Math.floor(Date.now() / 1000)

async function serving (t: Test) {
  const wheel = new HandWheel()
  const app = await build(t, {}, { wheel })
  const base = await listen(app)
  const open = async (headers: Record<string, string>, options: object = {}) => {
    const subscriber = new Subscriber(`${base}/ws/notifications`, { headers, ...options })
    t.teardown(() => subscriber.close())
    await subscriber.next('welcome')
    return subscriber
  }
  const until = (person: Person, left: number) => ({ authorization: `Bearer ${mint(person, { exp: seconds() + left })}` })
  return { app, wheel, open, until }
}

test('the server pings every 25 seconds', async t => {
  const { wheel, open } = await serving(t)
  const bob = await open(bearer(people.bob))
  let pings = 0
  bob.socket.on('ping', () => { pings += 1 })
  wheel.pass(24)
  await bob.settled()
  t.equal(pings, 0)
  wheel.pass(1)
  await bob.settled()
  t.equal(pings, 1)
  for (let beat = 2; beat <= 10; beat++) {
    wheel.pass(25)
    await bob.settled()
    t.equal(pings, beat, 'and who answers stays')
  }
})

test('two missed pongs end a socket', async t => {
  const { app, wheel, open } = await serving(t)
  const bob = await open(bearer(people.bob), { autoPong: false })
  wheel.pass(25)
  wheel.pass(25)
  t.match(await bob.ask({ id: '1', type: 'ping' }), { type: 'pong' }, 'it is still open, and frames of its own do not count')
  wheel.pass(25)
  t.equal((await bob.closed).code, 1006, 'cut, because nobody is there to shake hands')
  t.equal(app.hub.size, 0)
})

test('a pong in between begins the count anew', async t => {
  const { wheel, open } = await serving(t)
  const bob = await open(bearer(people.bob), { autoPong: false })
  for (let round = 0; round < 3; round++) {
    wheel.pass(50)
    bob.socket.pong()
    await bob.settled()
  }
  t.equal(bob.socket.readyState, bob.socket.OPEN)
})

test('60 seconds before its token ends a socket is told, then closed with 4401', async t => {
  const { app, wheel, open, until } = await serving(t)
  const headers = until(people.bob, 150)
  const bob = await open(headers)
  await pass(wheel, bob, 60)
  t.equal((await bob.settled()).length, 1, 'not yet')
  wheel.pass(31)
  const warning = await bob.next('token.expiring')
  const { exp } = JSON.parse(Buffer.from(headers.authorization.split('.')[1]!, 'base64url').toString()) as { exp: number }
  t.same(warning, { type: 'token.expiring', payload: { expires_at: new Date(exp * 1000).toISOString() } })
  await bob.settled()
  await call(app, people.root, 'POST', '/api/notifications/send', hello)
  t.match(await bob.next('notification'), { payload: { title: 'Hello' } }, 'until then it is a socket like any other')
  await pass(wheel, bob, 155)
  t.same(await bob.closed, { code: 4401, reason: 'credentials missing, expired or revoked' })
  t.equal(app.hub.size, 0)
})

test('a token with less than a minute left is told of at once', async t => {
  const { wheel, open, until } = await serving(t)
  const bob = await open(until(people.bob, 30))
  wheel.pass(1)
  await bob.next('token.expiring')
  await pass(wheel, bob, 31)
  t.equal((await bob.closed).code, 4401)
})

test('a new token keeps a socket open, until that one ends', async t => {
  const { wheel, open, until } = await serving(t)
  const bob = await open(until(people.bob, 61))
  wheel.pass(2)
  await bob.next('token.expiring')
  const exp = seconds() + 300
  const renewed = await bob.ask({ id: '1', type: 'auth', payload: { token: mint(people.bob, { exp }) } })
  t.same(renewed, { type: 'ok', reply_to: '1', payload: { expires_at: new Date(exp * 1000).toISOString() } })
  await pass(wheel, bob, 200)
  t.equal(bob.socket.readyState, bob.socket.OPEN)
  t.equal((await bob.settled()).filter(({ type }) => type === 'token.expiring').length, 1)
  wheel.pass(41)
  await bob.next('token.expiring')
  await pass(wheel, bob, 305)
  t.equal((await bob.closed).code, 4401)
})

test('a bad token changes nothing on a live socket', async t => {
  const { wheel, open } = await serving(t)
  const bob = await open(bearer(people.bob))
  for (const token of ['garbage', mint(people.bob, { exp: seconds() - 1 }), mint(people.bob).slice(0, -2)]) {
    t.match(await bob.ask({ id: '1', type: 'auth', payload: { token } }), { type: 'error', payload: { code: 'BLF_UNAUTHENTICATED' } })
  }
  await pass(wheel, bob, 100)
  t.match(await bob.ask({ id: '2', type: 'ping' }), { type: 'pong' })
})

test('another user\'s token is refused, and the socket stays whose it was', async t => {
  const { app, open } = await serving(t)
  const bob = await open(bearer(people.bob))
  for (const person of [people.carol, people.root]) {
    t.match(await bob.ask({ id: '1', type: 'auth', payload: { token: mint(person) } }), { type: 'error', payload: { code: 'BLF_FORBIDDEN' } })
  }
  await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, id: 'to-carol', audience: { users: ['carol'] } })
  await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, id: 'to-bob', audience: { users: ['bob'] } })
  t.same((await bob.settled()).filter(({ type }) => type === 'notification').map(({ id }) => id), ['to-bob'])
  t.match(await bob.ask({ id: '2', type: 'send', payload: hello }), { type: 'error', payload: { code: 'BLF_FORBIDDEN' } })
})

/** Lets seconds pass for a socket that answers its pings meanwhile. */
async function pass (wheel: HandWheel, subscriber: Subscriber, total: number): Promise<void> {
  for (let left = total; left > 0 && subscriber.socket.readyState === subscriber.socket.OPEN; left -= 20) {
    wheel.pass(Math.min(20, left))
    // Closed or answered: what was sent before has come.
    await Promise.race([subscriber.closed, subscriber.settled().catch(() => {})])
  }
}
