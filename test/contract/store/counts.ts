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
  t.test('a "read all" up to a place counts nothing after it, although something later was marked unread again', async t => {
    const { store } = await engine.open(t)
    await store.applyClaims({ id: 'alice', role: 'user', company: 'a', iat: 1 })
    for (const group of ['g', 'h']) {
      await store.putGroup({ company: 'a', group }, { name: group, isOpen: false })
      await store.changeMembers({ company: 'a', group }, { add: ['alice'], remove: [] }, { perGroup: 10, perUser: 10 })
    }
    const places = new Map<string, number>()
    for (const id of ['early', 'late']) {
      // By two of her keys, so that it stands under neither alone.
      const { seq } = await store.notify(draft({ groups: ['g', 'h'], company: 'a' }, { id }))
      places.set(id, seq!)
    }
    await store.readAll('alice', null, null)
    await store.mark('alice', 'unread', ['late'])
    t.match(await store.readAll('alice', places.get('early')!, null), { count: 0, unread: 1, hasChanged: false })
    t.match(await store.readAll('alice', places.get('late')!, null), { count: 1, unread: 0, hasChanged: true })
  })
}
