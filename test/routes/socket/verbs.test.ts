import { test } from 'tap'
import { call, hello, people, serve, type App } from '../../helper.ts'

const send = (app: App, id: string, rest: object = {}) => call(app, people.root, 'POST', '/api/notifications/send', { ...hello, id, ...rest })
const ids = (frames: { type: string, id?: string }[]) => frames.filter(({ type }) => type === 'notification').map(({ id }) => id)

test('ping is answered, with or without an id', async t => {
  const { open } = await serve(t)
  const bob = await open(people.bob)
  t.same(await bob.ask({ id: '1', type: 'ping' }), { type: 'pong', reply_to: '1' })
  t.same(await bob.ask({ id: '2', type: 'ping', payload: {} }), { type: 'pong', reply_to: '2' })
  bob.send({ type: 'ping' })
  t.same(await bob.next(), { type: 'pong' })
})

test('subscribe narrows to topics and widens by more, unsubscribe takes them out', async t => {
  const { app, open } = await serve(t)
  const bob = await open(people.bob)
  let asked = 0
  const ask = async (type: string, topics: string[]) => {
    const answer = await bob.ask({ id: String(asked++), type, payload: { topics } })
    t.match(answer, { type: 'subscribed', cursor: /^\S+$/ })
    return answer.payload.topics as string[]
  }
  const round = async (n: number) => {
    for (const topic of ['a', 'b', 'c']) await send(app, `${topic}${n}`, { topic })
    const { body } = await call(app, people.root, 'POST', '/api/broadcast/role/user', { type: 'notification', id: `none${n}`, payload: { title: 'a', message: 'b', type: 'info' } })
    const came = ids(await bob.settled()).filter(id => id!.endsWith(String(n)))
    t.equal(came.at(-1), body.id, 'what has no topic always comes')
    return came.slice(0, -1)
  }
  t.same(await round(1), ['a1', 'b1', 'c1'], 'everything at first')
  t.same(await ask('subscribe', ['a']), ['a'])
  t.same(await round(2), ['a2'])
  t.same(await ask('subscribe', ['c', 'a', 'c']), ['a', 'c'])
  t.same(await round(3), ['a3', 'c3'])
  t.same(await ask('unsubscribe', ['a', 'zzz']), ['c'])
  t.same(await round(4), ['c4'])
  t.same(await ask('unsubscribe', ['c']), [])
  t.same(await round(5), [])
  t.same(await ask('subscribe', ['*']), ['*'])
  t.same(await round(6), ['a6', 'b6', 'c6'])
  t.same(await ask('unsubscribe', ['a']), ['*'], 'one topic cannot be taken from everything')
  t.same(await ask('unsubscribe', ['*']), [])
  t.same(await round(7), [])
})

test('a filter is in force from the place its answer names', async t => {
  const { app, open } = await serve(t)
  const bob = await open(people.bob)
  await send(app, 'before', { topic: 'x' })
  const answer = bob.ask({ id: '1', type: 'subscribe', payload: { topics: ['a'] } })
  const { cursor } = await answer
  await send(app, 'after', { topic: 'x' })
  await send(app, 'a', { topic: 'a' })
  t.same(ids(await bob.settled()), ['before', 'a'])
  t.equal(cursor, bob.frames.find(({ id }) => id === 'before')!.cursor)
})

test('a filter may be given when opening', async t => {
  const { app, open } = await serve(t)
  const [bob, carol] = [await open(people.bob, '?topics=a,b.c'), await open(people.carol, '?topics=*')]
  for (const topic of ['a', 'b', 'b.c', 'A']) await send(app, topic, { topic })
  t.same(ids(await bob.settled()), ['a', 'b.c'])
  t.same(ids(await carol.settled()), ['a', 'b', 'b.c', 'A'])
  t.same((await bob.ask({ id: '1', type: 'subscribe', payload: { topics: ['z'] } })).payload.topics, ['a', 'b.c', 'z'])
})

test('every filter can be given when opening as it was listed, an empty one too', async t => {
  const { app, open } = await serve(t)
  const first = await open(people.bob)
  let asked = 0
  for (const [type, topics] of [['subscribe', ['b', 'a']], ['unsubscribe', ['a']], ['unsubscribe', ['*']], ['subscribe', ['*']]] as const) {
    const { payload: { topics: listed } } = await first.ask({ id: String(asked++), type, payload: { topics } })
    const again = await open(people.bob, `?topics=${listed.join(',')}`)
    t.same((await again.ask({ id: '1', type: 'unsubscribe', payload: { topics: ['zzz'] } })).payload.topics, listed, listed.join(',') || 'none')
    again.close()
  }
  const none = await open(people.bob, '?topics=')
  await send(app, 'a', { topic: 'a' })
  t.same(ids(await none.settled()), [])
})

test('marks pass a filter, a recall only with its topic', async t => {
  const { app, open } = await serve(t)
  const bob = await open(people.bob, '?topics=a')
  await send(app, 'n1', { topic: 'z' })
  await call(app, people.bob, 'PUT', '/api/notifications/n1/read')
  for (const [id, topic] of [['n2', 'a'], ['n3', 'z']]) await send(app, id!, { topic })
  for (const id of ['n1', 'n2', 'n3']) await call(app, people.root, 'DELETE', `/api/broadcast/${id}`)
  const told = (await bob.settled()).slice(1)
  t.same(told.map(({ type }) => type), ['notification.read', 'notification', 'notification.recalled'])
  t.same(told[2]!.payload.ids, ['n2'])
})

test('read, unread and delete do what REST does, for several at once', async t => {
  const { app, open } = await serve(t)
  const [one, two] = [await open(people.bob), await open(people.bob)]
  const carol = await open(people.carol)
  for (const id of ['n1', 'n2', 'n3']) await send(app, id)
  t.match(await one.ask({ id: '1', type: 'read', payload: { ids: ['n1', 'n2', 'nope', 'n1'] } }), { type: 'ok', payload: { ids: ['n1', 'n2'], missing: ['nope'], unread_count: 1 } })
  t.match(await one.ask({ id: '2', type: 'read', payload: { ids: ['n1'] } }), { type: 'ok', payload: { ids: ['n1'], unread_count: 1 } }, 'again changes nothing')
  t.match(await one.ask({ id: '3', type: 'unread', payload: { ids: ['n2'] } }), { type: 'ok', payload: { ids: ['n2'], unread_count: 2 } })
  t.match(await one.ask({ id: '4', type: 'delete', payload: { ids: ['n3', 'n1'] } }), { type: 'ok', payload: { ids: ['n3', 'n1'], unread_count: 1 } })
  const told = (await two.settled()).filter(({ type }) => type.startsWith('notification.'))
  t.match(told, [{ type: 'notification.read', payload: { ids: ['n1', 'n2'] } }, { type: 'notification.unread', payload: { ids: ['n2'] } }, { type: 'notification.deleted', payload: { ids: ['n3', 'n1'] } }])
  t.equal(told.length, 3)
  t.notOk((await one.settled()).some(({ type }) => type.startsWith('notification.')), 'the socket that did it has its answer')
  t.same((await carol.settled()).length, 4, 'the welcome and three notifications')
  t.match(await call(app, people.bob, 'GET', '/api/notifications/me'), { body: { items: [{ id: 'n2', read: false }], unread_count: 1 } })
})

test('marking nothing that is there is an error', async t => {
  const { app, open } = await serve(t)
  const bob = await open(people.bob)
  await send(app, 'to-carol', { audience: { users: ['carol'] } })
  for (const type of ['read', 'unread', 'delete']) {
    for (const id of ['to-carol', 'nowhere']) {
      t.match(await bob.ask({ id: `${type}-${id}`, type, payload: { ids: [id] } }), { type: 'error', payload: { code: 'BLF_NOTIFICATION_NOT_FOUND', detail: /^.+$/ } })
    }
  }
})

test('read_all marks everything, up to a cursor, or of a topic', async t => {
  const { app, open } = await serve(t)
  const [one, two] = [await open(people.bob), await open(people.bob)]
  const cursors: string[] = []
  for (const [id, topic] of [['n1', 'a'], ['n2', 'b'], ['n3', 'a'], ['n4', 'b']] as const) cursors.push((await send(app, id, { topic })).body.cursor)
  t.match(await one.ask({ id: '1', type: 'read_all', payload: { before: cursors[1] } }), { type: 'ok', payload: { count: 2, unread_count: 2 } })
  t.match(await two.next('inbox.read_all'), { cursor: /^\S+$/, payload: { before: cursors[1] } })
  t.match(await one.ask({ id: '2', type: 'read_all', payload: { topic: 'b' } }), { type: 'ok', payload: { count: 1, unread_count: 1 } })
  t.match(await two.next('inbox.read_all'), { payload: { topic: 'b' } })
  t.match(await one.ask({ id: '3', type: 'read_all' }), { type: 'ok', payload: { count: 1, unread_count: 0 } })
  await two.next('inbox.read_all')
  t.match(await one.ask({ id: '4', type: 'read_all', payload: {} }), { type: 'ok', payload: { count: 0, unread_count: 0 } })
  t.match(await one.ask({ id: '5', type: 'read_all', payload: { before: 'zzzzzzzz.1' } }), { type: 'error', payload: { code: 'BLF_BAD_CURSOR' } })
  t.equal((await two.settled()).filter(({ type }) => type === 'inbox.read_all').length, 3)
})

test('send does what REST does, with the same rights', async t => {
  const { open } = await serve(t)
  const [root, alice, bob, carol] = [await open(people.root), await open(people.alice), await open(people.bob), await open(people.carol)]
  const sent = await root.ask({ id: '1', type: 'send', payload: { ...hello, id: 'to-all' } })
  t.match(sent, { type: 'ok', payload: { id: 'to-all', cursor: /^\S+$/ } })
  t.match(await root.ask({ id: '2', type: 'send', payload: { ...hello, id: 'to-all' } }), { type: 'ok', payload: sent.payload }, 'a retry is one')
  t.match(await root.ask({ id: '3', type: 'send', payload: { ...hello, id: 'to-all', title: 'x' } }), { type: 'error', payload: { code: 'BLF_ID_CONFLICT' } })
  t.match(await alice.ask({ id: '4', type: 'send', payload: { ...hello, id: 'to-a', audience: { companies: ['company_a'] } } }), { type: 'ok' })
  for (const audience of [undefined, { roles: ['user'] }, { companies: ['company_b'] }, { users: ['carol'] }]) {
    t.match(await alice.ask({ id: `a-${JSON.stringify(audience)?.length}`, type: 'send', payload: { ...hello, audience } }), { type: 'error', payload: { code: 'BLF_FORBIDDEN' } })
  }
  t.match(await bob.ask({ id: '5', type: 'send', payload: { ...hello, audience: { users: ['bob'] } } }), { type: 'error', payload: { code: 'BLF_FORBIDDEN' } })
  t.same(ids(await bob.settled()), ['to-all', 'to-a'])
  t.same(ids(await carol.settled()), ['to-all'])
  t.same(ids(await root.settled()), ['to-all'], 'who sends to everyone is one of them')
})

test('rights are those of now, not of when the socket was opened', async t => {
  const { app, open } = await serve(t)
  const alice = await open(people.alice)
  const ask = (id: string) => alice.ask({ id, type: 'send', payload: { ...hello, id, audience: { companies: ['company_a'] } } })
  t.match(await ask('one'), { type: 'ok' })
  await call(app, people.root, 'PATCH', '/api/users/alice', { role: 'user' })
  t.match(await ask('two'), { type: 'error', payload: { code: 'BLF_FORBIDDEN' } })
  await call(app, people.root, 'PATCH', '/api/users/alice', { role: 'admin', company: 'company_b' })
  t.match(await ask('three'), { type: 'error', payload: { code: 'BLF_FORBIDDEN' } })
})

test('frames are worked off in their order, however fast they come', async t => {
  const { app, open } = await serve(t)
  const bob = await open(people.bob)
  await send(app, 'n1')
  for (let n = 0; n < 100; n++) bob.send({ id: String(n), type: n % 2 === 0 ? 'read' : 'unread', payload: { ids: ['n1'] } })
  const answers = []
  while (answers.length < 100) answers.push(await bob.next('ok'))
  t.same(answers.map(({ reply_to: replyTo }) => Number(replyTo)), Array.from({ length: 100 }, (_, n) => n))
  t.same(answers.map(({ payload }) => payload.unread_count), Array.from({ length: 100 }, (_, n) => n % 2))
})
