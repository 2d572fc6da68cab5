import t from 'tap'
import { bearer, call, hello, isProblem, people, subscribe } from '../helper.ts'
import { connectStream } from '../stream/event-stream.ts'
import { cluster, services, type Node } from './cluster.ts'

const { root, alice, bob } = people
const servers = await services(t)

if (servers) {
  const { url } = servers.redis

  t.test('what a device got by one node is said at another', async t => {
    const [a, b] = await cluster(t, servers, [url, url]) as [Node, Node]
    const stream = connectStream(t, b.base, { headers: bearer(bob), path: '/sse/notifications?device=phone' })
    await stream.next('welcome')
    const { cursor } = (await call(a.app, root, 'POST', '/api/notifications/send', { ...hello, id: 'n' })).body
    await stream.next('notification')
    t.match(await call(a.app, bob, 'POST', '/api/notifications/ack', { cursor, device: 'phone' }), { status: 200, body: { cursor } })
    t.match((await call(a.app, root, 'GET', '/api/reports/n/users/bob')).body, { delivered: true })
    isProblem(t, await call(a.app, bob, 'POST', '/api/notifications/ack', { cursor, device: 'tablet' }), 'BLF_ACK_INVALID')
    isProblem(t, await call(a.app, alice, 'POST', '/api/notifications/ack', { cursor, device: 'phone' }), 'BLF_ACK_INVALID')
  })

  t.test('what two nodes find due at once is told once, and what one leaves behind the other does', async t => {
    const [a, b] = await cluster(t, servers, [url, url]) as [Node, Node]
    const socket = await subscribe(t, b.base, bob)
    const by = new Date(Date.now() + 700).toISOString()
    const acknowledge = { by, escalate_to: { users: ['bob'] } }
    for (const id of ['one', 'two', 'three']) await call(a.app, root, 'POST', '/api/notifications/send', { ...hello, id, audience: { users: ['bob'] }, acknowledge })
    await a.app.close()
    const told: (string | undefined)[] = []
    while (told.length < 3) {
      const { id } = await socket.next('notification')
      if (id?.endsWith('.escalation')) told.push(id)
    }
    t.same(told.sort(), ['one.escalation', 'three.escalation', 'two.escalation'])
    await b.app.remindDue()
    const all = (await b.app.store.events(0, 1_000)).filter(({ id }) => id?.includes('.escalation'))
    t.equal(all.length, 3)
  })
}
