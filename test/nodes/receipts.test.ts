import t from 'tap'
import { bearer, call, hello, isProblem, people, subscribe } from '../helper.ts'
import { connectStream } from '../stream/event-stream.ts'
import { ALLOWING, Receiver } from '../outbound/receiver.ts'
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

  t.test('one node calls a webhook, and when it ends the other goes on where it was', async t => {
    const nodes = await cluster(t, servers, [url, url], ALLOWING, { leaseMs: 600 }) as [Node, Node]
    const receiver = await Receiver.open(t)
    const [a, b] = nodes
    t.equal((await call(a.app, root, 'POST', '/api/webhooks', { url: receiver.url, types: ['notification.sent'] })).status, 201)
    const send = async ({ app }: Node, ids: string[]) => { for (const id of ids) await call(app, root, 'POST', '/api/notifications/send', { ...hello, id }) }
    await send(a, ['1', '2'])
    await send(b, ['3', '4'])
    await receiver.received(4)
    t.equal(new Set(receiver.calls.map(({ headers }) => headers['webhook-id'])).size, receiver.calls.length, 'each is called for once, by one of them')
    await a.app.close()
    await send(b, ['5', '6'])
    await receiver.received(6)
    t.same(new Set(receiver.calls.map(({ body }) => body.data['notification_ids'][0])), new Set(['1', '2', '3', '4', '5', '6']))
  })
}
