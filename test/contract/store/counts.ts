import { unreadAfter } from '../../badges.ts'
import { random } from '../../random.ts'
import { draft, follow, upTo, wholeLog, type Part } from './engine.ts'

/** What a mark counts is exact at its own place, whatever shares its commit. */
export const counts: Part = (t, engine) => {
  t.test('many sends and marks of two users in one commit', async t => {
    const { store } = await engine.open(t)
    const { pick, some, oneIn } = random(11)
    for (const id of ['alice', 'bob']) await store.applyClaims({ id, role: 'user', company: 'a', iat: 1 })
    const ids = upTo(12).map(String)
    for (const id of ids) await store.notify(draft({ all: true }, { id, topic: pick(['x', 'y']) }))
    const committed = follow(store)
    let commits = 0
    store.onCommit(() => { commits++ })

    const told: { userId: string, seq: number, unread: number }[] = []
    const tell = (userId: string, { seq, unread }: { seq: number, unread: number }) => { told.push({ userId, seq, unread }) }
    await Promise.all(upTo(200).map(async number => {
      const userId = pick(['alice', 'bob'])
      if (oneIn(3)) await store.notify(draft(pick([{ all: true }, { users: [userId] }, { companies: ['b'] }]), { id: `n${number}`, topic: pick(['x', 'y']) }))
      else if (oneIn(6)) tell(userId, await store.readAll(userId, null, pick([null, 'x'])))
      else tell(userId, await store.mark(userId, pick(['read', 'unread', 'unread', 'delete']), some(ids)))
    }))
    t.equal(commits, 1)

    const log = await wholeLog(store)
    const truth = new Map(['alice', 'bob'].map(id => [id, unreadAfter(log, [`u:${id}`, 'all', 'r:user', 'c:a', 'cr:a/user'])]))
    t.same(told.map(({ userId, seq, unread }) => ({ userId, seq, unread })), told.map(({ userId, seq }) => ({ userId, seq, unread: truth.get(userId)![seq] })), 'answers')
    const counted = committed.flatMap(({ seq, keys: [key], body }) => {
      const { unread_count: unread } = JSON.parse(body) as { unread_count?: number }
      return unread === undefined ? [] : [{ userId: key!.slice(2), seq, unread }]
    })
    t.ok(counted.length > 20)
    t.same(counted, counted.map(({ userId, seq }) => ({ userId, seq, unread: truth.get(userId)![seq] })), 'events')
  })
}
