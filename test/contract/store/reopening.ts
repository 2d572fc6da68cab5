import { draft, upTo, wholeLog, type Part } from './engine.ts'

/** For engines whose data outlives the store. */
export const reopening: Part = (t, engine) => {
  t.test('a store opened again goes on where it was', async t => {
    const { store, reopen } = await engine.open(t)
    if (!reopen) return t.pass('its data ends with it')
    for (const [id, company] of [['alice', 'a'], ['bob', 'b']] as const) await store.applyClaims({ id, role: 'user', company, iat: 1 })
    await store.createUser({ id: 'root', username: 'admin', role: 'admin', company: null, passwordHash: 'hash' })
    const sent = await Promise.all(upTo(20).map(number => draft(number % 2 === 0 ? { all: true } : { companies: ['a'] }, { topic: 'x' })).map(async draft => {
      return { draft, receipt: await store.notify(draft) }
    }))
    await store.mark('alice', 'read', [sent[1]!.receipt.id])
    await store.mark('alice', 'delete', [sent[2]!.receipt.id])
    await store.readAll('bob', null, null)
    await store.mark('bob', 'unread', [sent[3]!.receipt.id])
    await store.recall(sent[4]!.receipt.id)

    const look = async (from: typeof store) => ({
      epoch: from.epoch,
      head: await from.head(),
      log: await wholeLog(from),
      inboxes: await Promise.all(['alice', 'bob', 'root'].map(user => from.inbox(user, { limit: 100 }))),
      replays: await Promise.all(['alice', 'bob', 'root'].map(async user => from.replay(user, 0, await from.head(), 100))),
      users: await from.users({ limit: 10 }),
      admin: await from.userByName('admin')
    })
    const before = await look(store)
    const again = await reopen()
    t.same(await look(again), before)

    t.same(await again.notify(sent[0]!.draft), { ...sent[0]!.receipt, stored: false }, 'a retry still finds its first receipt')
    const next = await again.notify(draft({ all: true }))
    t.equal(next.seq, before.head + 1)
  })

  t.test('two stores have two epochs', async t => {
    const { store: one } = await engine.open(t)
    const { store: other } = await engine.open(t)
    t.match(one.epoch, /^[a-z0-9]{8}$/)
    t.not(one.epoch, other.epoch)
  })

  t.test('what waits when a store is closed is committed first', async t => {
    const { store, reopen } = await engine.open(t)
    if (!reopen) return t.pass('its data ends with it')
    const waiting = upTo(30).map(() => store.notify(draft({ all: true })))
    const again = await reopen()
    t.same((await Promise.all(waiting)).map(({ seq }) => seq), upTo(30))
    t.equal(await again.head(), 30)
  })
}
