import type { Draft, Store } from '../../../../src/store/store.ts'
import { codeOf, draft, follow, inboxIds, upTo, wholeLog, type Part } from '../engine.ts'

const bodyOf = ({ body }: { body: string }) => JSON.parse(body)

export const replacing: Part = (t, engine) => {
  async function open (t: Parameters<Part>[0]) {
    const { store } = await engine.open(t, { now: () => 100_000 })
    await store.applyClaims({ id: 'alice', role: 'user', company: null, iat: 1 })
    const link = (id: string, rest: Partial<Draft> = {}) => draft({ all: true }, { id, chain: 'comments', ...rest })
    return { store, link }
  }
  const replaced = async (store: Store) => (await store.inbox('alice', { limit: 10 })).entries.map(entry => [bodyOf(entry).id, bodyOf(entry).replaces, bodyOf(entry).replaced_count])

  t.test('one of a chain recalls the one before, in its own commit, and counts', async t => {
    const { store, link } = await open(t)
    t.notHas(await store.notify(link('1', { body: '{"id":"1","title":"secret","data":{}}' })), { replaces: {} })
    await store.notify(draft({ all: true }, { id: 'other' }))
    await store.mark('alice', 'read', ['1'])
    const committed = follow(store)
    let commits = 0
    store.onCommit(() => { commits++ })
    t.match(await store.notify(link('2')), { id: '2', stored: true, replaces: { id: '1', count: 1 } })
    t.equal(commits, 1)
    t.match(committed, [{ kind: 'notification.recalled', keys: ['all'], body: '{"ids":["1"]}' }, { kind: 'notification', id: '2', keys: ['all'] }])
    t.match(bodyOf(committed[1]!), { replaces: '1', replaced_count: 1 }, 'in the frame')
    t.same(await replaced(store), [['2', '1', 1], ['other', undefined, undefined]], 'in the item')
    t.equal((await store.unread('alice')).count, 2, 'it is unread, whatever was done to the one before')
    t.notMatch(JSON.stringify(await wholeLog(store)), 'secret', 'blanked, as by a recall')
    await store.notify(link('3'))
    t.same((await replaced(store))[0], ['3', '2', 2])
    t.equal(await codeOf(store.recall('2')), 'BLF_NOTIFICATION_NOT_FOUND')
  })

  t.test('a retry replaces nothing, not even of what was replaced', async t => {
    const { store, link } = await open(t)
    const [one, two] = [link('1'), link('2')]
    const receipts = [await store.notify(one), await store.notify(two)]
    const head = await store.head()
    for (const [index, sent] of [one, two].entries()) t.same(await store.notify(sent), { id: sent.id, seq: receipts[index]!.seq, stored: false })
    t.equal(await codeOf(store.notify({ ...two, digest: 'another' })), 'BLF_ID_CONFLICT', 'nor does a send that fails')
    t.equal(await store.head(), head)
    t.same(await inboxIds(store, 'alice'), ['2'])
  })

  t.test('a recall ends the chain', async t => {
    const { store, link } = await open(t)
    await store.notify(link('1'))
    await store.notify(link('2'))
    await store.recall('2')
    const committed = follow(store)
    await store.notify(link('3'))
    t.match(committed.map(({ kind }) => kind), ['notification'])
    t.same(await replaced(store), [['3', undefined, undefined]])
  })

  t.test('another chain is another chain, and who has the id of a removed sender begins anew', async t => {
    const { store, link } = await open(t)
    const sender = 'user:alice'
    await store.notify(link('1', { sender }))
    await store.notify(link('2', { sender, chain: 'another' }))
    t.same((await inboxIds(store, 'alice')).sort(), ['1', '2'])
    await store.applyClaims({ id: 'bob', role: 'user', company: null, iat: 1 })
    await store.removeUser('alice')
    await store.createUser({ id: 'alice', username: 'alice', role: 'user', company: null, passwordHash: null })
    await store.notify(link('3', { sender }))
    const committed = follow(store)
    await store.notify(link('4', { sender }))
    t.match(committed, [{ kind: 'notification.recalled', body: '{"ids":["3"]}' }, { id: '4' }])
    t.same(await replaced(store), [['4', '3', 1]])
    t.equal(await codeOf(store.recall('1')), undefined, 'the former one is still there')
  })

  t.test('with an edit before it, and under another id than its label', async t => {
    const { store, link } = await open(t)
    await store.notify(link('1'))
    await store.notify(link('2'))
    await store.edit('2', { fields: { title: 'New' } })
    t.match(await replaced(store), [['2', '1', 1]])
    await store.notify(draft({ all: true }, { id: 'label' }))
    const committed = follow(store)
    t.match(await store.notify(link('label', { label: { text: 'label', otherId: 'of its own' } })), { id: 'of its own', replaces: { id: '2', count: 2 } })
    t.match(bodyOf(committed[1]!), { id: 'of its own', replaces: '2', replaced_count: 2 })
    t.same((await store.events(committed[0]!.seq - 1, 10)), committed)
  })

  t.test('many at once: each replaces the one before, beside others', async t => {
    const { store, link } = await open(t)
    const receipts = await Promise.all(upTo(20).flatMap(number => [store.notify(link(`${number}`)), store.notify(draft({ all: true }, { id: `other-${number}` }))]))
    t.same(receipts.filter(({ replaces }) => replaces).map(({ id, replaces }) => [id, replaces]), upTo(19).map(number => [`${number + 1}`, { id: `${number}`, count: number }]))
    t.same((await inboxIds(store, 'alice')).filter(id => !id.startsWith('other')), ['20'])
    t.equal((await store.unread('alice')).count, 21)
    const sent = (await wholeLog(store)).map(({ kind, id }) => kind === 'notification' ? id : kind).slice(1)
    t.same(sent.slice(0, 5), ['1', 'other-1', 'notification.recalled', '2', 'other-2'])
  })
}
