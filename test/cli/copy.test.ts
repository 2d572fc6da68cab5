import { join } from 'node:path'
import t from 'tap'
import { copy } from '../../src/cli/copy.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { draft, upTo, wholeLog } from '../contract/store/engine.ts'
import { folder } from '../folder.ts'
import { postgres } from '../services/postgres.ts'

const USERS = ['alice', 'bob', 'root']

async function fill (store: Store): Promise<void> {
  for (const [id, company] of [['alice', 'a/ü'], ['bob', 'b']] as const) await store.applyClaims({ id, role: 'user', company, iat: 1 })
  await store.createUser({ id: 'root', username: 'admin', role: 'admin', company: null, passwordHash: '$argon2id$x' })
  const body = JSON.stringify({ title: 'quote " back\\slash \u0001 🔔 \u2028' })
  await Promise.all(upTo(1_500).map(number => store.notify(draft(number % 2 === 0 ? { all: true } : { companies: ['a/ü'] }, { id: `n-${number}`, topic: 'x', body }))))
  await store.mark('alice', 'read', ['n-1', 'n-2'])
  await store.mark('alice', 'delete', ['n-3'])
  await store.readAll('bob', 500, null)
  await store.recall('n-4')
  await store.openSession({ id: 's', userId: 'alice', refreshHash: 'h', expiresAt: Date.now() + 60_000 })
  await store.createKey({ id: 'k', name: 'backend', hash: 'kh', scopes: ['send:all'] })
  for (const [id, sendAt] of [['due', 1], ['later', 9e12]] as const) await store.schedule({ ...draft({ all: true }, { id, body }), sendAt }, 10)
  await store.publishDue(10)
  await store.retain(Date.now() + 60_000, 10)
}

async function look (store: Store) {
  const head = await store.head()
  return {
    epoch: store.epoch,
    head,
    floor: await store.floor(),
    log: await wholeLog(store, 1_000),
    inboxes: await Promise.all(USERS.map(user => store.inbox(user, { limit: 200 }))),
    replays: await Promise.all(USERS.map(user => store.replay(user, 0, head, 100))),
    users: await store.users({ limit: 10 }),
    admin: await store.userByName('admin'),
    keys: await store.keys(),
    plans: await store.plans({ limit: 10 }),
    waiting: (await store.nextPlan()).waiting
  }
}

const server = await postgres(t)

if (server) {
  t.test('a SQLite store moves to PostgreSQL whole, with its epoch and its numbers', async t => {
    const from = `sqlite:${join(folder(t), 'belfry.db')}`
    const to = await server.database(t)
    const old = await openStore(from)
    await fill(old)
    const before = await look(old)
    await t.rejects(copy([from, to]), { message: /in use by another Belfry process/ })
    await old.close()

    t.match(await copy([from, to]), new RegExp(`^copied, epoch ${before.epoch}, up to number ${before.head}: .*event_keys \\d+, events \\d+, .*users 3.*jwt.secret and push.key`))
    const store = await openStore(to)
    t.teardown(() => store.close())
    t.same(await look(store), before)
    t.equal((await store.notify(draft({ all: true }))).seq, before.head + 1, 'and goes on there')
    t.match(await store.schedule({ ...draft({ all: true }), sendAt: 9e12 }, 10), { stored: true }, 'plans too')
    t.same((await store.refresh({ hash: 'h', nextHash: 'h2', expiresAt: Date.now() + 60_000 })).outcome, 'rotated')
    await t.rejects(copy([from, to]), { message: /must be empty/ })
  })

  t.test('what cannot be copied is refused', async t => {
    const to = await server.database(t)
    for (const args of [[], ['sqlite:x'], ['sqlite::memory:', to], [to, 'sqlite:x'], ['sqlite:x', 'mysql://y'], ['sqlite:x', to, 'z']]) {
      await t.rejects(copy(args), { message: /^usage/ })
    }
    await t.rejects(copy([`sqlite:${join(folder(t), 'nothing.db')}`, to]), { message: /there is no database/ })
  })
}
