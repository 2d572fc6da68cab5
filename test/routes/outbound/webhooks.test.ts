import { test, type Test } from 'tap'
import { bearer, build, call, clock, hello, isProblem, people, type Answer } from '../../helper.ts'
import { ALLOWING, isSigned, Receiver } from '../../outbound/receiver.ts'
import { until } from '../../within.ts'

const { root, alice, bob, carol, dave } = people

async function open (t: Test, env: Record<string, string> = {}) {
  const app = await build(t, { ...ALLOWING, ...env })
  for (const person of [root, alice, bob, carol, dave]) await call(app, person, 'GET', '/api/auth/me')
  const receiver = await Receiver.open(t)
  const create = async (overrides: object = {}, by: Parameters<typeof call>[1] = root) => {
    const { status, body } = await call(app, by, 'POST', '/api/webhooks', { url: receiver.url, types: ['notification.sent', 'notification.read'], ...overrides })
    t.equal(status, 201, JSON.stringify(body))
    return body as { id: string, secret: string, [field: string]: unknown }
  }
  const send = async (overrides: object = {}) => (await call(app, root, 'POST', '/api/notifications/send', { ...hello, ...overrides })).body as { id: string, cursor: string }
  const attempts = async (id: string, state: string) => (await call(app, root, 'GET', `/api/webhooks/${id}/attempts?state=${state}`)).body.items as Record<string, unknown>[]
  return { app, receiver, create, send, attempts }
}

test('a webhook is called for what happens, signed, without a text', async t => {
  const { app, receiver, create, send, attempts } = await open(t)
  const { id, secret, ...webhook } = await create()
  t.match(webhook, { url: receiver.url, types: ['notification.sent', 'notification.read'], company: null, ordered: false, state: 'active', disabled_reason: null, created_at: /Z$/ })
  t.match(secret, /^whsec_[\w+/]{43}=$/)
  const sent = await send({ id: 'n-1' })
  await call(app, bob, 'PUT', '/api/notifications/n-1/read')
  await call(app, bob, 'PUT', '/api/notifications/n-1/unread')
  const calls = await receiver.received(2)
  const [first] = [...calls].sort((a, b) => b.body.type.localeCompare(a.body.type))
  t.match(first!.body, { type: 'notification.sent', timestamp: /Z$/, data: { cursor: sent.cursor, type: 'notification.sent', notification_ids: ['n-1'], topic: hello.topic } })
  t.equal(first!.body.timestamp, first!.body.data['at'])
  t.match(first!.headers, { 'content-type': 'application/json', 'webhook-timestamp': /^\d{10}$/, 'user-agent': 'Belfry' })
  t.match(first!.headers['webhook-id'], new RegExp(`^${id}_${app.store.epoch}_\\d+$`))
  t.notMatch(first!.headers['webhook-id'], /\./)
  for (const one of calls) {
    t.ok(isSigned(one, secret))
    t.notOk(isSigned({ ...one, text: one.text.replace('n-1', 'n-2') }, secret), 'not for another body')
    t.notMatch(one.text, new RegExp(hello.title))
  }
  await until('both to be written down', async () => (await attempts(id, 'delivered')).length === 2)
  t.match(await attempts(id, 'delivered'), [{ n: 1, status: 200, state: 'delivered', webhook_id: /^/ }, {}])
  t.same((await attempts(id, 'pending')).length, 0)
  const shown = await call(app, root, 'GET', `/api/webhooks/${id}`)
  t.notMatch(JSON.stringify([shown.body, (await call(app, root, 'GET', '/api/webhooks')).body]), /whsec|secret/)
})

test('calls are signed with the store\'s time, whatever the clock of the node says', async t => {
  const { app, receiver, create, send } = await open(t)
  const { store } = app
  const reader = store.reader.bind(store)
  // Ten minutes ahead of this node.
  t.capture(store, 'reader', async name => {
    const state = await reader(name)
    return state && { ...state, now: state.now + 600_000 }
  })
  await create()
  await send()
  const [one] = await receiver.received(1)
  t.ok(Number(one!.headers['webhook-timestamp']) * 1_000 > Date.now() + 500_000)
})

test('what failed is pending, is tried again, and may be delivered again on demand', async t => {
  const time = clock(t)
  const { app, receiver, create, send, attempts } = await open(t)
  const { id } = await create()
  receiver.answer = response => { response.writeHead(500).end() }
  const { cursor } = await send()
  await until('it to be pending', async () => (await attempts(id, 'pending')).length === 1)
  const [pending] = await attempts(id, 'pending')
  const before = `${app.store.epoch}.${(Number.parseInt(cursor.split('.')[1]!, 36) - 1).toString(36)}`
  t.match(pending, { n: 1, status: 500, error: 'answered 500', state: 'pending', next_at: /Z$/, replay_since: before })
  receiver.answer = response => response.end()
  time.forward(6_000)
  await receiver.received(2)
  t.equal(receiver.calls[0]!.headers['webhook-id'], receiver.calls[1]!.headers['webhook-id'])
  t.equal(receiver.calls[0]!.text, receiver.calls[1]!.text)
  await until('it to be delivered', async () => (await attempts(id, 'delivered')).length === 1)
  t.match(await attempts(id, 'delivered'), [{ n: 2, webhook_id: pending!['webhook_id'] }])
  t.match(await call(app, root, 'POST', `/api/webhooks/${id}/replay`, { since: before }), { status: 200, body: { message: 'Replay started', cursor: before } })
  await receiver.received(3)
  t.equal(receiver.calls[2]!.headers['webhook-id'], receiver.calls[0]!.headers['webhook-id'])
  for (const since of ['zzzzzzzz.1', `${app.store.epoch}.zzzz`, 'x']) isProblem(t, await call(app, root, 'POST', `/api/webhooks/${id}/replay`, { since }), 'BLF_BAD_CURSOR', since)
})

test('what retention removed before it was called for is said to be missed', async t => {
  const time = clock(t)
  const { app, receiver, create, send } = await open(t, { RETENTION_DAYS: '1' })
  const { id, ...created } = await create({ company: null })
  t.match(created, { missed: 0, company: null, missed_at: null, failing_since: null })
  const patch = async (state: string) => await call(app, root, 'PATCH', `/api/webhooks/${id}`, { state })
  await patch('disabled')
  await send()
  await send()
  time.forward(2 * 86_400_000)
  const { id: kept } = await send()
  const { floor: before } = (await app.store.reader(`webhook/${id}`))!
  await app.sweep()
  const { seq, floor } = (await app.store.reader(`webhook/${id}`))!
  t.ok(floor > before && floor > seq, 'it has fallen off')
  await patch('active')
  const [one] = await receiver.received(1)
  t.same(one!.body.data['notification_ids'], [kept], 'it goes on after them')
  const shown = (await call(app, root, 'GET', `/api/webhooks/${id}`)).body
  t.match(shown, { missed: floor - seq, missed_at: /Z$/ })
  const { body } = await app.inject({ url: '/metrics', headers: bearer(root) })
  t.match(body, new RegExp(`^belfry_webhook_missed_events_total ${floor - seq}$`, 'm'))
  const replay = await call(app, root, 'POST', `/api/webhooks/${id}/replay`, { since: `${app.store.epoch}.${(floor - 1).toString(36)}` })
  isProblem(t, replay, 'BLF_BAD_CURSOR')
  t.match(replay.body, { detail: /^Retention has removed events after this cursor/ })
})

test('Retry-After is honoured', async t => {
  const { receiver, create, send, attempts } = await open(t)
  const { id } = await create()
  receiver.answer = response => { response.writeHead(503, { 'retry-after': '3600' }).end() }
  await send()
  await until('it to be pending', async () => (await attempts(id, 'pending')).length === 1)
  const [{ next_at: next, at }] = await attempts(id, 'pending') as [{ next_at: string, at: string }]
  t.equal(Date.parse(next) - Date.parse(at), 3_600_000)
})

test('a 410 disables it, and others are told; made active, it goes on', async t => {
  const { app, receiver, create, send } = await open(t)
  const watching = await create({ types: ['webhook.disabled', 'delivery.failed'] })
  const { id } = await create({ types: ['notification.sent'], ordered: true })
  receiver.answer = (response, { body }) => { response.writeHead(body.type === 'notification.sent' ? 410 : 200).end() }
  await send()
  await send({ id: 'second' })
  await until('the other to be told', () => receiver.types.includes('webhook.disabled'))
  t.equal(receiver.calls.find(({ body }) => body.type === 'webhook.disabled')!.body.data['webhook_id'], id)
  t.match((await call(app, root, 'GET', `/api/webhooks/${id}`)).body, { state: 'disabled', disabled_reason: 'gone' })
  receiver.answer = response => response.end()
  t.match((await call(app, root, 'PATCH', `/api/webhooks/${id}`, { state: 'active' })).body, { state: 'active', disabled_reason: null })
  isProblem(t, await call(app, root, 'PATCH', `/api/webhooks/${id}`, {}), 'BLF_VALIDATION')
  const test = await call(app, root, 'POST', `/api/webhooks/${id}/test`)
  t.match(test, { status: 200, body: { state: 'delivered', status: 200 } })
  t.match((await call(app, root, 'PATCH', `/api/webhooks/${watching.id}`, { state: 'disabled' })).body, { state: 'disabled', disabled_reason: 'manual' })
  t.equal((await call(app, root, 'DELETE', `/api/webhooks/${id}`)).status, 204)
  isProblem(t, await call(app, root, 'DELETE', `/api/webhooks/${id}`), 'BLF_WEBHOOK_NOT_FOUND')
})

test('a 410 ends it for all that is due, but for the eight calls that are under way', async t => {
  const { app, receiver, create, send, attempts } = await open(t)
  const { id } = await create({ types: ['notification.sent'] })
  const become = async (state: 'active' | 'disabled') => t.match(await call(app, root, 'PATCH', `/api/webhooks/${id}`, { state }), { status: 200 })
  const isGone = async () => (await call(app, root, 'GET', `/api/webhooks/${id}`)).body.disabled_reason === 'gone'
  receiver.answer = response => { response.writeHead(410).end() }
  await become('disabled')
  for (let number = 0; number < 30; number++) await send({ id: `n-${number}` })
  await become('active')
  await until('it to be disabled', isGone)
  t.equal(receiver.calls.length, 8)
  await become('active')
  await until('it to be disabled again', isGone)
  t.equal(receiver.calls.length, 16, 'it asks again, as it was told to')
  receiver.answer = response => response.end()
  await become('active')
  await until('the rest to be delivered', async () => (await attempts(id, 'delivered')).length === 14)
})

test('while a secret is rotated, both sign', async t => {
  const { app, receiver, create } = await open(t)
  const { id, secret } = await create()
  const { secret: next } = (await call(app, root, 'POST', `/api/webhooks/${id}/rotate`)).body
  t.not(next, secret)
  await call(app, root, 'POST', `/api/webhooks/${id}/test`)
  const [one] = await receiver.received(1)
  t.match(one!.headers['webhook-signature'], /^v1,\S+ v1,\S+$/)
  t.same([isSigned(one!, secret), isSigned(one!, next)], [true, true])
  t.match(one!.body, { type: 'webhook.test', data: { type: 'webhook.test', webhook_id: id } })
})

test('a company\'s is called for what is the company\'s', async t => {
  const { app, receiver, create, send } = await open(t)
  const own = await create({ types: ['notification.sent'] }, alice)
  t.equal(own['company'], 'company_a')
  await send({ id: 'to-all' })
  await send({ id: 'to-b', audience: { companies: ['company_b'] } })
  await send({ id: 'to-a', audience: { companies: ['company_a'] } })
  await receiver.received(1)
  t.same(receiver.calls.map(({ body }) => body.data['notification_ids']), [['to-a']])
  isProblem(t, await call(app, alice, 'POST', '/api/webhooks', { url: receiver.url, types: ['notification.sent'], company: 'company_b' }), 'BLF_FORBIDDEN')
  for (const [method, path] of [['GET', ''], ['PATCH', ''], ['DELETE', ''], ['POST', '/rotate'], ['POST', '/test'], ['GET', '/attempts'], ['POST', '/replay']] as const) {
    const body = method === 'PATCH' ? { ordered: true } : path === '/replay' ? { since: `${app.store.epoch}.0` } : undefined
    isProblem(t, await call(app, dave, method, `/api/webhooks/${own.id}${path}`, body), 'BLF_FORBIDDEN', `${method} ${path}`)
    isProblem(t, await call(app, dave, method, `/api/webhooks/none${path}`, body), 'BLF_FORBIDDEN', `${method} ${path} of none`)
  }
  t.same((await call(app, dave, 'GET', '/api/webhooks')).body, { items: [], next_after: null })
  t.same((await call(app, alice, 'GET', '/api/webhooks')).body.items.length, 1)
  const more = await create()
  const page = (await call(app, root, 'GET', '/api/webhooks?limit=1')).body
  t.same([page.items[0].id, page.next_after], [own.id, own.id])
  t.same((await call(app, root, 'GET', `/api/webhooks?after=${page.next_after}`)).body.items.map(({ id }: { id: string }) => id), [more.id])
})

test('an address inside is refused, and nothing else tells what is there', async t => {
  const { app, create } = await open(t)
  const { id } = await create()
  for (const url of ['https://169.254.169.254/latest', 'https://[::ffff:10.0.0.1]', 'https://2130706434', 'http://8.8.8.8', 'https://u:p@example.com', 'https://example.com:25', 'nonsense']) {
    for (const answer of [await call(app, root, 'POST', '/api/webhooks', { url, types: ['notification.sent'] }), await call(app, root, 'PATCH', `/api/webhooks/${id}`, { url })] satisfies Answer[]) {
      isProblem(t, answer, 'BLF_URL_BLOCKED', url)
    }
  }
  const closed = await build(t)
  isProblem(t, await call(closed, root, 'POST', '/api/webhooks', { url: 'https://localhost', types: ['notification.sent'] }), 'BLF_URL_BLOCKED', 'without OUTBOUND_ALLOW')
  isProblem(t, await call(app, root, 'POST', '/api/webhooks', { url: 'https://example.com', types: ['nothing'] }), 'BLF_VALIDATION')
})

test('at the end of a node, what is under way is waited for, and done once', async t => {
  const { app, receiver, create, send } = await open(t)
  await create()
  const answering = Promise.withResolvers<() => void>()
  receiver.answer = response => answering.resolve(() => response.end())
  await send()
  const answer = await answering.promise
  const closing = app.close()
  answer()
  await closing
  t.equal(receiver.calls.length, 1)
})
