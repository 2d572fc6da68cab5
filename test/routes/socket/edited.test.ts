import { test } from 'tap'
import { call, hello, people, serve, type App, type Subscriber } from '../../helper.ts'

const { root, bob, carol } = people
const send = async (app: App, rest: object = {}) => (await call(app, root, 'POST', '/api/notifications/send', { ...hello, ...rest })).body.id as string
const edit = async (app: App, id: string, body: object = { title: 'New' }) => (await call(app, root, 'PATCH', `/api/broadcast/${id}`, body)).body.cursor as string
/** The edits that came, in order. */
const edits = async (socket: Subscriber) => (await socket.settled()).filter(({ type }) => type === 'notification.updated')

test('an edit comes to open sockets, and to those that resume, from memory and from the store', async t => {
  const { app, open } = await serve(t)
  const socket = await open(bob)
  const { cursor: since } = socket.frames[0]!
  const id = await send(app)
  await socket.next('notification')
  const cursor = await edit(app, id, { title: 'New', data: { a: 1 }, url: '/new' })
  const frame = await socket.next('notification.updated')
  const { created_at: at, updated_at: updatedAt } = frame.payload
  t.strictSame(frame, {
    id, type: 'notification.updated', cursor, payload: { id, title: 'New', message: hello.message, type: 'info', created_at: at, updated_at: updatedAt, url: '/new', revision: 2, data: { a: 1, topic: hello.topic } }
  })
  t.strictSame(await edits(await open(bob, `?since=${since}`)), [frame], 'from memory')
  const { recent } = app.hub
  app.hub.recent = (connection, after, upTo) => after === upTo ? recent.call(app.hub, connection, after, upTo) : undefined
  t.strictSame(await edits(await open(bob, `?since=${since}&topics=other,greetings`)), [frame], 'from the store')
  t.strictSame(await edits(await open(bob, `?since=${since}&topics=other`)), [], 'not past a filter')
})

test('it is not seen by who joined after the original: live, resuming, in the inbox', async t => {
  const { app, open } = await serve(t)
  await call(app, bob, 'GET', '/api/auth/me')
  const { body: { cursor: since } } = await call(app, bob, 'GET', '/api/notifications/me')
  const [toAll, toA] = [await send(app), await send(app, { audience: { companies: ['company_a'] } })]
  const moves = await open(carol)
  const welcome = moves.frames[0]!.cursor!
  await call(app, root, 'PATCH', '/api/users/carol', { company: 'company_a' })
  await moves.next('inbox.changed')
  const young = { sub: 'young', role: 'user', company: 'company_a' }
  const [old, joined] = [await open(bob), await open(young)]
  for (const id of [toAll, toA]) await edit(app, id)
  const since2 = await send(app, { audience: { companies: ['company_a'] } })
  await edit(app, since2)
  const seen = async (socket: Subscriber) => (await edits(socket)).map(({ payload }) => payload.id)
  t.same(await seen(old), [toAll, toA, since2])
  t.same(await seen(moves), [since2], 'carol was first seen after the first, and moved after the second')
  t.same(await seen(joined), [since2])
  t.same(await seen(await open(bob, `?since=${since}`)), [toAll, toA, since2])
  t.same(await seen(await open({ ...carol, company: 'company_a' }, `?since=${welcome}`)), [since2])
  t.same(await seen(await open(young, `?since=${since}`)), [since2])
  for (const [person, ids] of [[bob, [since2, toA, toAll]], [young, [since2]]] as const) {
    t.same((await call(app, person, 'GET', '/api/notifications/me')).body.items.map((item: { id: string }) => item.id), ids)
  }
})

test('of what was recalled, nothing is replayed but the recall', async t => {
  const { app, open } = await serve(t)
  const socket = await open(bob)
  const { cursor: since } = socket.frames[0]!
  const id = await send(app)
  await edit(app, id)
  await call(app, root, 'DELETE', `/api/broadcast/${id}`)
  const types = async (socket: Subscriber) => (await socket.settled()).map(({ type }) => type)
  t.same(await types(await open(bob, `?since=${since}`)), ['welcome', 'notification.recalled', 'caught_up'])
})
