import type { Store } from '../../../../src/store/store.ts'
import { codeOf, draft, follow, wholeLog, type Part } from '../engine.ts'

const SECRET = 'the offer is 12,000'
/** A draft with everything that a reader could learn something from. */
const telling = (id: string, topic: string | null = 'offers') => draft({ all: true }, {
  id,
  topic,
  expiresAt: 9_000,
  body: JSON.stringify({
    id,
    title: SECRET,
    message: SECRET,
    type: 'info',
    created_at: '2026-01-31T12:00:00.000Z',
    read: false,
    expires_at: '1970-01-01T00:00:09.000Z',
    data: { ...(topic === null ? {} : { topic }), note: SECRET },
    url: `https://shop.example/${SECRET}`,
    icon: `https://shop.example/${SECRET}.png`,
    actions: [{ id: 'accept', label: SECRET }]
  })
})

export const recall: Part = (t, engine) => {
  const open = async (t: Parameters<Part>[0]) => {
    const { store } = await engine.open(t, { now: () => 1_000 })
    await store.applyClaims({ id: 'alice', role: 'user', company: null, iat: 1 })
    return store
  }
  const kept = async (store: Store, id: string) => JSON.parse((await wholeLog(store)).find(event => event.id === id)!.body) as object

  t.test('a recall removes the text, and leaves what it was', async t => {
    const store = await open(t)
    for (const sent of [telling('one'), telling('two', null)]) await store.notify(sent)
    for (const id of ['one', 'two']) await store.recall(id)
    const log = await wholeLog(store)
    t.notMatch(JSON.stringify(log), SECRET, 'nowhere in the log')
    const rest = { title: null, message: null, type: 'info', created_at: '2026-01-31T12:00:00.000Z', read: false, expires_at: '1970-01-01T00:00:09.000Z' }
    t.same(await kept(store, 'one'), { id: 'one', ...rest, data: { topic: 'offers' } })
    t.same(await kept(store, 'two'), { id: 'two', ...rest, data: {} })
    t.same((await store.replay('alice', 0, await store.head(), 10))!.events.map(({ kind }) => kind), ['notification.recalled', 'notification.recalled'])
  })

  t.test('a node that reads the log later sends it to nobody, and the recall to everybody', async t => {
    const store = await open(t)
    const committed = follow(store)
    await store.notify(telling('one'))
    await store.recall('one')
    t.same(committed.map(({ kind, keys }) => [kind, keys]), [['notification', ['all']], ['notification.recalled', ['all']]])
    t.same((await store.events(1, 10)).map(({ kind, keys }) => [kind, keys]), [['notification', []], ['notification.recalled', ['all']]])
  })

  t.test('it is for whoever has the notification, by topic too', async t => {
    const store = await open(t)
    const company = { company: 'a', role: 'user' }
    for (const id of ['bob', 'carol']) await store.applyClaims({ id, ...company, iat: 1 })
    const audience = { companies: ['a'] }
    await store.notify(draft({ ...audience, not: { users: ['carol'] } }, { id: 'one', topic: 'offers' }))
    await store.notify(draft(audience, { id: 'two', topic: null, chain: 'chain' }))
    await store.notify(draft(audience, { id: 'late', expiresAt: 9_000, lateJoiners: true }))
    await store.applyClaims({ id: 'dora', ...company, iat: 1 })
    const head = await store.head()
    for (const id of ['one', 'late']) await store.recall(id)
    await store.notify(draft(audience, { id: 'three', topic: null, chain: 'chain' }))
    const told = async (id: string, topics?: string[]) => (await store.replay(id, head, await store.head(), 10, topics))!.events
      .flatMap(({ kind, body }) => kind === 'notification.recalled' ? (JSON.parse(body) as { ids: string[] }).ids : [])
    t.same(await told('bob'), ['one', 'late', 'two'])
    t.same(await told('bob', ['others']), ['late', 'two'], 'past a filter, what has no topic')
    t.same(await told('bob', ['offers']), ['one', 'late', 'two'])
    t.same(await told('carol'), ['late', 'two'], 'excluded')
    t.same(await told('dora'), ['late'], 'joined later')
    t.same(await told('alice'), [])
  })

  t.test('a retry is recognised by id, key and label, and another send under the id is not one', async t => {
    const store = await open(t)
    const sent = telling('one')
    const keyed = { ...telling('keyed'), idempotencyKey: 'k' }
    const labelled = { ...telling('label'), label: { text: 'label', otherId: 'other' } }
    const receipts = [await store.notify(sent), await store.notify(keyed), await store.notify(labelled)]
    for (const id of ['one', 'keyed', 'label']) await store.recall(id)
    const head = await store.head()
    t.same([await store.notify(sent), await store.notify({ ...keyed, id: 'again' }), await store.notify(labelled)], receipts.map(receipt => ({ ...receipt, stored: false })))
    t.equal(await store.isRetry(sent), true)
    t.equal(await codeOf(store.notify({ ...sent, digest: 'another' })), 'BLF_ID_CONFLICT')
    t.equal(await store.head(), head)
  })

  t.test('in the commit of its send, and only once', async t => {
    const store = await open(t)
    const outcomes = await Promise.allSettled([store.notify(telling('one')), store.recall('one'), store.recall('one')])
    t.match(outcomes, [{ status: 'fulfilled' }, { status: 'fulfilled' }, { reason: { code: 'BLF_NOTIFICATION_NOT_FOUND' } }])
    t.notMatch(JSON.stringify(await wholeLog(store)), SECRET)
  })
}
