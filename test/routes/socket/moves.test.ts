import { test } from 'tap'
import { call, hello, mint, people, serve, type App, type Subscriber } from '../../helper.ts'

const { root, bob, carol } = people
const send = (app: App, id: string, audience: object) => call(app, root, 'POST', '/api/notifications/send', { ...hello, id, audience })
const changes = async (socket: Subscriber) => (await socket.settled()).filter(({ type }) => type === 'inbox.changed').map(({ payload }) => payload)

test('who is moved by an administrator hears that the inbox changed, on every socket, and nobody else does', async t => {
  const { app, open } = await serve(t)
  const [phone, laptop, other] = [await open(bob), await open(bob, '?topics=none'), await open({ ...bob, sub: 'ben' })]
  await send(app, 'company', { companies: ['company_a'] })
  await send(app, 'role', { roles: ['user'] })
  await send(app, 'all', { all: true })
  await call(app, root, 'PATCH', '/api/users/bob', { company: null })
  await call(app, root, 'PATCH', '/api/users/bob', { role: 'guest' })
  await call(app, root, 'PATCH', '/api/users/bob', { company: 'company_a', role: 'user' })
  const told = [2, 1, 1].map(unread => ({ reason: 'membership', unread_count: unread, unseen_count: unread }))
  t.same(await changes(phone), told)
  t.same(await changes(laptop), told)
  t.same(await changes(other), [])
  await call(app, root, 'PATCH', '/api/users/bob', { username: 'robert' })
  await call(app, root, 'PATCH', '/api/users/bob', { company: 'company_a', role: 'user' })
  t.same(await changes(phone), told, 'what changes nothing is not told')
})

test('who is moved by a token hears it too, live and when it comes back, at the cursor that its count is of', async t => {
  const { app, open } = await serve(t)
  const socket = await open(bob)
  await send(app, 'company', { companies: ['company_a'] })
  const { cursor } = await socket.next('notification')
  await send(app, 'all', { all: true })
  const token = mint({ ...bob, company: 'company_b' }, { iat: Math.floor(Date.now() / 1000) + 20 })
  await call(app, null, 'GET', '/api/auth/me', undefined, { authorization: `Bearer ${token}` })
  const live = await socket.next('inbox.changed')
  t.match(live, { cursor: /^\S+$/, payload: { reason: 'membership', unread_count: 1 } })
  await send(app, 'later', { companies: ['company_b'] })
  const back = await open({ ...bob, company: 'company_b' }, `?since=${cursor}`)
  await back.next('caught_up')
  t.match(back.frames.map(({ type, id, cursor }) => [type, id, cursor]).slice(1, -1), [
    ['notification', 'all'], ['inbox.changed', undefined, live.cursor], ['notification', 'later']
  ])
  t.same(back.frames[2]!.payload, live.payload)
  const after = await open({ ...bob, company: 'company_b' }, `?since=${live.cursor}`)
  await after.next('caught_up')
  t.same(after.frames.map(({ type }) => type), ['welcome', 'notification', 'caught_up'])
})

test('a new user hears of no change', async t => {
  const { app, open } = await serve(t)
  await send(app, 'early', { users: ['carol'] })
  const socket = await open(carol)
  t.match(socket.frames[0], { payload: { unread_count: 1 } })
  t.same(await changes(socket), [])
})
