import { test } from 'tap'
import { parseCursor } from '../../../src/protocol/cursor.ts'
import { build, call, isProblem, people, post } from '../../helper.ts'
import { pushing } from '../../outbound/push/pushing.ts'
import { Browser } from '../../outbound/push/service.ts'
import { until } from '../../within.ts'

const { root, alice, bob, carol } = people
const NOW = { pushAfterMs: 0 }

test('a notification is pushed, and its receipt delivers it and chooses an action', async t => {
  const { app, service, subscribe, send, passed } = await pushing(t, {}, NOW)
  await subscribe(bob, 'bob', { device: 'phone' })
  const actions = [{ id: 'later', label: 'Later' }, { id: 'open', label: 'Open', url: '/orders/1/now' }]
  const { id } = await send({ audience: { users: ['bob', 'carol'] }, url: '/orders/1', actions, urgency: 'high', expires_at: new Date(Date.now() + 60_000).toISOString() })
  const [pushed] = await service.received(1)
  const { receipt, tag, ...payload } = pushed!.payload
  t.same(payload, { id, title: 'Hello', message: 'Belfry is up', url: '/orders/1', actions, unread_count: 1 })
  t.match(pushed!.headers, { urgency: 'high', topic: tag, 'content-type': 'application/octet-stream' })
  t.ok(Number(pushed!.headers['ttl']) <= 60 && Number(pushed!.headers['ttl']) > 50, 'not longer than the notification lives')
  const report = async () => (await call(app, root, 'GET', `/api/reports/${id}/users/bob`)).body as Record<string, unknown>
  await passed()
  t.match(await report(), { delivered: false, channels: [{ channel: 'push', state: 'sent', at: /Z$/ }] })
  t.equal((await call(app, null, 'POST', '/api/push/receipt', { receipt, state: 'delivered' })).status, 204)
  t.match(await report(), { delivered: true, acted: false })
  isProblem(t, await call(app, null, 'POST', '/api/push/receipt', { receipt, state: 'delivered' }), 'BLF_RECEIPT_NOT_FOUND', 'once')
  isProblem(t, await call(app, null, 'POST', '/api/push/receipt', { receipt, state: 'acted', action: 'none' }), 'BLF_ACTION_NOT_FOUND')
  isProblem(t, await call(app, null, 'POST', '/api/push/receipt', { receipt, state: 'delivered', action: 'later' }), 'BLF_BAD_REQUEST')
  t.equal((await call(app, null, 'POST', '/api/push/receipt', { receipt, state: 'acted', action: 'later' })).status, 204)
  t.match(await report(), { acted: true })
  isProblem(t, await call(app, null, 'POST', '/api/push/receipt', { receipt: receipt!.slice(0, -1), state: 'acted' }), 'BLF_RECEIPT_NOT_FOUND')
  t.same(service.faults, [])
})

test('each subscription of whoever has it, and the newest of what replaces it', async t => {
  const { app, service, subscribe, send, passed } = await pushing(t, {}, NOW)
  for (const name of ['b-1', 'b-2']) await subscribe(bob, name)
  await subscribe(alice, 'a-1')
  await subscribe(carol, 'c-1')
  await send({ audience: { companies: ['company_a'] }, replace_key: 'comments' })
  await service.received(3)
  t.same(service.pushed.map(({ name }) => name).sort(), ['a-1', 'b-1', 'b-2'])
  await send({ audience: { companies: ['company_a'] }, replace_key: 'comments' })
  await service.received(6)
  t.equal(new Set(service.pushed.map(({ headers }) => headers['topic'])).size, 1, 'a push service keeps the newest of a chain')
  t.equal(new Set(service.pushed.map(({ headers }) => headers['authorization'])).size, 1, 'one token for one push service')
  await call(app, root, 'PATCH', '/api/users/bob', { company: 'company_b' })
  await call(app, root, 'DELETE', '/api/users/carol')
  await send({ audience: { companies: ['company_a', 'company_b'] } })
  await send({ audience: { users: ['carol'] } })
  await service.received(9)
  await passed()
  t.same(service.pushed.slice(6).map(({ name }) => name).sort(), ['a-1', 'b-1', 'b-2'], 'of the company where bob is now; nothing for who was removed')
})

test('nothing for what was acknowledged or read in time', async t => {
  const { app, service, subscribe, send, forward, passed } = await pushing(t)
  await subscribe(alice)
  await subscribe(bob)
  const { id, cursor } = await send()
  await send({ audience: { users: ['bob'] }, expires_at: new Date(Date.now() + 20_000).toISOString() })
  const { id: recalled } = await send({ audience: { users: ['bob'] } })
  await call(app, root, 'DELETE', `/api/broadcast/${recalled}`)
  await call(app, bob, 'PUT', `/api/notifications/${id}/read`)
  forward(29_000)
  const { seq } = parseCursor(cursor)!
  t.ok((await app.store.reader('push'))!.seq < seq, 'it waits')
  forward(1_001)
  await service.received(1)
  await passed()
  t.same(service.pushed.map(({ name, payload }) => [name, payload.id]), [['alice', id]])
})

test('what push services answer', async t => {
  const { app, service, subscribe, send, forward, passed } = await pushing(t, {}, NOW)
  for (const name of ['taken', 'gone', 'unknown', 'large', 'busy', 'broken', 'wrong']) await subscribe(bob, name)
  const first: Record<string, number> = { taken: 201, gone: 410, unknown: 404, large: 413, busy: 429, broken: 500, wrong: 403 }
  service.answer = ({ name, bytes }, response) => {
    if (name === 'large' && bytes < 1_200) return 201
    if (name === 'busy') response.setHeader('retry-after', '100')
    return first[name]
  }
  const { id } = await send({ audience: { users: ['bob'] }, message: 'x'.repeat(3_990) })
  await service.received(8)
  await passed()
  const channelsOf = async (id: string) => (await call(app, root, 'GET', `/api/reports/${id}/users/bob`)).body.channels as object[]
  const tries = () => Object.fromEntries([...Map.groupBy(service.pushed, ({ name }) => name)].map(([name, of]) => [name, of.length]))
  const once = { taken: 1, gone: 1, unknown: 1, large: 2, busy: 1, broken: 1, wrong: 1 }
  t.same(tries(), once)
  t.match(await channelsOf(id), [{ state: 'waiting' }])
  const left = ((await call(app, bob, 'GET', '/api/push/subscriptions')).body.items as { endpoint: string }[]).map(({ endpoint }) => endpoint.split('/').at(-1))
  t.same(left.sort(), ['broken', 'busy', 'large', 'taken', 'wrong'])
  t.match((await call(app, root, 'GET', '/api/events?types=delivery.failed')).body.items, [{ type: 'delivery.failed', user_id: 'bob', notification_ids: [id] }])
  first['broken'] = 201
  first['busy'] = 201
  forward(6_000)
  await service.received(9)
  t.same(tries(), { ...once, broken: 2 }, 'what has to wait waits as long as it was told')
  const [one, two] = service.pushed.filter(({ name }) => name === 'broken')
  t.same([two!.payload.id, two!.headers['topic'], two!.payload.receipt], [one!.payload.id, one!.headers['topic'], one!.payload.receipt], 'the same again')
  await call(app, bob, 'PUT', `/api/notifications/${id}/read`)
  forward(100_000)
  await passed()
  t.same(tries(), { ...once, broken: 2 }, 'and what was read meanwhile is not tried again')
  t.same(await app.store.pendingPushes(), { pending: 0, dueIn: null })
})

test('quiet hours hold pushes, and end with one summary', async t => {
  const { app, service, subscribe, send, forward, passed } = await pushing(t, {}, NOW)
  await subscribe(bob)
  await subscribe(carol)
  const soon = new Date(Date.now() + 3_600_000)
  const at = (date: Date) => date.toISOString().slice(11, 16)
  const quiet = { timezone: 'UTC', days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: at(new Date(Date.now() - 3_600_000)), to: at(soon) }
  for (const person of [bob, carol]) await call(app, person, 'PATCH', '/api/preferences/me', { quiet_hours: quiet })
  await call(app, bob, 'PATCH', '/api/preferences/me', { topics: { ads: { push: 'off' } } })
  await call(app, root, 'PUT', '/api/topics/alarms', { locked: true })
  for (const [title, topic, urgency] of [['One', 'news', 'normal'], ['Two', 'news', 'high'], ['Ad', 'ads', 'normal']] as const) await send({ title, topic, urgency, audience: { users: ['bob'] } })
  const { id } = await send({ title: 'Only', audience: { users: ['carol'] } })
  await send({ title: 'Fire', topic: 'alarms', urgency: 'high', audience: { users: ['bob'] } })
  await service.received(1)
  await passed()
  t.same(service.pushed.map(({ payload }) => payload.title), ['Fire'], 'urgent, and of a locked topic')
  t.match((await call(app, root, 'GET', `/api/reports/${id}/users/carol`)).body.channels, [{ channel: 'push', state: 'quiet', at: /Z$/ }])
  await call(app, bob, 'POST', '/api/notifications/mark', { as: 'read', ids: [service.pushed[0]!.payload.id] })
  forward(3_700_000)
  await service.received(3)
  await passed()
  const [toBob, toCarol] = ['bob', 'carol'].map(name => service.pushed.slice(1).filter(pushed => pushed.name === name))
  t.match(toBob, [{ payload: { title: '2 new notifications', message: 'Two\nOne', unread_count: 3, receipt: undefined } }])
  t.match(toCarol, [{ payload: { id, title: 'Only', receipt: /./ } }], 'a single one needs no summary')
  t.equal(service.pushed.length, 3)
})

test('a summary of very many says so', async t => {
  const { app, service, subscribe, send, forward, passed } = await pushing(t, {}, NOW)
  await subscribe(bob)
  const at = (ms: number) => new Date(Date.now() + ms).toISOString().slice(11, 16)
  await call(app, bob, 'PATCH', '/api/preferences/me', { quiet_hours: { timezone: 'UTC', days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: at(-3_600_000), to: at(3_600_000) } })
  for (let number = 1; number <= 60; number++) await send({ title: `N${number}`, audience: { users: ['bob'] } })
  await passed()
  forward(3_700_000)
  await service.received(1)
  t.match(service.pushed[0]!.payload, { title: 'More than 50 new notifications', message: 'N60\nN59\nN58\nN57\nN56\nand more', unread_count: 60 })
})

test('a reminder of what must be acknowledged is pushed again, in place of the one before; in quiet hours it waits', async t => {
  const { app, service, subscribe, send, forward, passed } = await pushing(t, {}, NOW)
  for (const person of [alice, bob, carol]) await subscribe(person)
  const { id } = await send({ audience: { users: ['alice', 'bob', 'carol'] }, acknowledge: { remind_every: 3_600, reminders: 3 } })
  await service.received(3)
  await passed()
  const of = (name: string) => service.pushed.filter(pushed => pushed.name === name)
  const minutes = (after: number) => new Date(Date.now() + after * 60_000).toISOString().slice(11, 16)
  await call(app, carol, 'PATCH', '/api/preferences/me', { quiet_hours: { timezone: 'UTC', days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: minutes(30), to: minutes(90) } })
  await call(app, alice, 'PUT', `/api/notifications/${id}/acknowledge`)
  for (const person of [bob, carol]) await call(app, person, 'PUT', `/api/notifications/${id}/read`)
  forward(3_600_001)
  await app.remindDue()
  await service.received(4)
  await passed()
  const [first, again] = of('bob')
  t.same([again!.payload.id, again!.payload.tag, again!.headers['topic']], [id, first!.payload.tag, first!.headers['topic']], 'whoever has read it is reminded; it takes the place of the one before')
  t.same([of('alice').length, of('carol').length], [1, 1], 'not who has acknowledged; and who wants quiet is left alone')
  t.not(again!.payload.receipt, first!.payload.receipt)
  for (const { payload: { receipt } } of [first!, again!]) t.equal((await call(app, null, 'POST', '/api/push/receipt', { receipt, state: 'delivered' })).status, 204, 'both can be told of')
  forward(31 * 60_000)
  await until('the reminder that waited', () => of('carol').length === 2)
  await passed()
  t.equal(of('carol')[1]!.headers['topic'], of('carol')[0]!.headers['topic'])
  t.same([of('alice').length, of('bob').length, service.faults], [1, 2, []])
})

test('a push subscription is refused that nobody could push to', async t => {
  const app = await build(t, { VAPID_SUBJECT: 'https://example.com' })
  await call(app, bob, 'GET', '/api/auth/me')
  const { endpoint, ...rest } = new Browser('https://push.example.net/1').subscription
  const register = async (body: object) => await call(app, bob, 'POST', '/api/push/subscriptions', body)
  for (const url of ['https://10.0.0.1/x', 'http://push.example.net/x', 'https://localhost/x', 'https://[::ffff:169.254.169.254]/x', 'https://a:b@push.example.net/', 'https://push.example.net:25/', 'ftp://push.example.net', 'nothing']) {
    isProblem(t, await register({ ...rest, endpoint: url }), 'BLF_URL_BLOCKED', url)
  }
  const { p256dh, auth } = rest.keys
  for (const keys of [{ p256dh: p256dh.slice(4), auth }, { p256dh: `${p256dh.slice(0, -2)}AA`, auth }, { p256dh, auth: auth.slice(2) }, { p256dh: 'BA', auth }]) {
    const answer = await register({ endpoint, ...rest, keys })
    isProblem(t, answer, 'BLF_VALIDATION', JSON.stringify(keys))
    t.match(answer.body.errors, [{ path: '/keys' }])
  }
  for (const bad of [{}, { endpoint }, { endpoint, keys: {} }, { endpoint, ...rest, more: 1 }, { endpoint, ...rest, device: '..' }, { endpoint, ...rest, expirationTime: -1 }, { endpoint: 'https://push.example.net/a b', ...rest }, { endpoint: `https://push.example.net/${'x'.repeat(2_048)}`, ...rest }]) {
    isProblem(t, await register(bad), 'BLF_VALIDATION', JSON.stringify(bad).slice(0, 60))
  }
  isProblem(t, await post(app, bob, '/api/push/subscriptions', '{'), 'BLF_BAD_JSON')
  t.equal((await register({ endpoint, ...rest, keys: { p256dh: `${p256dh}=`, auth: `${auth}==` } })).status, 201, 'padded')
  const { status, body } = await register({ endpoint, ...rest, device: 'phone' })
  t.match({ status, body }, { status: 200, body: { endpoint, device: 'phone', expires_at: null } })
  t.notOk('keys' in body)
  t.match((await call(app, bob, 'GET', '/api/push/subscriptions')).body, { items: [{ id: body.id }] })
  t.equal((await call(app, bob, 'DELETE', `/api/push/subscriptions/${body.id}`)).status, 204)
  isProblem(t, await call(app, bob, 'DELETE', `/api/push/subscriptions/${body.id}`), 'BLF_SUBSCRIPTION_NOT_FOUND')
  for (const everywhere of [false, true]) {
    t.equal((await register({ endpoint, ...rest })).status, 201)
    t.equal((await call(app, bob, 'POST', '/api/auth/logout', { everywhere })).status, 204)
    t.same((await call(app, bob, 'GET', '/api/push/subscriptions')).body, { items: [] }, 'after a logout with a token that has no session')
  }
  t.match((await call(app, bob, 'GET', '/api/push/key')).body, { key: /^B[A-Za-z0-9_-]{86}$/ })
})

test('a server without VAPID_SUBJECT says that it does not push', async t => {
  const app = await build(t)
  await call(app, bob, 'GET', '/api/auth/me')
  isProblem(t, await call(app, bob, 'GET', '/api/push/key'), 'BLF_PUSH_OFF')
  isProblem(t, await call(app, bob, 'POST', '/api/push/subscriptions', new Browser('https://push.example.net/1').subscription), 'BLF_PUSH_OFF')
  t.same((await call(app, bob, 'GET', '/api/push/subscriptions')).body, { items: [] })
  isProblem(t, await call(app, null, 'POST', '/api/push/receipt', { receipt: 'a.b.c', state: 'delivered' }), 'BLF_RECEIPT_NOT_FOUND')
})
