import { test } from 'tap'
import { formatCursor } from '../../../src/protocol/cursor.ts'
import { call, hello, isProblem, mint, people, serve, type App, type Frame } from '../../helper.ts'

const send = async (app: App, id: string, audience: object = { all: true }, rest: object = {}) => {
  const { status, body } = await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, ...rest, id, audience })
  if (status !== 200) throw new Error(`not sent: ${status}`)
  return body.cursor as string
}
const ids = (frames: Frame[]) => frames.filter(({ type }) => type === 'notification').map(({ id }) => id)
const rest = (frames: Frame[]) => frames.slice(1)

test('every socket gets the events of its audience in log order', async t => {
  const { app, open } = await serve(t)
  const everybody = [people.root, people.alice, people.bob, people.carol, people.dave, people.erin]
  const sockets = await Promise.all(everybody.map(person => open(person)))
  const audiences = [{ all: true }, { companies: ['company_a'] }, { roles: ['user'] }, { companies: ['company_b'], roles: ['admin', 'user'] }, { users: ['bob', 'erin'] }]
  await Promise.all(Array.from({ length: 60 }, (_, n) => send(app, `n${n}`, audiences[n % audiences.length]!)))
  for (const [index, socket] of sockets.entries()) {
    const frames = rest(await socket.settled())
    const cursors = frames.map(({ cursor }) => Number.parseInt(cursor!.split('.')[1]!, 36))
    t.same(cursors, [...cursors].sort((a, b) => a - b))
    const { body } = await call(app, everybody[index]!, 'GET', '/api/notifications/me?limit=200')
    t.same(ids(frames), body.items.map(({ id }: { id: string }) => id).reverse(), 'as the inbox has them')
  }
})

test('a frame is a whole notification, as the inbox shows it', async t => {
  const { app, open } = await serve(t)
  const bob = await open(people.bob)
  await send(app, 'n1', { users: ['bob'] }, { title: 'Zeile "eins"\n🙂', data: { a: [1, { b: null }] }, expires_at: '2199-01-01T00:00:00Z' })
  const { id, type, cursor, payload } = await bob.next('notification')
  const { body: { items: [item] } } = await call(app, people.bob, 'GET', '/api/notifications/me')
  // Items say why they are in the inbox; a frame is the same for everybody and does not.
  const { reason, ...shown } = item
  t.same(reason, { via: 'user' })
  t.same({ ...payload, cursor }, shown)
  t.same({ id, type }, { id: 'n1', type: 'notification' })
})

test('a user that is moved changes audience at once, on live sockets too', async t => {
  const { app, open } = await serve(t)
  const [bob, other] = [await open(people.bob), await open({ ...people.bob, sub: 'ben' })]
  const round = async (n: number) => {
    await send(app, `a${n}`, { companies: ['company_a'] })
    await send(app, `b${n}`, { companies: ['company_b'] })
    await send(app, `admins${n}`, { companies: ['company_b'], roles: ['admin'] })
    return ids(await bob.settled()).filter(id => id!.endsWith(String(n)))
  }
  t.same(await round(1), ['a1'])
  await call(app, people.root, 'PATCH', '/api/users/bob', { company: 'company_b' })
  t.same(await round(2), ['b2'])
  await call(app, people.root, 'PATCH', '/api/users/bob', { role: 'admin' })
  t.same(await round(3), ['b3', 'admins3'])
  await call(app, people.root, 'PATCH', '/api/users/bob', { company: null, role: 'user' })
  t.same(await round(4), [])
  t.same(ids(await other.settled()), ['a1', 'a2', 'a3', 'a4'], 'others stay where they are')
})

test('a token with another company moves its user\'s live sockets, wherever it is shown', async t => {
  const { app, open } = await serve(t)
  const now = Math.floor(Date.now() / 1000)
  const bob = await open(people.bob)
  const claims = { iat: now + 20, exp: now + 900 }
  await call(app, null, 'GET', '/api/auth/me', undefined, { authorization: `Bearer ${mint({ ...people.bob, company: 'company_b' }, claims)}` })
  await send(app, 'a1', { companies: ['company_a'] })
  await send(app, 'b1', { companies: ['company_b'] })
  t.same(ids(await bob.settled()), ['b1'], 'a request\'s')
  const token = mint({ ...people.bob, company: 'company_c' }, { ...claims, iat: now + 30 })
  t.match(await bob.ask({ id: '1', type: 'auth', payload: { token } }), { type: 'ok' })
  await send(app, 'b2', { companies: ['company_b'] })
  await send(app, 'c2', { companies: ['company_c'] })
  t.same(ids(await bob.settled()), ['b1', 'c2'], 'the socket\'s own')
})

test('a removed user\'s sockets close with 4401', async t => {
  const { app, open } = await serve(t)
  const [one, two, carol] = [await open(people.bob), await open(people.bob), await open(people.carol)]
  await send(app, 'n1')
  await call(app, people.root, 'DELETE', '/api/users/bob')
  for (const socket of [one, two]) {
    t.same(await socket.closed, { code: 4401, reason: 'credentials missing, expired or revoked' })
    t.same(ids(socket.frames), ['n1'], 'what was sent before has come')
  }
  t.same(ids(await carol.settled()), ['n1'])
})

test('a socket resumes from its cursor with all that happened since, in order', async t => {
  const { app, open } = await serve(t)
  const first = await open(people.bob)
  await send(app, 'n1')
  await send(app, 'n2')
  const { cursor } = await first.next('notification')
  first.close()
  await send(app, 'n3', { users: ['bob'] })
  await send(app, 'other', { users: ['carol'] })
  await call(app, people.bob, 'PUT', '/api/notifications/n1/read')
  await call(app, people.bob, 'DELETE', '/api/notifications/n2')
  await send(app, 'n4')
  await call(app, people.root, 'DELETE', '/api/broadcast/n4')
  await call(app, people.bob, 'POST', '/api/notifications/read-all')
  const resumed = await open(people.bob, `?since=${cursor}`)
  t.equal(resumed.frames[0]!.payload.resume, 'complete')
  await resumed.next('caught_up')
  const frames = rest(await resumed.settled())
  t.match(frames, [
    { type: 'notification', id: 'n2' },
    { type: 'notification', id: 'n3' },
    { type: 'notification.read', payload: { ids: ['n1'] } },
    { type: 'notification.deleted', payload: { ids: ['n2'] } },
    { type: 'notification.recalled', payload: { ids: ['n4'] } },
    { type: 'inbox.read_all' },
    { type: 'caught_up', payload: { count: 6 } }
  ])
  t.equal(frames.length, 7)
  await send(app, 'n5')
  t.match(await resumed.next('notification'), { id: 'n5' }, 'then it is live')
})

test('resuming from where it is replays nothing; the inbox names such a place', async t => {
  const { app, open } = await serve(t)
  await open(people.bob)
  await send(app, 'n1')
  const { body: { cursor } } = await call(app, people.bob, 'GET', '/api/notifications/me')
  const bob = await open(people.bob, `?since=${cursor}`)
  t.match(await bob.next(), { type: 'caught_up', payload: { count: 0 }, cursor })
})

test('a replay keeps to the filter', async t => {
  const { app, open } = await serve(t)
  const bob = await open(people.bob)
  const { cursor } = bob.frames[0]!
  for (const topic of ['a', 'b', 'c']) await send(app, topic, { all: true }, { topic })
  const filtered = await open(people.bob, `?since=${cursor}&topics=a,c`)
  t.match(await filtered.next('caught_up'), { payload: { count: 2 } })
  t.same(ids(filtered.frames), ['a', 'c'])
})

test('sockets that open while much is sent miss nothing and get nothing twice', async t => {
  const { app, open } = await serve(t)
  const { cursor } = (await open(people.bob)).frames[0]!
  const sent = Array.from({ length: 100 }, (_, n) => send(app, `n${n}`))
  const opened = Array.from({ length: 15 }, async (_, n) => {
    await sent[n * 5]
    return await open(people.bob, `?since=${cursor}`)
  })
  await Promise.all(sent)
  const { body } = await call(app, people.bob, 'GET', '/api/notifications/me?limit=200')
  const expected = body.items.map(({ id }: { id: string }) => id).reverse()
  for (const socket of await Promise.all(opened)) {
    await socket.next('caught_up')
    t.same(ids(await socket.settled()), expected)
  }
})

test('a cursor that cannot be resumed is a gap that says why, and the socket is live', async t => {
  const { app, open } = await serve(t)
  const { cursor = '' } = (await open(people.bob)).frames[0]!
  await send(app, 'n1')
  const [epoch, seq] = cursor.split('.')
  const cursors: [string, string][] = [
    ['garbage', 'unreadable'], ['', 'unreadable'], ['%00', 'unreadable'], ['%F0%9F%99%82', 'unreadable'], [cursor.toUpperCase(), 'unreadable'], [`${epoch}.zzzzzzzzzzzz`, 'unreadable'],
    [`${epoch}.-1`, 'unreadable'], ['c'.repeat(256), 'unreadable'], [`zzzzzzzz.${seq}`, 'epoch'], [`${epoch}.zzz`, 'future']
  ]
  for (const [since, reason] of cursors) {
    const bob = await open(people.bob, `?since=${since}`)
    t.equal(bob.frames[0]!.payload.resume, 'gap', since.slice(0, 20))
    const gap = await bob.next()
    t.same(gap, { type: 'gap', cursor: formatCursor(app.store.epoch, await app.store.head()), payload: { reason } }, since.slice(0, 20))
  }
  const bob = await open(people.bob, '?since=garbage')
  await send(app, 'n2')
  t.match(await bob.next('notification'), { id: 'n2' })
  isProblem(t, await call(app, people.bob, 'GET', '/api/notifications/me?before=garbage'), 'BLF_BAD_CURSOR', 'where REST has no frame to say it in')
})
