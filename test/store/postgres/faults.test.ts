import t, { type Test } from 'tap'
import { openStore } from '../../../src/store/open.ts'
import type { Store } from '../../../src/store/store.ts'
import { codeOf, draft, upTo, wholeLog } from '../../contract/store/engine.ts'
import { ask, postgres } from '../../services/postgres.ts'
import { eventually } from '../../services/process.ts'
import { Proxy, type Watch } from '../../services/proxy.ts'

/** Short, for what only ends by them, but not so short that a busy machine takes them for a fault. */
const deadlines = { connect: 1_500, statement: 1_000, answer: 1_500, idleInTransaction: 800 }
const server = await postgres(t)

/** A store behind a proxy, and one beside it that has the database to itself. */
async function behindProxy (t: Test, options: { deadlines?: typeof deadlines } = { deadlines }): Promise<{ store: Store, proxy: Proxy, url: string }> {
  const url = await server!.database(t)
  const proxy = await Proxy.before(t, Number(new URL(url).port))
  const store = await openStore(proxy.via(url), options)
  t.teardown(() => store.close())
  return { store, proxy, url }
}

/** Cuts the first connection that sends this. */
function once (text: string, verdict: 'cut' | 'cut-answer'): Watch {
  let isDone = false
  return sent => {
    if (isDone || !sent.includes(text)) return 'pass'
    isDone = true
    return verdict
  }
}

if (server) {
  for (const [verdict, stored] of [['cut', true], ['cut-answer', false]] as const) {
    t.test(`a connection that breaks ${verdict === 'cut' ? 'before' : 'after'} COMMIT arrives: not acknowledged, and a retry is safe`, async t => {
      const { store, proxy } = await behindProxy(t, {})
      const sent = draft({ all: true })
      // As a message, not as part of READ COMMITTED.
      proxy.watch = once('COMMIT\0', verdict)
      t.equal(await codeOf(store.notify(sent)), 'BLF_STORE_UNAVAILABLE')
      t.same(await store.notify(sent), { id: sent.id, seq: 1, stored }, stored ? 'it was not stored' : 'it was stored')
      t.equal((await store.notify(draft({ all: true }))).seq, 2)
      t.same((await wholeLog(store)).map(({ seq }) => seq), [1, 2])
    })
  }

  t.test('one send that PostgreSQL cannot take, among others', async t => {
    const { store, proxy } = await behindProxy(t, {})
    for (const fault of [{ topic: 'no\0' }, { id: 'no\0' }]) {
      const head = await store.head()
      const outcomes = await Promise.all([draft({ all: true }), draft({ all: true }, fault), draft({ all: true })].map(sent => codeOf(store.notify(sent))))
      t.same(outcomes, [undefined, 'BLF_INTERNAL', undefined])
      t.equal(await store.head(), head + 2)
    }
    proxy.watch = once('COMMIT\0', 'cut')
    t.same(await Promise.all([draft({ all: true }), draft({ all: true })].map(sent => codeOf(store.notify(sent)))), Array(2).fill('BLF_STORE_UNAVAILABLE'))
    t.same((await wholeLog(store)).map(({ seq }) => seq), upTo(4))
  })

  t.test('a server that does not answer: a fast 503, and it heals by itself', async t => {
    const { store, proxy } = await behindProxy(t)
    await store.notify(draft({ all: true }))
    for (const weather of ['blackhole', 'refuse', { lateMs: 2_000 }] as const) {
      proxy.weather = weather
      if (weather === 'refuse') proxy.cut()
      const start = performance.now()
      const codes = await Promise.all([store.notify(draft({ all: true })), store.inbox('alice', { limit: 10 }), store.ping()].map(codeOf))
      t.same(codes, Array(3).fill('BLF_STORE_UNAVAILABLE'), JSON.stringify(weather))
      // Far from any deadline, and from the default of waiting for ever.
      t.ok(performance.now() - start < 20_000, 'in time')
      proxy.weather = 'fair'
      await eventually(() => store.notify(draft({ all: true })))
      await store.ping()
    }
    const log = await wholeLog(store)
    t.same(log.map(({ seq }) => seq), upTo(log.length))
  })

  t.test('connections that the server ends are replaced', async t => {
    const { store, url } = await behindProxy(t)
    for (let round = 0; round < 3; round++) {
      await Promise.all([store.notify(draft({ all: true })), store.head(), store.unread('alice')])
      await ask(url, 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()')
      // One that was idle may be found broken only when it is used.
      await eventually(() => store.notify(draft({ all: true })))
      await eventually(() => store.head())
    }
    const log = await wholeLog(store)
    t.same(log.map(({ seq }) => seq), upTo(log.length))
  })

  t.test('a node that hangs with the number in its hands loses it', async t => {
    const { store, proxy, url } = await behindProxy(t)
    const other = await openStore(url, { deadlines: { ...deadlines, statement: 5_000, answer: 6_000 } })
    t.teardown(() => other.close())
    await store.notify(draft({ all: true }))
    // Everything that follows the lock is swallowed, as if the process had been stopped there.
    let isLocked = false
    proxy.watch = sent => {
      if (isLocked) proxy.weather = 'blackhole'
      isLocked ||= sent.includes('FOR UPDATE')
      return 'pass'
    }
    const stuck = codeOf(store.notify(draft({ all: true })))
    t.equal((await other.notify(draft({ all: true }))).seq, 2, 'another one goes on')
    t.equal(await stuck, 'BLF_STORE_UNAVAILABLE')
    t.equal(await other.head(), 2)
  })

  t.test('what must not be used is refused with a line that says why', async t => {
    const url = await server.database(t)
    const name = new URL(url).pathname.slice(1)
    await ask(url, `ALTER DATABASE ${name} SET synchronous_commit = off`)
    await t.rejects(openStore(url), { message: 'DATABASE_URL: the database would not sync commits: synchronous_commit must not be off' })
    await ask(url, `ALTER DATABASE ${name} SET synchronous_commit = on`)
    const store = await openStore(url)
    await store.close()
    await ask(url, 'UPDATE belfry SET version = 1000')
    await t.rejects(openStore(url), { message: /^DATABASE_URL: .*version 1000, newer than this Belfry knows/ })
    await t.rejects(openStore('postgres://someone:a-password@127.0.0.1:1/nothing'), { message: /^DATABASE_URL: PostgreSQL cannot be used \(.*ECONNREFUSED/ })
  })

  t.test('many that open a new database at once do not race', async t => {
    const url = await server.database(t)
    const stores = await Promise.all(upTo(6).map(() => openStore(url, { readers: 1 })))
    t.teardown(() => Promise.all(stores.map(store => store.close())))
    t.equal(new Set(stores.map(({ epoch }) => epoch)).size, 1)
    const receipts = await Promise.all(stores.map(store => store.notify(draft({ all: true }))))
    t.same(receipts.map(({ seq }) => seq).sort(), upTo(6))
  })
}
