import { clock, draft, inboxIds, upTo, wholeLog, type Part } from './engine.ts'

const DAY = 86_400_000

export const retention: Part = (t, engine) => {
  /** A store with alice (seq 1), then one notification a day, `1` to `days`. */
  async function openWithDays (t: Parameters<Part>[0], days: number) {
    const time = clock()
    const { store } = await engine.open(t, { now: time.now })
    await store.applyClaims({ id: 'alice', role: 'user', company: 'a', iat: 1 })
    const start = time.now()
    for (const day of upTo(days)) {
      time.move(DAY)
      await store.notify(draft(day % 2 === 0 ? { all: true } : { companies: ['a', 'b'] }, { id: String(day), at: time.now(), topic: 'x' }))
    }
    /** The moment before a day's notification. */
    return { store, dayOf: (day: number) => start + day * DAY, ...time }
  }

  t.test('what is older goes, in log order, and the floor rises; what is kept has no holes', async t => {
    const { store, dayOf } = await openWithDays(t, 8)
    const before = await wholeLog(store)
    t.equal(await store.retain(dayOf(4), 100), 4, 'the user\'s event and three days')
    t.equal(await store.floor(), 4)
    t.equal(await store.head(), 9)
    t.same(await wholeLog(store), before.slice(4))
    t.same(await inboxIds(store, 'alice'), ['8', '7', '6', '5', '4'])
    t.same(await store.unread('alice'), { count: 5, unseen: 5, seq: await store.head(), floor: 4 })
    t.equal((await store.unread('nobody')).floor, 4)
    t.same((await store.replay('alice', 4, 9, 100))!.events.map(({ id }) => id), ['4', '5', '6', '7', '8'])
    for (const user of ['alice', 'nobody']) {
      for (const after of [0, 3]) t.equal(await store.replay(user, after, 9, 100), undefined, `${user} cannot go on from ${after}`)
    }
    t.equal(await store.notification('3'), undefined)
    t.match(await store.user('alice'), { id: 'alice' }, 'users stay')
    t.equal(await store.retain(dayOf(4), 100), 0, 'again: nothing')
    t.equal(await store.floor(), 4)
  })

  t.test('in small batches', async t => {
    const { store, dayOf } = await openWithDays(t, 6)
    const removed: number[] = []
    do removed.push(await store.retain(dayOf(6), 4)); while (removed.at(-1)! > 0)
    t.same(removed, [4, 2, 0])
    t.equal(await store.floor(), 6)
    t.same(await inboxIds(store, 'alice'), ['6'])
  })

  t.test('seq and ids go on after everything went', async t => {
    const { store, dayOf, now } = await openWithDays(t, 3)
    await store.retain(dayOf(100), 100)
    t.equal(await store.floor(), 4)
    t.equal(await store.head(), 4)
    t.same(await wholeLog(store), [])
    t.same(await inboxIds(store, 'alice'), [])
    const { seq, stored } = await store.notify(draft({ all: true }, { id: '1', at: now() }))
    t.same([seq, stored], [5, true], 'an id that is forgotten is new')
    t.same(await inboxIds(store, 'alice'), ['1'])
  })

  t.test('what was read, read through and deleted stays so', async t => {
    const { store, dayOf, now } = await openWithDays(t, 8)
    await store.readAll('alice', 6, null)
    await store.mark('alice', 'unread', ['2', '4'])
    await store.mark('alice', 'read', ['6'])
    await store.mark('alice', 'delete', ['7'])
    const before = await store.inbox('alice', { limit: 10 })
    await store.retain(dayOf(4), 100)
    const after = await store.inbox('alice', { limit: 10 })
    t.same(after.entries, before.entries.filter(({ seq }) => seq > 4))
    t.same(after.entries.map(({ readAt }) => readAt), [null, now(), now(), null])
    t.equal(after.unread, 2)
  })

  t.test('what was recalled goes too', async t => {
    const { store, dayOf } = await openWithDays(t, 3)
    await store.recall('1')
    t.equal(await store.retain(dayOf(2), 100), 2)
    t.same(await inboxIds(store, 'alice'), ['3', '2'])
  })

  t.test('a send from a clock in the future stops nothing, nor does one from the past take anything with it', async t => {
    const { store, dayOf, now, move } = await openWithDays(t, 2)
    await store.notify(draft({ all: true }, { id: 'years ahead', at: now() + 3_000 * DAY }))
    await store.notify(draft({ all: true }, { id: 'days ahead', at: now() + 4 * DAY }))
    for (const day of [3, 4, 5, 6]) {
      move(DAY)
      await store.notify(draft({ all: true }, { id: String(day), at: now() }))
    }
    await store.notify(draft({ all: true }, { id: 'before clocks', at: 0 }))
    await store.notify(draft({ all: true }, { id: 'newest', at: now() }))
    await store.retain(dayOf(1), 100)
    t.same(await inboxIds(store, 'alice'), ['newest', 'before clocks', '6', '5', '4', '3', 'days ahead', 'years ahead', '2', '1'])
    while (await store.retain(dayOf(4), 2) > 0);
    t.same(await inboxIds(store, 'alice'), ['newest', 'before clocks', '6', '5', '4'])
  })

  t.test('marks on what is gone, and sessions and tickets that are over, go a little at a time', async t => {
    const { store, dayOf, now } = await openWithDays(t, 6)
    await store.mark('alice', 'read', ['1', '2', '3', '5'])
    await store.readAll('alice', 2, null)
    for (const [id, expiresAt] of [['over', now()], ['open', now() + 1]] as const) {
      await store.openSession({ id, userId: 'alice', refreshHash: id, expiresAt })
      await store.createTicket({ hash: id, userId: 'alice', sessionId: null, tokenExpiresAt: 0, origin: null, expiresAt })
    }
    t.equal(await store.tidy(2), 2, 'the session and the ticket')
    await store.retain(dayOf(4), 100)
    t.same([await store.tidy(2), await store.tidy(2), await store.tidy(2)], [2, 1, 0])
    t.equal(await store.isSessionOpen('open'), true)
    t.match(await store.redeemTicket('open'), { userId: 'alice' })
    t.match((await store.inbox('alice', { limit: 10 })).entries.map(({ readAt }) => readAt === null), [true, false, true])
  })
}
