import t from 'tap'
import { build, call, isProblem, listen, people, subscribe } from '../helper.ts'
import { freePort } from '../services/process.ts'
import { until } from '../within.ts'
import { cluster, receive, send, services, type Node } from './cluster.ts'

const all = { all: true }
const servers = await services(t)

/** What a balancer is told. */
const readiness = async ({ app }: Node) => {
  const { status, body } = await call(app, null, 'GET', '/readyz')
  return { status, body }
}

/** Asks until the node is ready and says this of itself; at no time may it say that it is not ready. */
async function untilItSays (node: Node, said: string): Promise<void> {
  await until(`a node that says ${said}`, async () => {
    const { status, body } = await readiness(node)
    if (status !== 200) throw new Error(`readyz: ${status}`)
    return body.status === said
  })
}

if (servers) {
  t.test('a Redis that never was there: everything works, a little later', async t => {
    const nowhere = `redis://127.0.0.1:${await freePort()}`
    const database = await servers.postgres.database(t)
    const nodes = await Promise.all(([{ REDIS_URL: nowhere }, {}] as Record<string, string>[]).map(async env => {
      const app = await build(t, { DATABASE_URL: database, ...env })
      return { app, base: await listen(app) }
    }))
    const subscribers = await Promise.all(nodes.map(({ base }, index) => subscribe(t, base, people.bob, `?device=d${index}`)))
    let cursor: string | undefined
    for (const node of nodes) {
      const id = await send(node, all)
      for (const frame of await Promise.all(subscribers.map(subscriber => receive(subscriber, id)))) cursor = frame.cursor
    }
    const ack = (node: number, device: string) => call(nodes[node]!.app, people.bob, 'POST', '/api/notifications/ack', { cursor, device })
    isProblem(t, await ack(0, 'd1'), 'BLF_UNAVAILABLE', 'which node has the device, this one could not ask')
    const refused = await ack(1, 'd0')
    isProblem(t, refused, 'BLF_ACK_INVALID')
    t.match(refused.body.detail, /Nodes without Redis do not ask each other/)
    t.match(await Promise.all([ack(0, 'd0'), ack(1, 'd1')]), [{ status: 200 }, { status: 200 }])
    t.strictSame(await readiness(nodes[0]!), { status: 200, body: { status: 'degraded', degraded: ['bus'] } }, 'which the node says, and stays ready')
    t.strictSame(await readiness(nodes[1]!), { status: 200, body: { status: 'ok', degraded: [] } })
  })
}

if (servers?.redis.instance) {
  const { instance } = servers.redis

  t.test('Redis is killed under way and comes back', async t => {
    const [a, b] = await cluster(t, servers, [instance.url, instance.url]) as [Node, Node]
    const bob = await subscribe(t, b.base, people.bob)
    await receive(bob, await send(a, all))
    await untilItSays(a, 'ok')
    await instance.stop()
    await untilItSays(a, 'degraded')
    t.equal((await call(a.app, null, 'GET', '/healthz')).status, 200)
    for (let round = 0; round < 5; round++) await receive(bob, await send(a, all))
    await instance.start()
    await untilItSays(a, 'ok')
    await receive(bob, await send(a, all))
    t.equal((await bob.settled()).filter(({ type }) => type === 'notification').length, 7)
  })
}
