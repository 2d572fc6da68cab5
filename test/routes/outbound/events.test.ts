import { test, type Test } from 'tap'
import { MAX_WAITING_EACH } from '../../../src/outbound/feed.ts'
import { makeKey, bearing } from '../../security/accounts.ts'
import { build, call, clock, hello, isProblem, mint, people, type App } from '../../helper.ts'
import { until } from '../../within.ts'

const { root, alice, bob, carol } = people

async function open (t: Test, env: Record<string, string> = {}) {
  const app = await build(t, env)
  for (const person of [root, alice, bob, carol]) await call(app, person, 'GET', '/api/auth/me')
  const cursor = (await call(app, root, 'GET', '/api/events?limit=500')).body.cursor as string
  const send = async (overrides: object = {}) => (await call(app, root, 'POST', '/api/notifications/send', { ...hello, ...overrides })).body as { id: string, cursor: string }
  return { app, cursor, send }
}

const waits = (app: App, count: number) => until(`${count} polls to wait`, () => app.feed.waiting === count)

test('a backend asks again with each cursor, and misses nothing', async t => {
  const { app, cursor, send } = await open(t)
  const first = await send({ audience: { companies: ['company_a'] } })
  await call(app, bob, 'PUT', `/api/notifications/${first.id}/read`)
  await send({ topic: 'other' })
  const page = (await call(app, root, 'GET', `/api/events?since=${cursor}&limit=2`)).body
  t.match(page, {
    items: [
      { cursor: first.cursor, type: 'notification.sent', at: /^\d{4}-.*Z$/, notification_ids: [first.id], topic: 'greetings' },
      { type: 'notification.read', user_id: 'bob', notification_ids: [first.id] }
    ]
  })
  t.equal(page.cursor, page.items[1].cursor)
  t.match((await call(app, root, 'GET', `/api/events?since=${page.cursor}`)).body.items, [{ type: 'notification.sent', topic: 'other' }])
  t.notMatch(JSON.stringify(page), new RegExp(hello.title), 'never a text')
  const reads = (await call(app, root, 'GET', `/api/events?since=${cursor}&types=notification.read,user.created`)).body
  t.same(reads.items.length, 1)
  t.same((await call(app, root, 'GET', `/api/events?since=${reads.cursor}`)).body.items, [], 'the cursor has passed what was left out')
  t.match((await call(app, root, 'GET', '/api/events?types=user.created')).body.items, [{ user_id: 'root' }, { user_id: 'alice' }, { user_id: 'bob' }, { user_id: 'carol' }], 'without a cursor from the beginning')
  const newest = (await call(app, root, 'GET', '/api/events?last=2')).body
  t.match(newest.items, [{ type: 'notification.read' }, { type: 'notification.sent', topic: 'other' }], 'or from so many places before the end')
  t.equal((await call(app, root, 'GET', '/api/events?last=500')).body.items.length, 7, 'or from the beginning, if there are no more')
  t.same((await call(app, root, 'GET', `/api/events?since=${newest.cursor}`)).body.items, [], 'and it goes on from there')
})

test('a poll waits for what it asks for, and no longer than it says', async t => {
  const { app, cursor, send } = await open(t)
  const poll = call(app, root, 'GET', `/api/events?since=${cursor}&types=notification.recalled&wait=30`)
  await waits(app, 1)
  const { id } = await send()
  await call(app, bob, 'PUT', `/api/notifications/${id}/read`)
  t.equal(app.feed.waiting, 1, 'nothing else ends it')
  await call(app, root, 'DELETE', `/api/broadcast/${id}`)
  t.match((await poll).body.items, [{ type: 'notification.recalled', notification_ids: [id] }])
  const idle = await call(app, alice, 'GET', `/api/events?since=${(await poll).body.cursor}&wait=1`)
  t.match(idle, { status: 200, body: { items: [] } })
})

test('a poll ends with the credentials that it was made with', async t => {
  const { app, cursor } = await open(t)
  const exp = Math.floor(Date.now() / 1000) + 2
  const { status, body } = await app.inject({ url: `/api/events?since=${cursor}&wait=30`, headers: bearing(mint(root, { exp })) }).then(({ statusCode, body }) => ({ status: statusCode, body: JSON.parse(body) as { items: unknown[] } }))
  t.match({ status, body }, { status: 200, body: { items: [] } })
  t.ok(Date.now() < (exp + 20) * 1000, 'long before the end of its wait')
})

test('whoever loses the right while waiting gets nothing more', async t => {
  const { app, cursor, send } = await open(t)
  const poll = call(app, alice, 'GET', `/api/events?since=${cursor}&types=notification.sent&wait=30`)
  await waits(app, 1)
  await app.store.changeUser('alice', { role: 'user' })
  await send({ audience: { companies: ['company_a'] } })
  isProblem(t, await poll, 'BLF_FORBIDDEN')
})

test('a drain answers who waits, and a client that leaves is forgotten', async t => {
  const { app, cursor } = await open(t)
  const base = await app.listen({ host: '127.0.0.1', port: 0 })
  const headers = bearing(await makeKey(app, 'k', ['events:read']))
  const aborter = new AbortController()
  const left = fetch(`${base}/api/events?since=${cursor}&wait=30`, { headers, signal: aborter.signal }).catch(() => 'gone')
  await waits(app, 1)
  aborter.abort()
  t.equal(await left, 'gone')
  await waits(app, 0)
  const poll = fetch(`${base}/api/events?since=${cursor}&wait=30`, { headers })
  await waits(app, 1)
  const closed = app.close()
  const answer = await poll
  t.equal(answer.status, 200)
  t.match(await answer.json(), { items: [], cursor: /./ })
  await closed
})

test('not too many wait with the same credentials', async t => {
  const { app, cursor } = await open(t)
  const polls = Array.from({ length: MAX_WAITING_EACH }, () => call(app, root, 'GET', `/api/events?since=${cursor}&wait=30&types=user.removed`))
  await waits(app, MAX_WAITING_EACH)
  const refused = await call(app, root, 'GET', `/api/events?since=${cursor}&wait=30&types=user.removed`)
  isProblem(t, refused, 'BLF_RATE_LIMITED')
  t.ok(refused.headers['retry-after'])
  t.equal((await call(app, root, 'GET', `/api/events?since=${cursor}`)).status, 200, 'who does not wait is answered')
  await app.store.removeUser('carol')
  for (const { status } of await Promise.all(polls)) t.equal(status, 200)
})

test('a cursor that is gone is said to be, and where to go on', async t => {
  const time = clock(t)
  const { app, cursor, send } = await open(t, { RETENTION_DAYS: '1' })
  const [epoch] = cursor.split('.')
  const kept = async () => (await call(app, root, 'GET', '/api/events?limit=1')).body
  const cases = { unreadable: ['nonsense', `${epoch}.-1`, ''], epoch: ['zzzzzzzz.1'], future: [`${epoch}.zzzz`] }
  for (const [reason, cursors] of Object.entries(cases)) {
    for (const since of cursors) {
      const gone = await call(app, root, 'GET', `/api/events?since=${since}`)
      isProblem(t, gone, 'BLF_CURSOR_GONE')
      t.match(gone.body, { reason, cursor: `${epoch}.0` }, since)
    }
  }
  time.forward(2 * 86_400_000)
  const { id } = await send()
  await app.sweep()
  const gone = await call(app, root, 'GET', `/api/events?since=${epoch}.1&wait=30`)
  isProblem(t, gone, 'BLF_CURSOR_GONE')
  t.equal(gone.body.reason, 'expired')
  t.match((await call(app, root, 'GET', `/api/events?since=${gone.body.cursor}`)).body.items, [{ notification_ids: [id] }], 'nothing that is kept is left out')
  t.match((await kept()).items, [{ notification_ids: [id] }])
})

test('bad queries are refused', async t => {
  const { app } = await open(t)
  for (const query of ['types=nothing', 'types=', 'types=notification.read,', 'limit=0', 'limit=501', 'wait=31', 'wait=-1', 'wait=x', 'since=a&since=b', 'since=a&last=1', 'last=0', 'last=501', 'more=1', `since=${'a'.repeat(257)}`]) {
    isProblem(t, await call(app, root, 'GET', `/api/events?${query}`), 'BLF_VALIDATION', query)
  }
})
