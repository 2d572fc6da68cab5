import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { openStore } from '../../../src/store/open.ts'
import { get } from '../../../src/store/query.ts'
import type { Store } from '../../../src/store/store.ts'
import { Writer } from '../../../src/store/sqlite/writer.ts'
import { codeOf, draft, upTo } from '../../contract/store/engine.ts'
import { folder } from '../../folder.ts'

/** A closed database with some notifications in it. */
async function database (t: Test): Promise<string> {
  const path = join(folder(t), 'belfry.db')
  const store = await openStore(`sqlite:${path}`)
  await Promise.all(upTo(100).map(() => store.notify(draft({ all: true }))))
  await store.close()
  return path
}

t.test('a commit is synced: write-ahead log, synchronous FULL', async t => {
  const path = await database(t)
  const writer = new Writer(path)
  t.teardown(() => writer.close())
  t.same({ ...writer.execute(get('PRAGMA journal_mode')) }, { journal_mode: 'wal' })
  t.same({ ...writer.execute(get('PRAGMA synchronous')) }, { synchronous: 2 })
  t.same({ ...writer.execute(get('PRAGMA foreign_keys')) }, { foreign_keys: 1 })
})

t.test('the text of a recalled notification is not in the file any more', async t => {
  const path = await database(t)
  const SECRET = 'the offer is 12,000'
  const recalled = async (write: (store: Store) => Promise<unknown>) => {
    const store = await openStore(`sqlite:${path}`)
    await write(store)
    await store.close()
    return readFileSync(path).includes(SECRET)
  }
  t.ok(await recalled(store => store.notify(draft({ all: true }, { id: 'offer', body: JSON.stringify({ id: 'offer', message: SECRET.repeat(50) }) }))))
  t.notOk(await recalled(store => store.recall('offer')))
})

t.test('only the owner may read any of its files', async t => {
  const path = join(folder(t), 'below', 'belfry.db')
  const mask = process.umask(0)
  t.teardown(() => process.umask(mask))
  const store = await openStore(`sqlite:${path}`)
  t.teardown(() => store.close())
  await store.notify(draft({ all: true }))
  const files = readdirSync(join(path, '..')).sort()
  t.same(files, ['belfry.db', 'belfry.db-shm', 'belfry.db-wal', 'belfry.db.lock'])
  for (const file of files) t.equal((statSync(join(path, '..', file)).mode & 0o777).toString(8), '600', file)
})

t.test('a file that others could read is made private', async t => {
  const path = join(folder(t), 'belfry.db')
  writeFileSync(path, '', { mode: 0o644 })
  const store = await openStore(`sqlite:${path}`)
  t.teardown(() => store.close())
  t.equal(statSync(path).mode & 0o777, 0o600)
})

t.test('a file that is no database is refused and left as it is', async t => {
  const path = join(folder(t), 'passwd')
  writeFileSync(path, 'root:x:0:0:root:/root:/bin/sh\n'.repeat(200), { mode: 0o644 })
  const before = readFileSync(path)
  await t.rejects(openStore(`sqlite:${path}`), { message: /^cannot open .*passwd: / })
  t.equal(statSync(path).mode & 0o777, 0o644, 'others may still read it')
  t.same(readFileSync(path), before)
  t.same(readdirSync(join(path, '..')), ['passwd'], 'nothing is made beside it')
})

t.test('a damaged file is refused with a line that names it', async t => {
  const damages: [string, (content: Buffer) => Buffer][] = [
    ['no database at all', () => Buffer.from('hello, this is a text file\n'.repeat(500))],
    ['a damaged header', content => { content.fill(0xff, 0, 64); return content }],
    ['damaged pages', content => { content.fill(0xff, 4096); return content }],
    ['cut off', content => content.subarray(0, 4096)]
  ]
  for (const [damage, apply] of damages) {
    const path = await database(t)
    const damaged = apply(readFileSync(path))
    writeFileSync(path, damaged)
    await t.rejects(openStore(`sqlite:${path}`), { message: new RegExp(`^cannot open ${path}: .`) }, damage)
    t.ok(readFileSync(path).equals(damaged), 'and left as it is')
    await t.rejects(openStore(`sqlite:${path}`), { message: /^cannot open/ }, 'a refusal keeps no lock')
  }
})

t.test('a file from a newer Belfry is refused', async t => {
  const path = await database(t)
  const raw = new DatabaseSync(path)
  raw.exec('PRAGMA user_version = 1000')
  raw.close()
  await t.rejects(openStore(`sqlite:${path}`), { message: /version 1000, newer than this Belfry/ })
})

t.test('a path where no file can be is refused with a line that names it', async t => {
  const path = join(folder(t), 'below')
  mkdirSync(path, { mode: 0o700 })
  await t.rejects(openStore(`sqlite:${path}`), { message: new RegExp(`^cannot open ${path}: .`) }, 'a folder')
  t.equal(statSync(path).mode & 0o777, 0o700, 'which keeps its mode')
  writeFileSync(join(path, 'file'), '')
  await t.rejects(openStore(`sqlite:${path}/file/belfry.db`), { message: new RegExp(`^cannot open ${path}/file/belfry.db: .`) })
})

t.test('two names of one file are one file', async t => {
  const path = await database(t)
  const alias = join(folder(t), 'alias.db')
  symlinkSync(path, alias)
  const store = await openStore(`sqlite:${path}`)
  t.teardown(() => store.close())
  await t.rejects(openStore(`sqlite:${alias}`), { message: /in use by another/ })
})

t.test('after close, reads and writes are refused', async t => {
  for (const path of [':memory:', join(folder(t), 'belfry.db')]) {
    const store = await openStore(`sqlite:${path}`)
    await store.ping()
    await store.close()
    t.equal(await codeOf(store.ping()), 'BLF_STORE_UNAVAILABLE')
    t.equal(await codeOf(store.notify(draft({ all: true }))), 'BLF_STORE_UNAVAILABLE')
    t.equal(await codeOf(store.inbox('alice', { limit: 10 })), 'BLF_STORE_UNAVAILABLE')
  }
})
