import { chmodSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { openStore } from '../../../src/store/open.ts'
import { codeOf, draft, upTo, wholeLog } from '../../contract/store/engine.ts'
import { folder } from '../../folder.ts'

const NOBODY = 65_534

/** Runs as a user that neither owns the file nor may do everything. */
async function unprivileged<T> (run: () => Promise<T>): Promise<T> {
  process.seteuid!(NOBODY)
  try {
    return await run()
  } finally {
    process.seteuid!(0)
  }
}

t.test('while another process holds the database, sends are refused, reads go on, and nothing is half stored', async t => {
  const path = join(folder(t), 'belfry.db')
  const store = await openStore(`sqlite:${path}`)
  t.teardown(() => store.close())
  await store.notify(draft({ all: true }))
  const other = new DatabaseSync(path)
  t.teardown(() => other.close())
  other.exec('BEGIN IMMEDIATE')

  const waiting = Promise.all(upTo(3).map(() => codeOf(store.notify(draft({ all: true })))))
  t.equal(await store.head(), 1, 'who reads need not wait')
  t.same(await waiting, Array(3).fill('BLF_STORE_UNAVAILABLE'), 'never a false success')
  other.exec('ROLLBACK')
  t.equal((await store.notify(draft({ all: true }))).seq, 2, 'it goes on by itself, without a hole')
  t.same((await wholeLog(store)).map(({ seq }) => seq), [1, 2])
})

// The owner of a file may make it writable, so it takes another user to be refused.
const skip = process.getuid?.() !== 0 && 'needs root, to become somebody else'

t.test('a read-only file is refused at start, and left as it is', { skip }, async t => {
  const home = folder(t)
  chmodSync(home, 0o777)
  const path = join(home, 'belfry.db')
  const store = await openStore(`sqlite:${path}`)
  await store.notify(draft({ all: true }))
  await store.close()
  rmSync(`${path}.lock`, { force: true })
  chmodSync(path, 0o444)
  const before = readFileSync(path)

  await unprivileged(() => t.rejects(openStore(`sqlite:${path}`), { message: new RegExp(`^cannot open ${path}: .`) }))
  t.ok(readFileSync(path).equals(before))
  t.equal(statSync(path).mode & 0o777, 0o444)

  chmodSync(path, 0o600)
  rmSync(`${path}.lock`, { force: true })
  const again = await openStore(`sqlite:${path}`)
  t.teardown(() => again.close())
  t.equal(await again.head(), 1)
})
