import t from 'tap'
import { call, people, subscribe } from '../helper.ts'
import { freePort } from '../services/process.ts'
import { cluster, receive, send, services, type Node } from './cluster.ts'

const all = { all: true }
const servers = await services(t)

/** What a balancer is told. */
const readiness = async ({ app }: Node) => {
  const { status, body } = await call(app, null, 'GET', '/readyz')
  return { status, body }
}

/** Asks until the node is ready and says this of itself; at no time may it say that it is not ready. */
async function until (node: Node, said: string): Promise<void> {
  while (true) {
    const { status, body } = await readiness(node)
    if (status !== 200) throw new Error(`readyz: ${status}`)
    if (body.status === said) return
    await new Promise(resolve => { setImmediate(resolve) })
  }
}

if (servers) {
  t.test('a Redis that never was there: everything works, a little later', async t => {
    const nowhere = `redis://127.0.0.1:${await freePort()}`
    const nodes = await cluster(t, servers, [nowhere, undefined])
    const subscribers = await Promise.all(nodes.map(({ base }) => subscribe(t, base, people.bob)))
    for (const node of nodes) {
      const id = await send(node, all)
      await Promise.all(subscribers.map(subscriber => receive(subscriber, id)))
    }
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
    await until(a, 'ok')
    await instance.stop()
    await until(a, 'degraded')
    t.equal((await call(a.app, null, 'GET', '/healthz')).status, 200)
    for (let round = 0; round < 5; round++) await receive(bob, await send(a, all))
    await instance.start()
    await until(a, 'ok')
    await receive(bob, await send(a, all))
    t.equal((await bob.settled()).filter(({ type }) => type === 'notification').length, 7)
  })
}
