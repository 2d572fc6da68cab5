import t from 'tap'
import { call, people, subscribe } from '../helper.ts'
import { freePort } from '../services/process.ts'
import { cluster, receive, send, services } from './cluster.ts'

const all = { all: true }
const servers = await services(t)

/** Asks until the answer's status is this. */
async function until (ask: () => Promise<{ status: number }>, status: number): Promise<void> {
  while ((await ask()).status !== status) await new Promise(resolve => { setImmediate(resolve) })
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
    t.equal((await call(nodes[0]!.app, null, 'GET', '/readyz')).status, 503, 'which the node says')
    t.equal((await call(nodes[1]!.app, null, 'GET', '/readyz')).status, 200)
  })
}

if (servers?.redis.instance) {
  const { instance } = servers.redis

  t.test('Redis is killed under way and comes back', async t => {
    const [a, b] = await cluster(t, servers, [instance.url, instance.url]) as [any, any]
    const bob = await subscribe(t, b.base, people.bob)
    await receive(bob, await send(a, all))
    t.equal((await call(a.app, null, 'GET', '/readyz')).status, 200)
    await instance.stop()
    await until(() => call(a.app, null, 'GET', '/readyz'), 503)
    t.equal((await call(a.app, null, 'GET', '/healthz')).status, 200)
    for (let round = 0; round < 5; round++) await receive(bob, await send(a, all))
    await instance.start()
    await until(() => call(a.app, null, 'GET', '/readyz'), 200)
    await receive(bob, await send(a, all))
    t.equal((await bob.settled()).filter(({ type }) => type === 'notification').length, 7)
  })
}
