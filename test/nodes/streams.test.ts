import t from 'tap'
import { bearer, call, people } from '../helper.ts'
import { connectStream, openStream } from '../stream/event-stream.ts'
import { cluster, send, services } from './cluster.ts'

const servers = await services(t)

if (servers) {
  const { url } = servers.redis

  t.test('a stream gets what other nodes commit, and resumes at another node from the id of its last event', async t => {
    const [a, b] = await cluster(t, servers, [url, url]) as [any, any]
    const stream = await openStream(t, b.base, people.bob)
    const ids = []
    for (const node of [a, b, a]) ids.push(await send(node, { companies: ['company_a'] }))
    for (const id of ids) t.equal((await stream.next('notification')).id, id)
    await call(a.app, people.bob, 'PUT', `/api/notifications/${ids[0]}/read`)
    t.match((await stream.next('notification.read')).payload, { ids: [ids[0]] })
    const last = stream.events.at(-1)!.id!
    await b.app.close()
    t.match(await stream.next('close'), { payload: { code: 1012, reconnect: 'yes' } })
    const missed = await send(a, { all: true })
    const back = await openStream(t, a.base, people.bob, '', { 'last-event-id': last })
    t.equal((await back.next('notification')).id, missed)
    t.match(await back.next('caught_up'), { payload: { count: 1 } })
  })

  t.test('a logout at one node ends streams at another', async t => {
    const [a, b] = await cluster(t, servers, [url, url]) as [any, any]
    const stream = await openStream(t, b.base, people.bob)
    await call(a.app, people.root, 'DELETE', '/api/users/bob')
    t.match(await stream.next('close'), { payload: { code: 4401, reconnect: 'token' } })
  })

  t.test('an overview has every node, and a stream of them loses one that ends', async t => {
    const [a, b] = await cluster(t, servers, [url, url]) as [any, any]
    await openStream(t, b.base, people.bob)
    const { body } = await call(a.app, people.root, 'GET', '/api/overview')
    t.match(body, { bus: 'up', degraded: [], store: { engine: 'postgresql' } })
    t.same(body.nodes.map((node: any) => node.streams).sort(), [0, 1])
    const stream = connectStream(t, a.base, { headers: bearer(people.root), path: '/sse/overview' })
    while ((await stream.next('overview')).payload.nodes.length < 2);
    await b.app.close()
    while ((await stream.next('overview')).payload.nodes.length > 1);
    t.match(stream.frames.at(-1), { payload: { bus: 'up', nodes: [{ streams: 0 }] } })
  })

  t.test('streams count at all nodes together', async t => {
    const [a, b] = await cluster(t, servers, [url, url], { MAX_CONNECTIONS_PER_USER: '2' }, { redisAnswerMs: 60_000 }) as [any, any]
    await openStream(t, a.base, people.bob)
    await openStream(t, b.base, people.bob)
    for (const { base } of [a, b]) t.equal((await connectStream(t, base, { headers: bearer(people.bob) }).refusal()).status, 429)
  })
}
