import { test } from 'tap'
import { call, clock, hello, isProblem, people, serve, type App } from '../../helper.ts'

const { root, bob, carol } = people
const toA = { audience: { companies: ['company_a'] } }
const soon = () => new Date(Date.now() + 60_000).toISOString()
const send = (app: App, rest: object) => call(app, root, 'POST', '/api/notifications/send', { ...hello, ...toA, ...rest })
const inbox = async (app: App, person: { sub: string, role?: string, company?: string }) => {
  const { body } = await call(app, person, 'GET', '/api/notifications/me')
  return { ids: body.items.map(({ id }: { id: string }) => id), unread: body.unread_count }
}

test('late_joiners wants an end, on every way of sending', async t => {
  const { app } = await serve(t)
  const answer = await send(app, { late_joiners: true })
  isProblem(t, answer, 'BLF_VALIDATION')
  t.equal(answer.body.errors[0].path, '/expires_at')
  const payload = { title: 'T', message: 'm', type: 'info', late_joiners: true }
  const broadcasted = await call(app, root, 'POST', '/api/broadcast/company/company_a', { type: 'notification', payload })
  isProblem(t, broadcasted, 'BLF_VALIDATION')
  t.equal(broadcasted.body.errors[0].path, '/payload/expires_at')
  isProblem(t, await send(app, { late_joiners: 'yes', expires_at: soon() }), 'BLF_VALIDATION')
  t.equal((await send(app, { late_joiners: false })).status, 200)
  t.equal((await send(app, { late_joiners: true, expires_at: soon(), audience: { users: ['bob'] } })).status, 200, 'of an audience that nobody joins, nothing follows')
  const sent = { id: 'once', late_joiners: true, expires_at: '2099-12-31T12:00:00Z' }
  t.equal((await send(app, sent)).status, 200)
  t.equal((await send(app, sent)).status, 200)
  isProblem(t, await send(app, { ...sent, late_joiners: false }), 'BLF_ID_CONFLICT')
  const endless = await call(app, root, 'PATCH', '/api/broadcast/once', { expires_at: null })
  isProblem(t, endless, 'BLF_VALIDATION')
  t.equal(endless.body.errors?.[0].path, '/expires_at')
})

test('who has the id of a removed user joins no audience of users', async t => {
  const time = clock(t)
  const { app } = await serve(t)
  await call(app, bob, 'GET', '/api/auth/me')
  await send(app, { late_joiners: true, expires_at: '2099-12-31T12:00:00Z', audience: { users: ['bob'] } })
  t.equal((await inbox(app, bob)).ids.length, 1)
  await app.store.removeUser('bob')
  time.forward(120_000)
  t.same(await inbox(app, bob), { ids: [], unread: 0 })
})

test('who joins is told to fetch the inbox, which has it; and gets its edits', async t => {
  const time = clock(t)
  const { app, open } = await serve(t)
  const [old, joins] = [await open(bob), await open(carol)]
  const { body: { id: late } } = await send(app, { late_joiners: true, expires_at: soon() })
  const { body: { id: other } } = await send(app, {})
  t.same(await inbox(app, bob), { ids: [other, late], unread: 2 })
  await call(app, carol, 'POST', '/api/notifications/read-all')
  await call(app, root, 'PATCH', '/api/users/carol', { company: 'company_a' })
  t.match(await joins.next('inbox.changed'), { payload: { reason: 'membership', unread_count: 1 } })
  const moved = { ...carol, company: 'company_a' }
  t.same(await inbox(app, moved), { ids: [late], unread: 1 })
  const young = await open({ sub: 'young', role: 'user', company: 'company_a' })
  t.equal(young.frames[0]!.payload.unread_count, 1)
  for (const id of [late, other]) await call(app, root, 'PATCH', `/api/broadcast/${id}`, { title: 'New' })
  const edits = async (socket: typeof old) => (await socket.settled()).flatMap(({ type, payload }) => type === 'notification.updated' ? payload.id : [])
  t.same(await Promise.all([old, joins, young].map(edits)), [[late, other], [late], [late]])
  t.same(await edits(await open({ sub: 'young', role: 'user', company: 'company_a' }, `?since=${young.frames[0]!.cursor}`)), [late], 'resuming, too')
  time.forward(61_000)
  t.same([await inbox(app, bob), await inbox(app, moved)], [{ ids: [other], unread: 1 }, { ids: [], unread: 0 }])
})
