import { once } from 'node:events'
import process from 'node:process'
import { test, type Test } from 'tap'
import { problem } from '../../src/errors.ts'
import { bearer, build, call, hello, isProblem, listen, people, subscribe, type App } from '../helper.ts'

/** One token for all: that a newer one was seen is a write. */
const root = bearer(people.root)

test('healthz and readyz say ok to anybody', async t => {
  const app = await build(t)
  const health = await call(app, null, 'GET', '/healthz')
  t.strictSame([health.status, health.body], [200, { status: 'ok' }])
  const ready = await call(app, null, 'GET', '/readyz')
  t.strictSame([ready.status, ready.body], [200, { status: 'ok', degraded: [] }])
})

test('without its store the process lives but is not ready', async t => {
  const app = await build(t)
  app.store.ping = async () => { throw problem('BLF_STORE_UNAVAILABLE') }
  t.equal((await call(app, null, 'GET', '/healthz')).status, 200)
  isProblem(t, await call(app, null, 'GET', '/readyz'), 'BLF_STORE_UNAVAILABLE')
})

test('metrics are for platform admins', async t => {
  const app = await build(t)
  isProblem(t, await call(app, null, 'GET', '/metrics'), 'BLF_UNAUTHENTICATED')
  for (const person of [people.alice, people.bob, people.erin]) isProblem(t, await call(app, person, 'GET', '/metrics'), 'BLF_FORBIDDEN')
  const { statusCode, headers } = await app.inject({ url: '/metrics', headers: bearer(people.root) })
  t.equal(statusCode, 200)
  t.match(headers['content-type'], /^text\/plain; version=0\.0\.4/)
})

/** The samples of a node, by name with labels. */
async function scrape (app: App): Promise<Map<string, number>> {
  const { body } = await app.inject({ url: '/metrics', headers: root })
  const samples = body.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return new Map(samples.map(line => {
    const space = line.lastIndexOf(' ')
    return [line.slice(0, space), Number(line.slice(space + 1))]
  }))
}

/** How much each of the samples named has grown since. */
async function growth (app: App, before: Map<string, number>): Promise<(name: string) => number> {
  const after = await scrape(app)
  return name => after.get(name)! - before.get(name)!
}

async function sendTo (t: Test, app: App, audience: object): Promise<void> {
  t.equal((await call(app, null, 'POST', '/api/notifications/send', { ...hello, audience }, root)).status, 200)
}

test('what is sent is counted: appends, commits, deliveries, flushes and the tail\'s lag', async t => {
  const app = await build(t)
  const base = await listen(app)
  const [bob, alice] = [await subscribe(t, base, people.bob), await subscribe(t, base, people.alice)]
  // Retention's first sweep writes too, in its own time.
  await app.sweep()
  const before = await scrape(app)
  t.equal(before.get('belfry_sockets'), 2)

  await sendTo(t, app, { companies: ['company_a'] })
  await Promise.all([bob.next('notification'), alice.next('notification')])
  await sendTo(t, app, { users: ['bob'] })
  await bob.next('notification')
  await sendTo(t, app, { companies: ['company_b'] })

  const grown = await growth(app, before)
  t.equal(grown('belfry_log_appends_total'), 3)
  t.equal(grown('belfry_store_writes_total'), 3)
  t.equal(grown('belfry_store_commit_seconds_count'), 3)
  t.equal(grown('belfry_tail_lag_seconds_count'), 3)
  t.equal(grown('belfry_tail_position'), 3)
  t.equal(grown('belfry_deliveries_total'), 3, 'two sockets of the company, and one of the user')
  t.ok(grown('belfry_flush_seconds_count') >= 2)

  bob.socket.close()
  await bob.closed
  let sockets: number | undefined
  // The server hears of it in its own time.
  do sockets = (await scrape(app)).get('belfry_sockets'); while (sockets !== 1)
  t.equal(sockets, 1)
})

test('requests by route, method and status; refusals by reason; ends of sockets by code', async t => {
  const app = await build(t)
  const base = await listen(app)
  const before = await scrape(app)
  const grown = async () => {
    const after = await scrape(app)
    return (name: string) => after.get(name)! - (before.get(name) ?? 0)
  }
  for (const code of ['1000', '1006', '4401', 'other']) t.equal(before.get(`belfry_socket_closes_total{code="${code}"}`), 0, `${code} is there before the first of it`)
  for (const id of ['a', 'b', 'c']) await call(app, people.bob, 'GET', `/api/notifications/${id}/unread-count`)
  await call(app, people.bob, 'GET', '/api/notifications/me/unread-count')
  for (const path of ['/no/such/route', '/nor/this']) await call(app, null, 'GET', path)
  const socket = await subscribe(t, base, people.bob)
  await socket.ask({ id: '1', type: 'send', payload: hello })
  const client = await subscribe(t, base, people.bob)
  const told = Promise.all([...app.websocketServer.clients].map(client => once(client, 'close')))
  socket.socket.close(1000)
  client.socket.close(4000)
  await told

  const count = await grown()
  const route = 'route="/api/notifications/:user_id/unread-count",method="GET"'
  t.equal(count(`belfry_http_request_duration_seconds_count{${route},status="403"}`), 3)
  t.equal(count(`belfry_http_request_duration_seconds_count{${route},status="200"}`), 1)
  t.equal(count('belfry_http_request_duration_seconds_count{route="none",method="any",status="404"}'), 2)
  t.equal(count('belfry_refusals_total{reason="BLF_FORBIDDEN"}'), 4, 'the one on the socket, too')
  t.equal(count('belfry_refusals_total{reason="BLF_ROUTE_NOT_FOUND"}'), 2)
  t.equal(count('belfry_socket_closes_total{code="1000"}'), 1)
  t.equal(count('belfry_socket_closes_total{code="other"}'), 1, 'a code of the client\'s own')
})

test('the build, whether the store is up, and what its operations take', async t => {
  const app = await build(t)
  await sendTo(t, app, { all: true })
  const samples = await scrape(app)
  t.ok([...samples.keys()].some(name => new RegExp(`^belfry_build_info\\{version="\\d+\\.\\d+\\.\\d+",node="${process.version}"\\}$`).test(name)))
  t.equal(samples.get('belfry_store_up'), 1)
  t.equal(samples.get('belfry_bus_up'), 1)
  t.equal(samples.get('belfry_store_operation_seconds_count{operation="notify"}'), 1)
  await call(app, people.root, 'GET', '/api/users/nobody')
  app.store.ping = async () => { throw problem('BLF_STORE_UNAVAILABLE') }
  const after = await scrape(app)
  t.equal(after.get('belfry_store_up'), 0)
  const errors = [...after].filter(([name]) => name.startsWith('belfry_store_errors_total'))
  t.ok(errors.length > 0, 'there from the start')
  t.ok(errors.every(([, count]) => count === 0), 'a user that is not there is no fault of the store')
})

test('the process and its event loop are measured', async t => {
  const samples = await scrape(await build(t))
  const names = [
    'process_cpu_seconds_total', 'process_resident_memory_bytes', 'process_start_time_seconds', 'process_open_fds',
    'nodejs_eventloop_lag_seconds', 'nodejs_eventloop_lag_p99_seconds', 'nodejs_heap_size_used_bytes'
  ]
  for (const name of names) t.ok(Number.isFinite(samples.get(name)), name)
})
