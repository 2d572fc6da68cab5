import { test } from 'tap'
import { build, call, hello, listen, people, subscribe } from '../helper.ts'

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
