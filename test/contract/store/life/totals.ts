import { draft, type Part } from '../engine.ts'

export const totals: Part = (t, engine) => {
  t.test('notifications are counted by ranges of the log, whatever else is in it', async t => {
    const { store } = await engine.open(t)
    await store.applyClaims({ id: 'alice', role: 'user', company: null, iat: 1 })
    const begin = await store.head()
    for (const [index, type] of ['info', 'success', 'warning', 'error', 'info'].entries()) await store.notify(draft({ all: true }, { id: `${index}`, type }))
    await store.mark('alice', 'read', ['1'])
    await store.recall('2')
    const head = await store.head()
    t.ok(head > begin + 5)
    t.equal(await store.countNotifications(0, head), 5, 'a recalled one is still in the log')
    t.equal(await store.countNotifications(begin + 1, begin + 3), 2)
    t.equal(await store.countNotifications(head, head + 100), 0)
    await store.retain(Number.MAX_SAFE_INTEGER, begin + 2)
    t.equal(await store.countNotifications(0, head), 3, 'one that retention removed is not')
  })

  t.test('users are counted a page at a time, removed ones are not', async t => {
    const { store } = await engine.open(t)
    t.same(await store.countUsers('', 10), { count: 0, last: null })
    for (const id of ['a', 'b', 'c', 'd', 'e']) await store.applyClaims({ id, role: 'user', company: null, iat: 1 })
    await store.removeUser('b')
    t.same(await store.countUsers('', 2), { count: 1, last: 'b' })
    t.same(await store.countUsers('b', 2), { count: 2, last: 'd' })
    t.same(await store.countUsers('d', 2), { count: 1, last: null })
  })

  t.test('it says what it is and how large', async t => {
    const { store } = await engine.open(t)
    t.match(store.engine, /^(sqlite|postgresql)$/)
    const before = await store.bytes()
    t.ok(Number.isSafeInteger(before) && before > 10_000, String(before))
    for (let index = 0; index < 60; index++) await store.notify(draft({ all: true }, { body: JSON.stringify({ text: 'x'.repeat(8_000) }) }))
    t.ok(await store.bytes() > before, 'and grows')
  })
}
