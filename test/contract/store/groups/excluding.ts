import type { Audience } from '../../../../src/log/audience.ts'
import type { Store } from '../../../../src/store/store.ts'
import { codeOf, draft, inboxIds, upTo, type Part } from '../engine.ts'
import { add, order, peopled, put } from './groups.ts'

const everybody = { company: null, group: 'everybody' }
/** Every reading of one user's inbox, which must agree. */
async function readings (store: Store, id: string): Promise<string[]> {
  const ids = await inboxIds(store, id)
  const head = await store.head()
  const replayed = (await store.replay(id, 0, head, 1_000))!.events.flatMap(({ id }) => id ?? []).reverse()
  const unread = (await store.inbox(id, { limit: 100, unread: true })).entries.length
  const { count, unseen } = await store.unread(id)
  if (JSON.stringify(ids) !== JSON.stringify(replayed) || count !== ids.length || unread !== count || unseen !== count) {
    return [`listed ${ids.join()}, replayed ${replayed.join()}, counted ${count}, unread ${unread}, unseen ${unseen}`]
  }
  return ids
}

export const excluding: Part = (t, engine) => {
  t.test('who is excluded has it in no reading, whatever the form of the audience', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    for (const ref of [order, everybody]) {
      await put(store, ref)
      await add(store, ref, 'alice', 'bob', 'ben')
    }
    const audiences: Audience[] = [
      { all: true }, { users: ['alice', 'bob', 'ben', 'nobody'] }, { companies: ['a', 'b'] }, { roles: ['user', 'admin'] }, { companies: ['a'], roles: ['user', 'admin'] },
      { groups: [order.group], company: 'a' }, { groups: [everybody.group, everybody.group], company: null }
    ]
    for (const [index, audience] of audiences.entries()) {
      const given = { ...audience, not: { users: ['bob', 'nobody', 'bob'] } }
      await store.notify(draft(given, { id: `n-${index}`, topic: 'x' }))
      const count = await store.countAudience(audience)
      t.equal(await store.countAudience(given), count - ('users' in audience ? 2 : 1), JSON.stringify(audience))
    }
    await store.notify(draft({ all: true }, { id: 'last' }))
    t.same(await readings(store, 'bob'), ['last'])
    t.same(await readings(store, 'ben'), ['last', 'n-6', 'n-5', 'n-4', 'n-3', 'n-2', 'n-1', 'n-0'])
    t.equal((await store.inbox('bob', { limit: 10, topic: 'x' })).entries.length, 0)
    t.equal((await store.inbox('bob', { limit: 10, view: 'deleted' })).entries.length, 0, 'nor is it one that bob deleted')
    for (const verb of ['read', 'unread', 'delete'] as const) t.same((await store.mark('bob', verb, ['n-0', 'n-6'])).missing, ['n-0', 'n-6'], verb)
    t.match(await store.readAll('bob', null, null), { count: 1, unread: 0 })
    t.match(await store.readAll('ben', null, 'x'), { count: 7, unread: 1 })
    t.equal((await store.unread('bob')).count, 0)
  })

  t.test('nor what is told of it later', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    await store.notify(draft({ companies: ['a'], not: { users: ['bob'] } }, { id: 'n' }))
    const head = await store.head()
    await store.edit('n', { fields: { title: 'New' } })
    const kinds = async (id: string) => (await store.replay(id, head, await store.head(), 10))!.events.map(({ kind }) => kind)
    t.same([await kinds('bob'), await kinds('ben')], [[], ['notification.updated']])
    await store.recall('n')
    t.same([await kinds('bob'), await kinds('ben')], [[], ['notification.recalled']])
  })

  t.test('nor has who gets the id of somebody who was excluded', async t => {
    const { store } = await engine.open(t, { now: () => 100_000 })
    await peopled(store)
    const late = { lateJoiners: true, expiresAt: 200_000 }
    const not = { users: ['bob', 'nobody'] }
    await store.notify(draft({ companies: ['a'], not }, { id: 'a', ...late }))
    await store.notify(draft({ all: true, not }, { id: 'all', ...late }))
    t.same(await readings(store, 'bob'), [])
    await store.removeUser('bob')
    for (const id of ['bob', 'nobody', 'new']) await store.createUser({ id, username: id, role: 'user', company: 'a', passwordHash: null })
    t.same(await readings(store, 'bob'), [], 'after a removal')
    t.same(await readings(store, 'nobody'), [], 'who was nobody yet')
    t.same(await readings(store, 'new'), ['all', 'a'], 'anybody else who joins')
  })

  t.test('an audience of nobody is one, and rights ask for whom it is', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    await store.notify(draft({ users: ['bob'], not: { users: ['bob'] } }, { id: 'n' }))
    t.same(await readings(store, 'bob'), [])
    const by = { kind: 'user' as const, id: 'alice', sessionId: null }
    t.equal(await codeOf(store.notify(draft({ all: true, not: { users: ['bob'] } }, { by }))), 'BLF_FORBIDDEN')
    t.equal(await codeOf(store.notify(draft({ companies: ['a'], not: { users: ['carol'] } }, { by }))), undefined)
    t.equal(await codeOf(store.notify(draft({ users: ['bob', 'carol'], not: { users: ['carol'] } }, { by }))), undefined)
    t.equal(await codeOf(store.notify(draft({ users: ['bob', 'carol'], not: { users: ['bob'] } }, { by }))), 'BLF_FORBIDDEN')
    const nobody = draft({ users: ['bob'], not: { users: ['bob'] } })
    t.equal(await codeOf(store.notify({ ...nobody, by })), undefined)
    t.equal(await codeOf(store.notify({ ...nobody, id: 'by-bob', by: { ...by, id: 'bob' } })), 'BLF_FORBIDDEN', 'who may not send at all may not send to nobody')
  })

  t.test('somebody who matches by several groups has one notification, counted once', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    const groups = ['g1', 'g2', 'g3']
    for (const group of groups) {
      await put(store, { company: 'a', group })
      await add(store, { company: 'a', group }, 'bob', ...(group === 'g1' ? ['ben'] : []))
    }
    const audience = { groups, company: 'a' }
    t.equal(await store.countAudience(audience), 2)
    await store.notify(draft(audience, { id: 'one', topic: 'x' }))
    await Promise.all(upTo(5).map(number => store.notify(draft(audience, { id: `m-${number}` }))))
    await store.notify(draft({ groups: ['g2'], company: 'a' }, { id: 'single' }))
    t.equal((await readings(store, 'bob')).length, 7)
    t.equal((await readings(store, 'ben')).length, 6)
    t.match((await store.inbox('bob', { limit: 10, topic: 'x' })).entries, [{ key: 'g:a/g1' }])
    await store.changeMembers({ company: 'a', group: 'g1' }, { add: [], remove: ['bob', 'ben'] }, { perGroup: 10, perUser: 10 })
    t.equal((await readings(store, 'bob')).length, 7, 'still by the others')
    t.same(await readings(store, 'ben'), [])
    t.match(await store.mark('bob', 'read', ['one', 'm-1']), { missing: [], unread: 5 })
    await store.recall('m-2')
    t.match(await store.readAll('bob', null, null), { count: 4, unread: 0 })
    t.equal((await store.unread('bob')).count, 0)
  })

  t.test('an entry has the key under which it is in the inbox', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    await put(store, order)
    await add(store, order, 'bob')
    const many = upTo(999).map(number => `user-${number}`)
    const audiences: Audience[] = [
      { all: true }, { users: [...many, 'bob'] }, { companies: ['b', 'a'] }, { roles: ['user'] }, { companies: ['a', 'b'], roles: ['user'] }, { groups: [order.group], company: 'a' }
    ]
    for (const audience of audiences) await store.notify(draft(audience))
    t.same((await store.inbox('bob', { limit: 10 })).entries.map(({ key }) => key?.split(':')[0]), ['g', 'cr', 'r', 'c', 'u', 'all'])
  })
}
