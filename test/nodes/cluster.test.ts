import { Redis } from 'ioredis'
import t from 'tap'
import { exerciseBadges } from '../badges.ts'
import { call, people, subscribe, Subscriber } from '../helper.ts'
import { random } from '../random.ts'
import { as, enrol, login, makeKey, open } from '../security/accounts.ts'
import { upTo } from '../contract/store/engine.ts'
import { byHintsAlone, cluster, node, receive, send, services } from './cluster.ts'

const all = { all: true }
const servers = await services(t)

if (servers) {
  const { url } = servers.redis
  const three = [url, url, url]

  t.test('what is published on one node is received on all of them, with one cursor', async t => {
    const nodes = await cluster(t, servers, three, {}, byHintsAlone)
    const subscribers = await Promise.all(nodes.map(({ base }) => subscribe(t, base, people.bob)))
    for (const node of nodes) {
      const id = await send(node, all)
      const frames = await Promise.all(subscribers.map(subscriber => receive(subscriber, id)))
      t.equal(new Set(frames.map(({ cursor }) => cursor)).size, 1)
    }
  })

  t.test('it is the hints that bring it: with a bus that swallows them nothing comes until the node looks', async t => {
    const [a, b] = await cluster(t, servers, [url, url], {}, byHintsAlone) as [any, any]
    const bob = await subscribe(t, b.base, people.bob)
    a.app.bus.publish = () => {}
    const id = await send(a, all)
    t.same((await bob.settled()).filter(({ type }) => type === 'notification'), [])
    b.app.tail.catchUp()
    await receive(bob, id)
  })

  t.test('30 sends at once on each of three nodes: every socket gets all of them, in the order of the log', async t => {
    const nodes = await cluster(t, servers, three, {}, byHintsAlone)
    const subscribers = await Promise.all(nodes.map(({ base }) => subscribe(t, base, people.bob)))
    const ids = (await Promise.all(nodes.flatMap(node => upTo(30).map(() => send(node, { companies: ['company_a'] }))))).sort()
    const orders = await Promise.all(subscribers.map(async subscriber => {
      const frames = []
      while (frames.length < ids.length) frames.push(await subscriber.next('notification'))
      return frames.map(({ payload }) => payload.id as string)
    }))
    t.same([...orders[0]!].sort(), ids)
    t.same(orders[1], orders[0])
    t.same(orders[2], orders[0])
    const { body } = await call(nodes[2]!.app, people.bob, 'GET', '/api/notifications/me?limit=200')
    t.same(body.items.map(({ id }: { id: string }) => id).reverse(), orders[0])
  })

  t.test('reading, deleting and recalling on one node are seen on the others', async t => {
    const [a, b, c] = await cluster(t, servers, three, {}, byHintsAlone) as [any, any, any]
    const [far, near] = [await subscribe(t, b.base, people.bob), await subscribe(t, a.base, people.bob)]
    const id = await send(c, all)
    await Promise.all([receive(far, id), receive(near, id)])
    t.equal((await call(a.app, people.bob, 'PUT', `/api/notifications/${id}/read`)).body.unread_count, 0)
    t.same((await far.next('notification.read')).payload.ids, [id])
    t.equal((await call(b.app, people.bob, 'GET', '/api/notifications/me/unread-count')).body.unread_count, 0)
    await near.ask({ id: 'u', type: 'unread', payload: { ids: [id] } })
    t.same((await far.next('notification.unread')).payload.ids, [id])
    await call(c.app, people.root, 'DELETE', `/api/broadcast/${id}`)
    t.same((await far.next('notification.recalled')).payload.ids, [id])
    t.same((await near.next('notification.recalled')).payload.ids, [id])
  })

  t.test('an edit on one node is seen on the others, by those who have the original', async t => {
    const [a, b, c] = await cluster(t, servers, three, {}, byHintsAlone) as [any, any, any]
    const far = await subscribe(t, b.base, people.bob)
    const id = await send(a, all)
    await receive(far, id)
    const young = await subscribe(t, b.base, { ...people.bob, sub: 'young' })
    const { body } = await call(c.app, people.root, 'PATCH', `/api/broadcast/${id}`, { title: 'New' })
    t.match(await far.next('notification.updated'), { cursor: body.cursor, payload: { id, title: 'New', revision: 2 } })
    await receive(young, await send(c, all))
    t.same(young.frames.filter(({ type }) => type === 'notification.updated'), [])
    t.match((await call(a.app, people.bob, 'GET', '/api/notifications/me')).body.items, [{}, { id, title: 'New', revision: 2 }])
    t.match((await call(b.app, people.root, 'PATCH', `/api/broadcast/${id}`, { title: 'Newer', revision: 1 })), { status: 409 })
  })

  t.test('a badge kept from frames alone is exact at every cursor, whichever node a device comes to', async t => {
    await exerciseBadges(t, await cluster(t, servers, [url, url], {}, byHintsAlone), random(1))
  })

  t.test('a move on one node is told on the others', async t => {
    const [a, b] = await cluster(t, servers, [url, url], {}, byHintsAlone) as [any, any]
    const far = await subscribe(t, b.base, people.bob)
    await receive(far, await send(a, { companies: ['company_a'] }))
    await call(a.app, people.root, 'PATCH', '/api/users/bob', { company: null })
    t.match(await far.next('inbox.changed'), { payload: { reason: 'membership', unread_count: 0 } })
  })

  t.test('a cursor and a retry of one node are good at every other', async t => {
    const [a, b] = await cluster(t, servers, [url, url]) as [any, any]
    const body = { id: 'once', title: 'T', message: 'm', priority: 'info', topic: 'x' }
    const first = await call(a.app, people.root, 'POST', '/api/notifications/send', body)
    t.same((await call(b.app, people.root, 'POST', '/api/notifications/send', body)).body, first.body)
    t.equal((await call(b.app, people.root, 'POST', '/api/notifications/send', { ...body, title: 'Other' })).status, 409)
    await call(a.app, people.bob, 'GET', '/api/auth/me')
    const { body: { cursor } } = await call(a.app, people.bob, 'GET', '/api/notifications/me')
    const missed = await Promise.all(upTo(5).map(() => send(a, all)))
    const resumed = await subscribe(t, b.base, people.bob, `?since=${cursor}`)
    const frames = []
    while (frames.length < 5) frames.push((await resumed.next('notification')).payload.id)
    t.same(frames.sort(), missed.sort())
    t.equal((await resumed.next('caught_up')).payload.count, 5)
  })

  t.test('whoever loses a right on one node loses it on all', async t => {
    const [a, b, c] = await cluster(t, servers, three) as [any, any, any]
    await enrol(a.app, { id: 'bob', company: 'company_a' })
    const mine = await login(a.app, 'bob')
    const socket = await open(t, b.base, mine.access_token)
    t.equal((await as(c.app, mine.access_token, 'GET', '/api/auth/me')).status, 200)

    t.comment('logout')
    await as(a.app, mine.access_token, 'POST', '/api/auth/logout')
    t.equal((await socket.closed).code, 4401)
    await b.app.tail.reached(await b.app.store.head())
    t.equal((await as(b.app, mine.access_token, 'GET', '/api/auth/me')).status, 401)

    t.comment('an API key')
    const key = await makeKey(a.app, 'backend', ['send:all'])
    const keyed = await open(t, b.base, key)
    t.equal((await call(c.app, people.root, 'DELETE', '/api/keys/backend')).status, 204)
    t.equal((await keyed.closed).code, 4401)
    t.equal((await as(b.app, key, 'GET', '/api/auth/me')).status, 401)

    t.comment('a role: it moves at once')
    const bob = await subscribe(t, b.base, people.bob)
    await call(a.app, people.root, 'PATCH', '/api/users/bob', { role: 'editor' })
    const forEditors = await send(a, { roles: ['editor'] })
    await receive(bob, forEditors)

    t.comment('a user')
    t.equal((await call(c.app, people.root, 'DELETE', '/api/users/bob')).status, 204)
    t.equal((await bob.closed).code, 4401)
  })

  t.test('a ticket bought on one node opens a socket on another, once', async t => {
    const [a, b, c] = await cluster(t, servers, three) as [any, any, any]
    await enrol(a.app, { id: 'bob', company: 'company_a' })
    const { body: { ticket } } = await as(a.app, (await login(a.app, 'bob')).access_token, 'POST', '/api/auth/ticket')
    const sockets = [b, c].map(({ base }) => new Subscriber(`${base}/ws/notifications?ticket=${ticket}`))
    sockets.forEach(socket => t.teardown(() => socket.close()))
    const outcomes = await Promise.all(sockets.map(socket => socket.next('welcome').then(() => 'open', () => 'refused')))
    t.same(outcomes.sort(), ['open', 'refused'])
  })

  t.test('hints that are lost, doubled, late, of another epoch or untrue cost nothing', async t => {
    const [a, b] = await cluster(t, servers, [url, url]) as [any, any]
    const liar = new Redis(url)
    t.teardown(() => liar.disconnect())
    const channel = `belfry:log:${a.app.store.epoch}`
    const told: string[] = []
    const ear = new Redis(url)
    t.teardown(() => ear.disconnect())
    await ear.subscribe(channel)
    ear.on('message', (_channel: string, text: string) => told.push(text))
    const bob = await subscribe(t, b.base, people.bob)
    const ids = [await send(a, all), await send(a, all)]
    for (const id of ids) await receive(bob, id)

    const forged = (change: object) => liar.publish(channel, JSON.stringify({ v: 1, node: 'liar', epoch: a.app.store.epoch, from: 1, to: 1, ...change }))
    for (const text of [...told, ...told]) await liar.publish(channel, text)
    await forged({ epoch: 'another0', to: 9_000 })
    await forged({ from: 8_000, to: 9_000 })
    await forged({ from: 9_000, to: 9_000, events: [{ seq: 9_000, kind: 'notification', id: 'lie', keys: ['all'], topic: null, at: 1, expiresAt: null, body: '{"id":"lie"}' }] })
    // A write that nobody hints at.
    b.app.bus.publish = a.app.bus.publish = () => {}
    const silent = await send(a, all)
    await receive(bob, silent)
    const seen = (await bob.settled()).filter(({ type }) => type === 'notification').map(({ payload }) => payload.id)
    t.same(seen, [...ids, silent])
  })

  t.test('hints that cannot be read are skipped: the log says what was meant', async t => {
    const lines: { level: number, msg: string }[] = []
    const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
    const database = await servers.postgres.database(t)
    const [a, b] = await Promise.all([
      node(t, { DATABASE_URL: database, REDIS_URL: url }),
      node(t, { DATABASE_URL: database, REDIS_URL: url }, { logger: { level: 'warn', stream } })
    ])
    const liar = new Redis(url)
    t.teardown(() => liar.disconnect())
    const bob = await subscribe(t, b.base, people.bob)
    await b.app.tail.reached(await b.app.store.head())
    a.app.bus.publish = () => {}
    const channel = `belfry:log:${a.app.store.epoch}`
    for (const text of ['', '{', 'null', '{"v":2}', '\xff\xfe']) await liar.publish(channel, text)
    const strange = [
      { kind: 'user.updated', body: 'nonsense' }, { kind: 'session.revoked', body: 'null' }, { kind: 'key.revoked', body: '[]' },
      { kind: 'notification', body: '{"title":' }, { kind: 'notification', keys: [7] }, { kind: 'notification.recalled', body: '"n1"' }
    ]
    for (const change of strange) {
      const seq = await a.app.store.head() + 1
      const event = { seq, id: 'lie', keys: ['all'], topic: null, at: 1, expiresAt: null, body: '{"id":"lie"}', ...change }
      await liar.publish(channel, JSON.stringify({ v: 1, node: 'newer', epoch: a.app.store.epoch, from: seq, to: seq, events: [event] }))
      // The event that really has this number, which nobody hints at.
      t.match(await receive(bob, await send(a, all)), { type: 'notification' }, `${change.kind} ${change.body}`)
    }
    t.equal(bob.socket.readyState, bob.socket.OPEN)
    // A machine that stalls may have had other warnings to give.
    t.match(lines.filter(({ msg }) => msg.includes('hint')), [{ level: 40, msg: /^skipped a hint/ }], 'one line for them all')
  })
}
