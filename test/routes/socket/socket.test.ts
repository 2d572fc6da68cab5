import { test } from 'tap'
import { bearer, build, call, hello, listen, people, subscribe, Subscriber } from '../../helper.ts'

test('a notification reaches the open sockets of its audience, and nobody else', async t => {
  const app = await build(t)
  const base = await listen(app)
  const [alice, bob, carol] = await Promise.all([people.alice, people.bob, people.carol].map(person => subscribe(t, base, person)))

  const sent = await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, audience: { companies: ['company_a'], roles: ['user'] } })
  t.equal(sent.status, 200)
  const frame = await bob!.next('notification')
  t.match(frame, { id: sent.body.id, cursor: sent.body.cursor, payload: { id: sent.body.id, title: 'Hello', read: false, data: { topic: 'greetings' } } })
  for (const other of [alice!, carol!]) t.equal((await other.settled()).length, 1, 'only the welcome')
})

test('two sockets of a user see each other\'s read, delete and read-all', async t => {
  const app = await build(t)
  const base = await listen(app)
  const one = await subscribe(t, base, people.bob)
  const two = await subscribe(t, base, people.bob)
  for (const id of ['n1', 'n2', 'n3']) await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, id })

  t.match(await one.ask({ id: '1', type: 'read', payload: { ids: ['n1'] } }), { type: 'ok', payload: { ids: ['n1'], missing: [], unread_count: 2 } })
  t.match(await two.next('notification.read'), { payload: { ids: ['n1'] } })
  t.match(await one.ask({ id: '2', type: 'delete', payload: { ids: ['n2', 'nope'] } }), { type: 'ok', payload: { ids: ['n2'], missing: ['nope'], unread_count: 1 } })
  t.match(await two.next('notification.deleted'), { payload: { ids: ['n2'] } })
  t.match(await two.ask({ id: '3', type: 'read_all' }), { type: 'ok', payload: { count: 1, unread_count: 0 } })
  t.match(await one.next('inbox.read_all'), { payload: { before: /./ } })
  t.notOk((await one.settled()).some(({ type }) => type === 'notification.read'), 'the socket that did it is not told again')
})

test('sockets that come at once are each told their own unread count', async t => {
  const app = await build(t)
  const base = await listen(app)
  const crowd = Array.from({ length: 40 }, (_, index) => ({ sub: `u${index}`, role: `role ${index % 2}`, company: `company ${index % 3}` }))
  for (const person of crowd) await call(app, person, 'GET', '/api/auth/me')
  const send = async (audience: object) => t.equal((await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, audience })).status, 200)
  await send({ all: true })
  await send({ companies: ['company 1'] })
  for (const { sub } of crowd.slice(0, 9)) await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, audience: { users: [sub] } })
  const reader = crowd.at(-1)!
  t.match(await call(app, reader, 'POST', '/api/notifications/read-all'), { status: 200, body: { unread_count: 0 } })
  await send({ roles: ['role 1'] })

  const expected = crowd.map((person, index) => {
    const beforeReadAll = person === reader ? 0 : 1 + (index % 3 === 1 ? 1 : 0) + (index < 9 ? 1 : 0)
    return beforeReadAll + index % 2
  })
  const subscribers = crowd.map(person => new Subscriber(`${base}/ws/notifications`, { headers: bearer(person) }))
  t.teardown(() => subscribers.forEach(subscriber => subscriber.close()))
  const welcomes = await Promise.all(subscribers.map(subscriber => subscriber.next('welcome')))
  t.same(welcomes.map(({ payload }) => payload.unread_count), expected)
})
