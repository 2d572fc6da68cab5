import type { InboxEntry, InboxFilter, Store } from '../../../src/store/store.ts'
import { random } from '../../random.ts'
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

    const pages = (filter: Omit<InboxFilter, 'limit'>) => pagesOf(store, filter)
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

  t.test('unread pages leap over what a "read all" of a topic covers', async t => {
    const { store } = await engine.open(t)
    await store.applyClaims({ id: 'alice', role: 'user', company: 'a', iat: 1 })
    const { integer, oneIn, pick } = random(1)
    // Rare ones alone and a few together, before, among and after what is covered; some of those of several keys.
    const isOther = (number: number) => number > NOTIFICATIONS * 3 || oneIn(700) || number % 2_100 < 3
    await Promise.all(upTo(NOTIFICATIONS * 4).map(number => store.notify(draft(pick([{ users: ['alice'] }, { all: true }]), {
      id: `n-${number}`, topic: isOther(number) ? pick(['rare', null]) : 'noise', ...(oneIn(900) ? { expiresAt: 1 } : {})
    }))))
    await store.readAll('alice', NOTIFICATIONS * 3, 'noise')
    const marked = upTo(12).map(() => `n-${1 + integer(NOTIFICATIONS * 3)}`)
    await store.mark('alice', 'unread', marked)
    await store.mark('alice', 'archive', marked.slice(0, 3))
    const unread = (await entriesOf(store, {}, 500)).filter(({ readAt }) => readAt === null).map(idOf)
    t.ok(unread.length > NOTIFICATIONS)
    t.same(await pagesOf(store, { unread: true }, 50), unread)
    const old = unread.filter(id => Number(id.slice(2)) <= NOTIFICATIONS * 3)
    t.same(await pagesOf(store, { unread: true, before: NOTIFICATIONS * 3 + 2 }), old)
    t.equal((await store.readAll('alice', NOTIFICATIONS * 3 + 1, null)).count, old.length)
  })

  t.test('pages and counts by topic and type are whole, however far apart, and follow edits and retention', async t => {
    const { store } = await engine.open(t)
    await store.applyClaims({ id: 'alice', role: 'user', company: 'a', iat: 1 })
    const { integer, oneIn, pick } = random(2)
    const topics = [undefined, 'often', 'seldom', 'once']
    const types = [undefined, 'info', 'error']
    let sent: { id: string, topic: string | null, type: string, seq: number }[] = []
    const send = async (count: number) => {
      const fresh = upTo(count).map(() => ({ topic: oneIn(70) ? 'seldom' : pick(['often', null]), type: oneIn(50) ? 'error' : 'info' }))
      if (sent.length === 2) fresh[20] = { topic: 'once', type: 'error' }
      const audience = count > 50 ? { all: true as const } : pick([{ all: true as const }, { companies: ['a', 'b'] }, { companies: ['a'] }])
      sent.push(...await Promise.all(fresh.map(async each => {
        const { id, seq } = await store.notify(draft(audience, { ...each, at: 1 }))
        return { id, seq, ...each }
      })))
    }
    const check = async (about: string) => {
      const wrong: unknown[] = []
      for (const topic of topics) {
        for (const type of types) {
          const matching = sent.filter(each => (topic === undefined || each.topic === topic) && (type === undefined || each.type === type)).reverse()
          for (const before of [Number.MAX_SAFE_INTEGER, sent[integer(sent.length)]!.seq]) {
            const found = await pagesOf(store, { ...topic === undefined ? {} : { topic }, ...type === undefined ? {} : { type }, before }, 20)
            const expected = matching.filter(({ seq }) => seq < before).map(({ id }) => id)
            if (found.join() !== expected.join()) wrong.push([topic, type, before, found.length, expected.length])
          }
        }
      }
      t.same(wrong, [], about)
    }
    // Commits of one, of a few and of more than a block.
    for (const count of [1, 1, 80, 3, 1, 200, 2, 40]) await send(count)
    await check('as sent')
    for (let edits = 0; edits < 12; edits++) {
      const each = pick(sent)
      each.type = each.type === 'info' ? 'error' : 'info'
      await store.edit(each.id, { fields: { type: each.type as 'info' }, type: each.type })
      if (oneIn(3)) await send(1 + integer(3))
    }
    await check('after edits')
    await store.retain(2, 100)
    const { floor } = await store.unread('alice')
    sent = sent.filter(({ seq }) => seq > floor)
    await send(70)
    await check('after retention')
    for (const { seq, topic } of [sent[100]!, sent.at(-80)!, sent.at(-5)!, sent.at(-1)!]) {
      const unread = (await entriesOf(store, { unread: true, topic: 'often' }, 200)).filter(entry => entry.seq <= seq).length
      t.equal((await store.readAll('alice', seq, 'often')).count, unread, `a "read all" of a topic up to ${seq}, ${topic}`)
    }
  })

  t.test('an unread page and a "read all" cost the same behind a few and behind thousands that a topic\'s mark covers', async t => {
    const count = engine.countStatements?.(t)
    if (!count) return t.comment('the statements run elsewhere')
    const { store } = await engine.open(t)
    await store.applyClaims({ id: 'alice', role: 'user', company: 'a', iat: 1 })
    const send = (topic: string) => store.notify(draft({ all: true }, { topic }))
    const cost = async (work: () => Promise<unknown>) => {
      const before = count()
      await work()
      return count() - before
    }
    const costs: { page: number, none: number, all: number }[] = []
    for (const noise of [1_000, 6_000]) {
      const { id } = await send('rare')
      await Promise.all(upTo(noise).map(() => send('noise')))
      await store.readAll('alice', null, 'noise')
      const unread = (number: number) => cost(async () => t.equal((await store.inbox('alice', { unread: true, limit: 5 })).entries.length, number))
      const page = await unread(1)
      await store.mark('alice', 'read', [id])
      const none = await unread(0)
      await store.mark('alice', 'unread', [id])
      costs.push({ page, none, all: await cost(async () => t.match(await store.readAll('alice', null, null), { count: 1, unread: 0 })) })
    }
    t.comment(costs)
    for (const what of ['page', 'none', 'all'] as const) t.ok(costs[1]![what] <= 2 * costs[0]![what], `${what}: ${costs[1]![what]} statements`)
  })
}

/** Everything that a filter matches, in pages. */
async function entriesOf (store: Store, filter: Omit<InboxFilter, 'limit'>, limit: number): Promise<InboxEntry[]> {
  const all: InboxEntry[] = []
  for (let { before = await store.head() + 1 } = filter; ;) {
    const { entries, more } = await store.inbox('alice', { ...filter, limit, before })
    all.push(...entries)
    if (!more) return all
    before = entries.at(-1)!.seq
  }
}

const idOf = ({ body }: InboxEntry) => (JSON.parse(body) as { id: string }).id

async function pagesOf (store: Store, filter: Omit<InboxFilter, 'limit'>, limit = 3): Promise<string[]> {
  return (await entriesOf(store, filter, limit)).map(idOf)
}
