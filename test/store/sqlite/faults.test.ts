import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Worker } from 'node:worker_threads'
import t from 'tap'
import { openSqlite } from '../../../src/store/sqlite/store.ts'
import { codeOf, draft, follow, upTo, wholeLog } from '../../contract/store/engine.ts'
import { folder } from '../../folder.ts'

const LONG = 'x'.repeat(20_000)
const long = () => draft({ all: true }, { body: JSON.stringify({ message: LONG }) })

t.test('no room: BLF_STORE_FULL, nothing stored; when room is back the log goes on without a gap', async t => {
  const path = join(folder(t), 'belfry.db')
  await (await openSqlite(path)).close()
  // Something that takes up room, and can go away while the store is open.
  const raw = new DatabaseSync(path)
  t.teardown(() => raw.close())
  raw.exec('CREATE TABLE ballast (filling BLOB)')
  raw.exec('WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO ballast SELECT zeroblob(4000) FROM n')
  const { page_count: pages } = raw.prepare('PRAGMA page_count').get() as { page_count: number }

  const store = await openSqlite(path, { maxPages: pages + 400 })
  t.teardown(() => store.close())
  await store.applyClaims({ id: 'alice', role: 'user', company: null, iat: 1 })
  const committed = follow(store)
  const fill = async () => {
    const codes = []
    do codes.push(await codeOf(store.notify(long()))); while (codes.at(-1) === undefined)
    return codes
  }
  // Many at once: a batch that finds no room fails whole. Then one by one, for the last of the room.
  const codes = [...(await Promise.all(upTo(8).map(fill))).flat(), ...await fill()]
  t.same(codes.filter(code => code !== undefined), Array(9).fill('BLF_STORE_FULL'))
  const acknowledged = codes.length - 9
  t.ok(acknowledged > 8)
  t.equal(committed.length, acknowledged, 'what was refused was not told of')
  t.same((await wholeLog(store)).slice(1), committed, 'nor stored')
  t.equal(await store.head(), acknowledged + 1)
  t.equal((await store.inbox('alice', { limit: 200 })).entries.length, acknowledged, 'reading goes on')
  t.equal(await codeOf(store.notify(long())), 'BLF_STORE_FULL', 'full it stays')

  raw.exec('DELETE FROM ballast')
  const receipts = await Promise.all(upTo(5).map(() => store.notify(long())))
  t.same(receipts.map(({ seq }) => seq), upTo(5).map(number => acknowledged + 1 + number))
  t.same((await wholeLog(store)).map(({ seq }) => seq), upTo(acknowledged + 6))
})

t.test('no room in memory is the same', async t => {
  const empty = await openSqlite(':memory:')
  const pages = await empty.bytes() / 4096
  await empty.close()
  const store = await openSqlite(':memory:', { maxPages: pages + 40 })
  t.teardown(() => store.close())
  let acknowledged = 0
  while (await codeOf(store.notify(long())) === undefined) acknowledged++
  t.ok(acknowledged > 0)
  t.equal(await codeOf(store.notify(long())), 'BLF_STORE_FULL')
  t.same((await wholeLog(store)).map(({ seq }) => seq), upTo(acknowledged))
})

t.test('a writer that dies fails what waits for it and what comes later, and ends nobody\'s wait', async t => {
  const path = join(folder(t), 'belfry.db')
  const started = Promise.withResolvers<Worker>()
  process.once('worker', started.resolve)
  const store = await openSqlite(path)
  const worker = await started.promise
  const { seq } = await store.notify(draft({ all: true }))

  const waiting = upTo(20).map(() => codeOf(store.notify(draft({ all: true }))))
  await worker.terminate()
  const outcomes = await Promise.all(waiting)
  t.ok(outcomes.every(code => code === undefined || code === 'BLF_STORE_UNAVAILABLE'), outcomes.join())
  t.equal(await codeOf(store.notify(draft({ all: true }))), 'BLF_STORE_UNAVAILABLE')
  t.equal(await codeOf(store.notify(draft({ all: true }))), 'BLF_STORE_UNAVAILABLE')
  t.ok(await store.head() >= seq, 'reading goes on')
  t.equal(await codeOf(store.ping()), 'BLF_STORE_UNAVAILABLE', 'but the store is not ready')
  await store.close()

  const again = await openSqlite(path)
  t.teardown(() => again.close())
  t.same((await wholeLog(again)).map(({ seq }) => seq), upTo(await again.head()))
})
