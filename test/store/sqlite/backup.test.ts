import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'tap'
import { openStore } from '../../../src/store/open.ts'
import { backupFile, restoreFile } from '../../../src/store/sqlite/backup.ts'
import type { Draft, Store } from '../../../src/store/store.ts'

const draft = (id: string): Draft => ({
  id, idempotencyKey: null, sender: 'user:root', scope: null, keys: ['all'], digest: id, type: 'info', topic: null, at: Date.now(), expiresAt: null, body: JSON.stringify({ id })
})

async function idsOf (store: Store): Promise<string[]> {
  return (await store.events(0, 10_000)).flatMap(({ id }) => id ?? [])
}

test('a backup taken while others write is whole, and restores as a log of a new epoch', async t => {
  const folder = t.testdir()
  const [path, copy] = [join(folder, 'belfry.db'), join(folder, 'copy.db')]
  const store = await openStore(`sqlite:${path}`)
  await store.createUser({ id: 'u1', username: 'u1', role: 'user', company: null, passwordHash: null })
  await Promise.all(Array.from({ length: 200 }, (_, index) => store.notify(draft(`early-${index}`))))
  const writing = Promise.all(Array.from({ length: 500 }, (_, index) => store.notify(draft(`late-${index}`))))
  const summary = await backupFile(path, copy)
  await writing
  t.equal(summary.epoch, store.epoch)
  t.ok(summary.head >= 201, 'holds everything that was committed before it began')
  t.equal(summary.events, summary.head, 'without holes')
  t.equal(summary.users, 1)
  const { epoch } = store
  await t.rejects(restoreFile(copy, path, { replace: true }), /in use by another/, 'not under a running server')
  await store.close()

  await t.rejects(restoreFile(copy, path), /already exists/, 'nothing is replaced unasked')
  const restored = await restoreFile(copy, path, { replace: true })
  t.not(restored.epoch, epoch)
  t.ok(existsSync(`${path}.replaced`), 'the old database is kept')
  const again = await openStore(`sqlite:${path}`)
  t.teardown(() => again.close())
  t.equal(again.epoch, restored.epoch)
  t.equal(await again.head(), summary.head)
  t.equal((await idsOf(again)).filter(id => id.startsWith('early-')).length, 200)
  await again.notify(draft('after'))
  t.equal(await again.head(), summary.head + 1, 'the log goes on without a hole')
})

test('what is no backup is refused and changes nothing', async t => {
  const folder = t.testdir()
  const [path, junk] = [join(folder, 'belfry.db'), join(folder, 'junk')]
  writeFileSync(junk, 'not a database at all, but long enough to look like one'.repeat(100))
  await t.rejects(restoreFile(junk, path), /not a database/)
  await t.rejects(restoreFile(join(folder, 'nowhere'), path), /no backup/)
  await t.rejects(backupFile(path, join(folder, 'copy')), /no database/)
  t.notOk(existsSync(path))
  const store = await openStore(`sqlite:${path}`)
  await store.close()
  await t.rejects(backupFile(path, junk), /already exists/)
})

test('nobody else can read a copy, not even while it is being made', async t => {
  const folder = t.testdir()
  const path = join(folder, 'belfry.db')
  const store = await openStore(`sqlite:${path}`)
  t.teardown(() => store.close())
  const umask = process.umask(0)
  t.teardown(() => process.umask(umask))
  const copying = backupFile(path, join(folder, 'copy.db'))
  const [draft] = readdirSync(folder).filter(name => name.startsWith('copy.db'))
  t.ok(draft, 'it has begun')
  t.equal(statSync(join(folder, draft!)).mode & 0o777, 0o600)
  await copying
  t.equal(statSync(join(folder, 'copy.db')).mode & 0o777, 0o600)
})
