import type { ServerResponse } from 'node:http'
import t from 'tap'
import { bearer, call, hello, isProblem, people, subscribe } from '../helper.ts'
import { connectStream } from '../stream/event-stream.ts'
import { newPushKey } from '../../src/settings/push.ts'
import { PUSHING } from '../outbound/push/pushing.ts'
import { PushService } from '../outbound/push/service.ts'
import { ALLOWING, Receiver } from '../outbound/receiver.ts'
import { Proxy } from '../services/proxy.ts'
import { until } from '../within.ts'
import { cluster, node, services, type Node } from './cluster.ts'

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
    // On a busy machine it may be over before the last is sent.
    const send = async (id: string) => {
      const acknowledge = { by: new Date(Date.now() + 1_500).toISOString(), escalate_to: { users: ['bob'] } }
      return (await call(a.app, root, 'POST', '/api/notifications/send', { ...hello, id, audience: { users: ['bob'] }, acknowledge })).status === 200
    }
    for (const id of ['one', 'two', 'three']) await until(`${id} to be sent`, async () => await send(id))
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

  t.test('one node pushes, and when its way to the store breaks in the middle of it, the other pushes all of it', async t => {
    const database = await servers.postgres.database(t)
    const settings = { ...PUSHING, VAPID_PRIVATE_KEY: newPushKey(), DATABASE_URL: database }
    const overrides = { pushAfterMs: 0, leaseMs: 1_500 }
    const way = await Proxy.before(t, Number(new URL(database).port || 5432))
    const { app: holder } = await node(t, { ...settings, DATABASE_URL: way.via(database) }, overrides)
    await until('the first one to run the reader', async () => await holder.store.reader('push') !== undefined)
    const [{ app: other }, service] = await Promise.all([node(t, settings, overrides), PushService.open(t)])
    // Nobody answers the call for one browser: the page that it is of cannot be written down.
    const unanswered: ServerResponse[] = []
    const taken = new Set<string>()
    service.answer = ({ name, payload }, response) => {
      if (name === 'b-1' && way.weather === 'fair') {
        unanswered.push(response)
        return undefined
      }
      taken.add(`${name} ${payload.id}`)
      return 201
    }
    for (const [person, name] of [[bob, 'b-1'], [bob, 'b-2'], [alice, 'a-1']] as const) {
      await call(other, person, 'GET', '/api/auth/me')
      t.equal((await call(other, person, 'POST', '/api/push/subscriptions', service.subscribe(name).subscription)).status, 201)
    }
    for (const id of ['1', '2']) await call(other, root, 'POST', '/api/notifications/send', { ...hello, id })
    await until('a push that is not answered', () => unanswered.length > 0)
    way.weather = 'refuse'
    way.cut()
    await until('each push to each browser', () => taken.size === 6)
    t.same(service.faults, [])
    way.weather = 'fair'
    for (const response of unanswered) response.destroy()
  })
}
