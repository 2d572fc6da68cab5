import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openStore } from '../../src/store/open.ts'
import { draft } from '../contract/store/engine.ts'
import { folder } from '../folder.ts'
import { ask, postgres } from '../services/postgres.ts'

/** What version 5 did, undone. */
const TO_VERSION_4 = 'ALTER TABLE api_keys DROP COLUMN rate_limit; ALTER TABLE api_keys DROP COLUMN expires_at;'

/** What version 4 did, undone. */
const TO_VERSION_3 = `${TO_VERSION_4} DROP INDEX events_label; ALTER TABLE events DROP COLUMN label;`

/** What version 3 did to the index by audience, undone. */
const TO_VERSION_2 = `
  ${TO_VERSION_3}
  ALTER TABLE event_keys DROP COLUMN expires_at;
  INSERT INTO event_keys (key, class, seq) SELECT 'all', 0, seq FROM events WHERE id = 'recalled';
`

/** A store of version 2, opened by this Belfry, counts as it did, and goes on. */
async function countsOn (t: Test, url: string, downgrade: () => unknown): Promise<void> {
  let now = 1_000
  const before = await openStore(url, { now: () => now })
  await before.seeUser({ id: 'alice', role: 'user', company: 'a', iat: 1 })
  for (const [id, expiresAt] of [['kept', null], ['recalled', null], ['expiring', 5_000], ['gone', 1_500]] as const) {
    await before.notify(draft({ all: true }, { id, expiresAt }))
  }
  await before.recall('recalled')
  t.equal((await before.unread('alice')).count, 3)
  await before.close()
  await downgrade()

  const store = await openStore(url, { now: () => now })
  t.teardown(() => store.close())
  const inbox = async () => (await store.inbox('alice', { limit: 10 })).entries.length
  t.equal((await store.unread('alice')).count, 3)
  now = 2_000
  t.same([(await store.unread('alice')).count, await inbox()], [2, 2])
  now = 5_000
  t.same([(await store.unread('alice')).count, await inbox()], [1, 1])
  await store.notify(draft({ all: true }, { id: 'new', expiresAt: 6_000 }))
  t.same([(await store.unread('alice')).count, await inbox()], [2, 2])
}

/** In a store of version 3 the id of a broadcast was its id: its retry is one still, and other content goes beside it. */
async function labelsOn (t: Test, url: string, downgrade: () => unknown): Promise<void> {
  const labelled = (digest: string) => draft({ all: true }, { id: 'label', digest, label: { text: 'label', otherId: digest } })
  const before = await openStore(url)
  const first = await before.notify({ ...labelled('one'), label: undefined })
  await before.close()
  await downgrade()

  const store = await openStore(url)
  t.teardown(() => store.close())
  t.same(await store.notify(labelled('one')), { ...first, stored: false })
  t.match(await store.notify(labelled('two')), { id: 'two', stored: true })
}

t.test('SQLite', async t => {
  const downgrade = (path: string, statements: string, version: number) => () => {
    const raw = new DatabaseSync(path)
    raw.exec(`${statements} PRAGMA user_version = ${version}`)
    raw.close()
  }
  const path = join(folder(t), 'belfry.db')
  await countsOn(t, `sqlite:${path}`, downgrade(path, TO_VERSION_2, 2))
  const other = join(folder(t), 'belfry.db')
  await labelsOn(t, `sqlite:${other}`, downgrade(other, TO_VERSION_3, 3))
})

const server = await postgres(t)

if (server) {
  t.test('PostgreSQL', async t => {
    const url = await server.database(t)
    await countsOn(t, url, () => ask(url, `${TO_VERSION_2} UPDATE belfry SET version = 2`))
    const other = await server.database(t)
    await labelsOn(t, other, () => ask(other, `${TO_VERSION_3} UPDATE belfry SET version = 3`))
  })
}
