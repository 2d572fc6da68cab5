import { test, type Test } from 'tap'
import { build, call, clock, hello, isProblem, listen, people, subscribe, type Answer, type App, type Person } from '../../helper.ts'

const send = (app: App, body: object, { person = people.root as Person, key }: { person?: Person, key?: string } = {}) => {
  return call(app, person, 'POST', '/api/notifications/send', { ...hello, ...body }, key === undefined ? {} : { 'idempotency-key': key })
}
const outcome = ({ status, body }: Answer) => ({ status, body })
const count = async (app: App) => (await call(app, people.root, 'GET', '/api/notifications/me?limit=200')).body.items.length as number

/** An application whose sender is there to see what it sends. */
async function ready (t: Test): Promise<App> {
  const app = await build(t)
  await call(app, people.root, 'GET', '/api/auth/me')
  return app
}

test('a retry with the same id gets the first answer, and nothing is stored or delivered twice', async t => {
  const app = await ready(t)
  const bob = await subscribe(t, await listen(app), people.bob)
  const first = await send(app, { id: 'order-7', data: { a: 1, b: 2 } })
  t.match(first, { status: 200, body: { id: 'order-7' } })
  t.same(outcome(await send(app, { id: 'order-7', data: { b: 2, a: 1 } })), outcome(first))
  t.same(outcome(await send(app, { id: 'order-7', data: { a: 1, b: 2 }, audience: { all: true } })), outcome(first), 'saying what is the default changes nothing')
  for (const spelled of [{ urgency: 'normal' }, { actions: [] }, { audience: { all: true, not: { users: [] } } }, { late_joiners: false, urgency: 'normal', actions: [] }]) {
    t.same(outcome(await send(app, { id: 'order-7', data: { a: 1, b: 2 }, ...spelled })), outcome(first), JSON.stringify(spelled))
  }
  isProblem(t, await send(app, { id: 'order-7', data: { a: 1, b: 2 }, urgency: 'high' }), 'BLF_ID_CONFLICT')
  t.equal(await count(app), 1)
  t.equal((await bob.settled()).filter(({ type }) => type === 'notification').length, 1)
})

test('the same id with other content is a conflict', async t => {
  const app = await ready(t)
  await send(app, { id: 'order-7' })
  const others = [{ title: 'x' }, { message: 'x' }, { priority: 'error' }, { topic: 'x' }, { data: { x: 1 } }, { audience: { roles: ['user'] } }, { expires_at: '2199-01-01T00:00:00Z' }]
  for (const other of others) isProblem(t, await send(app, { id: 'order-7', ...other }), 'BLF_ID_CONFLICT', JSON.stringify(other))
  await call(app, { sub: 'second', role: 'admin' }, 'GET', '/api/auth/me')
  isProblem(t, await send(app, { id: 'order-7' }, { person: { sub: 'second', role: 'admin' } }), 'BLF_ID_CONFLICT', 'from somebody else')
  t.equal(await count(app), 1)
})

test('a default that was spelled out can be left out by a retry', async t => {
  const app = await ready(t)
  for (const [id, rest] of [['urgent', { urgency: 'normal' }], ['acts', { actions: [] }], ['plain', { data: {} }]] as const) {
    const first = await send(app, { id, ...rest })
    t.same(outcome(await send(app, { id })), outcome(first), id)
  }
  isProblem(t, await send(app, { id: 'acts', actions: [{ id: 'a', label: 'A' }] }), 'BLF_ID_CONFLICT')
})

test('an id that was made here is nobody\'s to send under', async t => {
  const app = await ready(t)
  const { body: { id } } = await send(app, {})
  isProblem(t, await send(app, { id }), 'BLF_ID_CONFLICT')
  t.equal(await count(app), 1)
})

test('twenty of the same at once are one', async t => {
  const app = await ready(t)
  const bob = await subscribe(t, await listen(app), people.bob)
  for (const [index, body, key] of [[1, { id: 'order-7' }, undefined], [2, {}, 'key-7']] as const) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(app, body, key === undefined ? {} : { key })))
    for (const answer of answers) t.same(outcome(answer), outcome(answers[0]!))
    t.equal(answers[0]!.status, 200)
    t.equal(await count(app), index)
  }
  t.equal((await bob.settled()).filter(({ type }) => type === 'notification').length, 2)
})

test('of twenty with one id and other contents, one is stored', async t => {
  const app = await ready(t)
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => send(app, { id: 'order-7', title: `Title ${index}` })))
  t.same(answers.map(({ status }) => status).sort(), [200, ...Array<number>(19).fill(409)])
  const winner = answers.findIndex(({ status }) => status === 200)
  const { body } = await call(app, people.root, 'GET', '/api/notifications/me')
  t.same(body.items.map(({ title }: { title: string }) => title), [`Title ${winner}`])
})

test('an Idempotency-Key makes a retry safe as an id does', async t => {
  const app = await ready(t)
  const first = await send(app, {}, { key: 'key-7' })
  t.same(outcome(await send(app, {}, { key: 'key-7' })), outcome(first))
  isProblem(t, await send(app, { title: 'x' }, { key: 'key-7' }), 'BLF_ID_CONFLICT')
  const other = await send(app, {}, { key: 'key-8' })
  t.not(other.body.id, first.body.id)
  t.equal(await count(app), 2)
})

test('a key is its principal\'s own', async t => {
  const app = await ready(t)
  const second = { sub: 'second', role: 'admin' }
  const first = await send(app, {}, { key: 'key-7' })
  const theirs = await send(app, {}, { person: second, key: 'key-7' })
  t.equal(theirs.status, 200)
  t.not(theirs.body.id, first.body.id)
})

test('a key and an id together name one notification', async t => {
  const app = await ready(t)
  const first = await send(app, { id: 'order-7' }, { key: 'key-7' })
  t.same(outcome(await send(app, { id: 'order-7' }, { key: 'key-7' })), outcome(first))
  t.same(outcome(await send(app, { id: 'order-7' })), outcome(first), 'the id alone too')
  isProblem(t, await send(app, { id: 'order-8' }, { key: 'key-7' }), 'BLF_ID_CONFLICT', 'another id under the key')
  t.equal(await count(app), 1)
})

test('a broadcast is retried by its label or by a key', async t => {
  const app = await ready(t)
  const broadcast = (payload: object, headers: Record<string, string> = {}) => {
    return call(app, people.root, 'POST', '/api/broadcast/role/admin', { type: 'notification', payload: { title: 'a', message: 'b', type: 'info', ...payload } }, headers)
  }
  const first = await broadcast({ id: 'order-7', read: false })
  t.same(outcome(await broadcast({ id: 'order-7', read: true })), outcome(first), '`read` is ignored')
  const keyed = await broadcast({}, { 'idempotency-key': 'key-7' })
  t.same(outcome(await broadcast({}, { 'idempotency-key': 'key-7' })), outcome(keyed))
  t.equal(await count(app), 2)
})

test('a retry of what was recalled or deleted brings nothing back', async t => {
  const app = await ready(t)
  const first = await send(app, { id: 'order-7' })
  await call(app, people.root, 'DELETE', '/api/broadcast/order-7')
  t.same(outcome(await send(app, { id: 'order-7' })), outcome(first))
  await send(app, { id: 'order-8' })
  await call(app, people.root, 'DELETE', '/api/notifications/order-8')
  await send(app, { id: 'order-8' })
  t.equal(await count(app), 0)
})

test('a key that is none is 400', async t => {
  const app = await ready(t)
  for (const key of ['', 'a b', 'k'.repeat(256), 'schlüssel']) isProblem(t, await send(app, {}, { key }), 'BLF_VALIDATION', key.slice(0, 10))
  t.equal(await count(app), 0)
})

test('a retry gets its first answer also after the notification expired; a new one is refused', async t => {
  const time = clock(t)
  const app = await ready(t)
  const body = { id: 'soon-over', expires_at: new Date(Date.now() + 60_000).toISOString() }
  const first = await send(app, body)
  t.equal(first.status, 200)
  time.forward(61_000)
  t.same(outcome(await send(app, body)), outcome(first))
  isProblem(t, await send(app, { ...body, title: 'other' }), 'BLF_VALIDATION')
  const late = await send(app, { ...body, id: 'too-late' })
  isProblem(t, late, 'BLF_VALIDATION')
  t.same(late.body.errors, [{ path: '/expires_at', message: 'must be in the future' }])
  const broadcast = { type: 'notification', payload: { title: 'a', message: 'b', type: 'info', expires_at: body.expires_at } }
  const answer = await call(app, people.root, 'POST', '/api/broadcast/role/user?dry_run=true', broadcast)
  t.same(answer.body.errors, [{ path: '/payload/expires_at', message: 'must be in the future' }])
})
