import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { copy } from '../../src/cli/copy.ts'
import type { LogEvent } from '../../src/log/event.ts'
import { openStore } from '../../src/store/open.ts'
import { backupFile, restoreFile } from '../../src/store/sqlite/backup.ts'
import type { UserRecord } from '../../src/store/store.ts'
import { draft, inboxIds, wholeLog } from '../contract/store/engine.ts'
import { folder } from '../folder.ts'
import { ask, postgres } from '../services/postgres.ts'
import { readingsOf, withoutRecalled, type Reading } from './reading.ts'

/** What version 9 read from its own store; how it was made stands in `fixtures/README.md`. */
interface Expected {
  epoch: string
  head: number
  floor: number
  log: LogEvent[]
  users: UserRecord[]
  moments: { at: number, readings: Record<string, Reading> }[]
}

const fixtures = join(import.meta.dirname, 'fixtures')
const expected = JSON.parse(readFileSync(join(fixtures, 'version-9.json'), 'utf8')) as Expected

/** A copy of the SQLite store, so that nothing is written to the fixture; its path. */
function copyOfFixture (t: Test): string {
  const path = join(folder(t), 'belfry.db')
  copyFileSync(join(fixtures, 'version-9.db'), path)
  return path
}

/** Everything that version 9 knew is there, and what was begun with it goes on. */
async function isAsItWas (t: Test, url: string, { isRestored = false } = {}): Promise<void> {
  let now = 0
  const store = await openStore(url, { now: () => now })
  t.teardown(() => store.close())
  t.equal(store.epoch === expected.epoch, !isRestored, 'cursors are of this log, unless it was restored')
  t.strictSame([await store.head(), await store.floor()], [expected.head, expected.floor])
  t.strictSame(withoutRecalled(await wholeLog(store)), withoutRecalled(expected.log))
  for (const { at, readings } of expected.moments) {
    now = at
    const afters = Object.keys(readings.bob!.missed).map(Number)
    for (const id of Object.keys(readings)) t.strictSame((await readingsOf(store, [id], afters, expected.head))[id], readings[id], id)
  }
  t.strictSame(await store.users({ limit: 100 }), expected.users)

  const before = async (id: string) => await inboxIds(store, id)
  const [bob, again, twice] = [await before('bob'), await before('again'), await before('twice')]
  t.match(await store.notification('n-127'), { sender: 'user:twice' }, 'what a user sent is theirs')
  await store.notify(draft({ companies: ['b'], roles: ['user'] }, { id: 'to-role' }))
  await store.notify(draft({ users: ['again', 'gone'] }, { id: 'to-users' }))
  t.same([await before('twice'), await before('again')], [['to-role', ...twice], ['to-users', ...again]])
  await store.changeUser('bob', { company: 'b' })
  await store.notify(draft({ companies: ['b'] }, { id: 'to-company' }))
  await store.changeUser('bob', { company: 'a' })
  const ofCompanies = bob.filter(id => { const keys = expected.log.find(event => event.id === id)!.keys; return !keys.some(key => /^cr?:/.test(key)) })
  t.same(await before('bob'), ofCompanies, 'who leaves and comes back begins anew')
  await store.removeUser('again')
  await store.applyClaims({ id: 'again', role: 'user', company: 'b', iat: Math.ceil(now / 1000) + 62 })
  t.same(await before('again'), [], 'and so does who is removed and made again')
}

t.test('SQLite: a store of version 9 is what it was', async t => {
  await isAsItWas(t, `sqlite:${copyOfFixture(t)}`)
})

t.test('SQLite: so is a backup of it that is restored', async t => {
  const path = copyOfFixture(t)
  const [saved, restored] = [join(folder(t), 'saved.db'), join(folder(t), 'restored.db')]
  await backupFile(path, saved)
  await restoreFile(saved, restored)
  await isAsItWas(t, `sqlite:${restored}`, { isRestored: true })
})

const server = await postgres(t)

if (server) {
  t.test('PostgreSQL: a database of version 9 is what it was', async t => {
    const url = await server.database(t)
    await ask(url, readFileSync(join(fixtures, 'version-9.sql'), 'utf8'))
    await isAsItWas(t, url)
  })

  t.test('PostgreSQL: so is the SQLite store, copied there', async t => {
    const from = `sqlite:${copyOfFixture(t)}`
    const to = await server.database(t)
    await t.rejects(copy([from, to]), { message: /another version/ }, 'not before this version has opened it')
    await (await openStore(from)).close()
    t.match(await copy([from, to]), `epoch ${expected.epoch}, up to number ${expected.head}`)
    await isAsItWas(t, to)
  })

  t.test('PostgreSQL: a hundred thousand users are a few hundred statements', async t => {
    const url = await server.database(t)
    await ask(url, readFileSync(join(fixtures, 'version-9.sql'), 'utf8'))
    await ask(url, `INSERT INTO users (id, role, company, created_at, created_seq, role_seq, company_seq, direct_seq, claims_iat)
      SELECT 'many-' || n, 'user', 'many', 0, 1, 1, 1, 0, 0 FROM generate_series(1, 100000) AS n`)
    const start = performance.now()
    await (await openStore(url)).close()
    t.comment(`${Math.round(performance.now() - start)} ms`)
    t.match(await ask(url, "SELECT count(*)::int AS n FROM memberships WHERE key IN ('c:many', 'cr:many/user')"), [{ n: 200_000 }])
  })
}
