import t from 'tap'
import { as, bearing, enrol, login, PASSWORD } from '../security/accounts.ts'
import { call, mint, people, refusal, subscribe, Subscriber } from '../helper.ts'
import { Proxy } from '../services/proxy.ts'
import { until } from '../within.ts'
import { busIs, cluster, services, type Node } from './cluster.ts'

const servers = await services(t)
/** However long this machine stalls, no node counts alone. */
const patient = { redisAnswerMs: 60_000 }

/** Resolves when nodes count together: the limits have a connection to Redis of their own, which may come up after the bus. */
async function untilShared (nodes: Node[]): Promise<void> {
  let users = 0
  await until('the nodes to count together', async () => {
    users += 1
    const left = []
    for (const { app } of nodes) left.push(/r=(\d+)/.exec(String((await call(app, { sub: `somebody-${users}` }, 'GET', '/api/auth/me')).headers['ratelimit']))![1])
    return new Set(left).size === nodes.length
  })
}

if (servers) {
  const { url } = servers.redis
  const bob = { headers: bearing(mint(people.bob)) }

  t.test('requests and logins count at all nodes together', async t => {
    const [a, b] = await cluster(t, servers, [url, url], { RATE_LIMIT: '5', LOGIN_RATE_LIMIT: '4' }, patient) as [any, any]
    await untilShared([a, b])
    const statuses = []
    for (let request = 0; request < 8; request++) statuses.push((await call([a, b][request % 2].app, people.bob, 'GET', '/api/auth/me')).status)
    t.same(statuses, [200, 200, 200, 200, 200, 429, 429, 429])
    await enrol(a.app, { id: 'dora' })
    const guess = async (node: any) => (await call(node.app, null, 'POST', '/api/auth/login', { username: 'dora', password: 'a wrong one' })).status
    t.same([await guess(a), await guess(b), await guess(a), await guess(b), await guess(a), await guess(b)], [401, 401, 401, 401, 429, 429])
    const refused = await call(b.app, null, 'POST', '/api/auth/login', { username: 'dora', password: PASSWORD })
    t.match(refused.headers['retry-after'], /^\d+$/)
  })

  t.test('a user\'s sockets count at all nodes together', async t => {
    const nodes = await cluster(t, servers, [url, url, url], { MAX_CONNECTIONS_PER_USER: '3' }, patient)
    const [a, b, c] = nodes as [any, any, any]
    const first = await subscribe(t, a.base, people.bob)
    await subscribe(t, b.base, people.bob)
    // One that says later who it is.
    const late = new Subscriber(`${c.base}/ws/notifications`)
    t.teardown(() => late.close())
    late.socket.once('open', () => late.send({ type: 'auth', payload: { token: mint(people.bob) } }))
    await late.next('welcome')
    for (const { base } of nodes) t.equal((await refusal(`${base}/ws/notifications`, bob)).status, 429, base)
    const other = new Subscriber(`${a.base}/ws/notifications`)
    t.teardown(() => other.close())
    other.socket.once('open', () => other.send({ type: 'auth', payload: { token: mint(people.bob) } }))
    t.match(await other.next('error'), { payload: { code: 'BLF_TOO_MANY_SOCKETS' } })
    await subscribe(t, a.base, people.carol)

    first.close()
    await first.closed
    // Its node hears of the end a moment after its client does.
    await until('the socket to be gone', () => a.app.hub.connectionsOf('u:bob').length === 0)
    await subscribe(t, c.base, people.bob)
    t.equal((await refusal(`${b.base}/ws/notifications`, bob)).status, 429)

    // A node that is gone holds no seats, be it in good order or not.
    await c.app.close()
    await subscribe(t, b.base, people.bob)
  })

  t.test('without Redis each node counts for itself, and is no slower for it', async t => {
    const proxy = await Proxy.before(t, Number(new URL(url).port))
    const [node] = await cluster(t, servers, [proxy.via(url)], { RATE_LIMIT: '3' }) as [any]
    await enrol(node.app, { id: 'dora' })
    const { access_token: token } = await login(node.app, 'dora')
    // Of somebody else: if this machine stalls, the node counts it alone, and would go on from there.
    t.equal((await call(node.app, people.carol, 'GET', '/api/auth/me')).status, 200)
    proxy.weather = 'blackhole'
    const sent: string[] = []
    proxy.watch = chunk => {
      sent.push(String(chunk))
      return 'pass'
    }
    const statuses = []
    for (let request = 0; request < 5; request++) statuses.push((await as(node.app, token, 'GET', '/api/auth/me')).status)
    t.same(statuses, [200, 200, 200, 429, 429])
    const asked = sent.filter(text => /limit:(stale|user):.*dora/.test(text))
    t.ok(asked.length <= 1, 'at most the first request waits for it')
    await busIs(node.app, false)
    t.notOk(node.app.bus.isUp)
  })
}
