import type { InboxFilter } from '../../../src/store/store.ts'
import { draft, upTo, type Part } from './engine.ts'

const NOTIFICATIONS = 1_000

/** Filters that match little of a long inbox find it all the same, a bounded part of it with each statement. */
export const longInbox: Part = (t, engine) => {
  t.test('what is rare is found, page by page', async t => {
    const { store } = await engine.open(t)
    await store.applyClaims({ id: 'alice', role: 'user', company: 'a', iat: 1 })
    const isRare = (number: number) => number % 250 === 7
    await Promise.all(upTo(NOTIFICATIONS).map(number => store.notify(draft(number % 3 === 0 ? { users: ['alice'] } : { all: true }, {
      id: `n-${number}`, topic: isRare(number) ? 'rare' : 'noise', type: isRare(number) ? 'error' : 'info'
    }))))
    const rare = upTo(NOTIFICATIONS).filter(isRare).reverse().map(number => `n-${number}`)
    const head = await store.head()

    async function pages (filter: Omit<InboxFilter, 'limit'>): Promise<string[]> {
      const ids: string[] = []
      let before = head + 1
      while (true) {
        const { entries, more, seq } = await store.inbox('alice', { ...filter, limit: 3, before })
        t.ok(seq >= head)
        ids.push(...entries.map(({ body }) => (JSON.parse(body) as { id: string }).id))
        if (!more) return ids
        before = entries.at(-1)!.seq
      }
    }
    t.same(await pages({ topic: 'rare' }), rare)
    t.same(await pages({ type: 'error' }), rare)
    t.same(await pages({ topic: 'nothing' }), [])
    await store.mark('alice', 'read', rare.slice(0, 2))
    t.same(await pages({ unread: false }), rare.slice(0, 2))
    await store.readAll('alice', null, null)
    await store.mark('alice', 'unread', [rare[0]!, rare[3]!])
    t.same(await pages({ unread: true }), [rare[0]!, rare[3]!])
    t.same(await pages({ unread: true, topic: 'noise' }), [])
    for (let number = NOTIFICATIONS; number > 200; number -= 100) {
      await store.mark('alice', 'delete', upTo(100).map(index => `n-${number - index + 1}`))
    }
    t.equal((await pages({})).length, 200, 'what was deleted is passed over')
    t.equal((await store.inbox('alice', { limit: 200 })).entries.length, 200)
  })
}
