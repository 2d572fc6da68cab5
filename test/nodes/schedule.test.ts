import t from 'tap'
import { draft, upTo } from '../contract/store/engine.ts'
import { call, clock, hello, people, subscribe } from '../helper.ts'
import { ask, postgres } from '../services/postgres.ts'
import { until } from '../within.ts'
import { cluster, node } from './cluster.ts'

const server = await postgres(t)
const PLANS = 1_000
const { root, bob } = people

if (server) {
  t.test('a thousand plans that are due on two nodes at once are published once each, in order, with sends beside them', async t => {
    const [a, b] = await cluster(t, { postgres: server }, [undefined, undefined]) as [any, any]
    const reader = await subscribe(t, b.base, bob)
    const now = Date.now()
    // In an order that is not the one of their times; many share a time.
    const timeOf = (number: number) => now - 1_000_000 + (number * 7_919) % 100
    const { store } = a.app
    await Promise.all(upTo(PLANS).map(number => store.schedule({ ...draft({ all: true }, { id: `p-${number}`, body: JSON.stringify({ id: `p-${number}` }) }), sendAt: timeOf(number) }, PLANS)))
    const expected = upTo(PLANS).sort((one, other) => timeOf(one) - timeOf(other) || one - other).map(number => `p-${number}`)
    const sends = upTo(50).map(number => call([a, b][number % 2].app, root, 'POST', '/api/notifications/send', { ...hello, id: `n-${number}` }))
    await Promise.all([...sends, a.app.publishDue(), b.app.publishDue()])
    t.same((await Promise.all(sends)).map(({ status }) => status), Array(50).fill(200))

    const log = (await store.events(0, 10_000)).filter(({ kind }: { kind: string }) => kind === 'notification').map(({ id }: { id: string }) => id)
    t.same(log.filter((id: string) => id.startsWith('p-')), expected)
    t.equal(log.length, PLANS + 50)
    await until('the socket to have all of them', () => reader.frames.filter(({ type }) => type === 'notification').length >= log.length)
    t.same(reader.frames.filter(({ type }) => type === 'notification').map(({ id }) => id), log, 'also at a socket of one of the nodes')
    t.same(await store.nextPlan(), { waiting: 0, dueIn: null })
  })

  t.test('what one node planned and did not live to publish, another publishes', async t => {
    const [a, b] = await cluster(t, { postgres: server }, [undefined, undefined]) as [any, any]
    const reader = await subscribe(t, b.base, bob)
    const sendAt = new Date(Date.now() + 2_000).toISOString()
    t.equal((await call(a.app, root, 'POST', '/api/notifications/send', { ...hello, id: 'left-behind', send_at: sendAt })).status, 202)
    await a.app.close()
    t.equal((await reader.next('notification')).id, 'left-behind')
    t.match((await call(b.app, root, 'GET', '/api/scheduled/left-behind')).body, { state: 'sent' })
  })

  t.test('the clock is the database\'s: a node that is an hour ahead publishes nothing early, one that is behind nothing late', async t => {
    const url = await server.database(t)
    const time = clock(t)
    const { app } = await node(t, { DATABASE_URL: url }, { schedulePollMs: 3_600_000 })
    const [{ now }] = await ask(url, 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint::text AS now') as [{ now: string }]
    const at = (ms: number) => Number(now) + ms
    await app.store.schedule({ ...draft({ all: true }, { id: 'in half an hour' }), sendAt: at(1_800_000) }, 10)
    await app.store.schedule({ ...draft({ all: true }, { id: 'an hour ago' }), sendAt: at(-3_600_000) }, 10)
    const states = async () => await Promise.all(['in half an hour', 'an hour ago'].map(async id => (await app.store.plan(id))?.state))
    time.forward(3_600_000)
    await app.publishDue()
    t.same(await states(), ['planned', 'sent'])
    const { dueIn } = await app.store.nextPlan()
    t.ok(dueIn! > 1_700_000 && dueIn! <= 1_800_000, `due in ${dueIn} ms`)

    time.forward(-2 * 3_600_000)
    await app.store.schedule({ ...draft({ all: true }, { id: 'a minute ago' }), sendAt: at(-60_000) }, 10)
    await app.publishDue()
    t.equal((await app.store.plan('a minute ago'))?.state, 'sent')
  })
}
