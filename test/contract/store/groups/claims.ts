import { clock, codeOf, draft, follow, inboxIds, upTo, type Part } from '../engine.ts'
import { add, LIMITS, order, peopled, put, remove, send } from './groups.ts'

export const claimedGroups: Part = (t, engine) => {
  t.test('a claim of groups replaces those by claim, if it is newer; those of the API stay', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    const see = async (iat: number, ...names: string[]) => await store.applyClaims({ id: 'bob', role: 'user', company: 'a', iat, groups: { names, limits: LIMITS } })
    const has = async () => (await store.groupsOf('bob')).map(({ group, source }) => `${group} ${source}`).sort()
    await put(store, order)
    await add(store, order, 'bob')
    await see(2, 'ops', order.group)
    t.same(await has(), ['ops claim', `${order.group} api`])
    t.match(await store.group({ company: 'a', group: 'ops' }), { name: 'ops', isOpen: false, members: 1 }, 'an unknown one is made, closed')
    await see(2, 'other')
    await see(1, 'other')
    t.same(await has(), ['ops claim', `${order.group} api`], 'older claims change nothing')
    const committed = follow(store)
    await see(3, 'ops', order.group)
    t.same(committed, [], 'nor do newer ones that say the same')
    await store.applyClaims({ id: 'bob', role: 'user', company: 'a', iat: 4 })
    t.equal((await has()).length, 2, 'nor a token that does not say')
    await see(5, 'dev')
    t.same(committed.map(({ kind }) => kind), ['members.changed', 'inbox.changed'])
    t.same(await has(), ['dev claim', `${order.group} api`])
    t.match(await store.group({ company: 'a', group: 'ops' }), { members: 0 })
    await add(store, { company: 'a', group: 'dev' }, 'bob')
    await see(6)
    t.same(await has(), ['dev api', `${order.group} api`], 'what the API adds as well stays')
  })

  t.test('an older token undoes no removal: neither a member\'s, nor the group\'s', async t => {
    const time = clock(1_000_000)
    const { store } = await engine.open(t, { now: time.now })
    await peopled(store)
    const open = { company: 'a', group: 'open' }
    const names = ['ops', open.group, 'gone']
    const see = async (id: string, iat: number, groups = names) => {
      const claims = { id, role: 'user', company: 'a', iat, groups: { names: groups, limits: LIMITS } }
      const preview = await store.previewClaims(claims)
      const before = await store.groupsOf(id)
      await store.applyClaims(claims)
      const after = (await store.groupsOf(id)).map(({ group }) => group)
      t.equal(preview === undefined, before.map(({ group }) => group).join() !== after.join(), `${id} ${iat}: foreseen`)
      return after
    }
    await put(store, open, true)
    t.same(await see('bob', 100), ['gone', 'open', 'ops'])
    await remove(store, { company: 'a', group: 'ops' }, 'bob')
    await store.leaveGroup(open, { kind: 'user', id: 'bob', sessionId: null })
    await store.removeGroup({ company: 'a', group: 'gone' })
    time.move(500_000)
    t.same(await see('bob', 1_060), [], 'not later than a minute after it')
    t.equal(await store.group({ company: 'a', group: 'gone' }), undefined, 'not made again')
    t.same(await see('ben', 1_060), ['open', 'ops'], 'a removal is one user\'s, the end of a group everybody\'s')
    await put(store, { company: 'a', group: 'gone' })
    t.same(await see('ben', 1_060), ['open', 'ops'])
    await store.applyClaims({ id: 'dan', role: 'user', company: 'a', iat: 1_000, groups: { names, limits: LIMITS } })
    t.same((await store.groupsOf('dan')).map(({ group }) => group), ['open', 'ops'], 'who is seen for the first time')
    t.same(await see('bob', 1_061), ['gone', 'open', 'ops'], 'a newer one states what is so now')
    t.same(await see('bob', 1_062, []), [])
    t.same(await see('bob', 1_063), ['gone', 'open', 'ops'], 'what a token ended, the next one begins')
    await remove(store, { company: 'a', group: 'ops' }, 'bob')
    await add(store, { company: 'a', group: 'ops' }, 'bob')
    t.same(await see('bob', 1_064), ['gone', 'open', 'ops'], 'added again')
  })

  t.test('nor does it begin what Belfry was told does not hold, also of somebody who was never a member, or never seen', async t => {
    const time = clock()
    const { store } = await engine.open(t, { now: time.now })
    await peopled(store)
    const [ops, open] = [{ company: 'a', group: 'ops' }, { company: 'a', group: 'open' }]
    await put(store, ops)
    await put(store, open, true)
    const committed = follow(store)
    time.move(1_000_000)
    const see = async (id: string, iat: number) => {
      await store.applyClaims({ id, role: 'user', company: 'a', iat, groups: { names: ['open', 'ops'], limits: LIMITS } })
      return (await store.groupsOf(id)).map(({ group }) => group)
    }
    const minute = time.now() / 1_000 + 60
    for (let time = 0; time < 2; time++) t.match(await remove(store, ops, 'bob', 'ben', 'unseen'), { removed: 0 })
    await store.leaveGroup(open, { kind: 'user', id: 'bob', sessionId: null })
    t.same(committed, [], 'nobody has to be told')
    t.same(await see('bob', minute), [])
    t.same(await see('unseen', minute), ['open'])
    t.same(await see('bob', minute + 1), ['open', 'ops'], 'a newer one states what is so now')
    await add(store, ops, 'ben')
    t.same((await store.groupsOf('ben')).map(({ group }) => group), ['ops'])
    await remove(store, ops, 'ben')
    t.match(await remove(store, ops, 'ben'), { removed: 0 })
    t.same(await see('ben', minute), ['open'])
  })

  t.test('one token that moves a user and changes groups tells the inbox\'s change once', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    const claims = { id: 'bob', role: 'user', groups: { names: ['ops'], limits: LIMITS } }
    await store.applyClaims({ ...claims, company: 'a', iat: 2 })
    const committed = follow(store)
    await store.applyClaims({ ...claims, company: 'b', iat: 3 })
    t.same(committed.map(({ kind }) => kind), ['user.updated', 'members.changed', 'inbox.changed'])
    committed.splice(0)
    await store.applyClaims({ ...claims, company: 'c', iat: 4, groups: { names: [], limits: LIMITS } })
    t.same(committed.map(({ kind }) => kind), ['user.updated', 'inbox.changed'], 'the company\'s group ended with the move')
  })

  t.test('groups of a claim are those of the user\'s company, or global', async t => {
    const { store } = await engine.open(t)
    const groups = { names: ['ops'], limits: LIMITS }
    await store.applyClaims({ id: 'bob', role: 'user', company: 'a', iat: 1, groups })
    await store.applyClaims({ id: 'erin', role: 'user', company: null, iat: 1, groups })
    t.match([await store.groupsOf('bob'), await store.groupsOf('erin')], [[{ company: 'a' }], [{ company: null }]])
    await send(store, 'one', { company: 'a', group: 'ops' })
    t.same([await inboxIds(store, 'bob'), await inboxIds(store, 'erin')], [['one'], []])
    await store.applyClaims({ id: 'bob', role: 'user', company: 'b', iat: 2, groups })
    t.match(await store.groupsOf('bob'), [{ company: 'b', members: 1 }], 'a move ends those of the former company')
    t.match(await store.group({ company: 'a', group: 'ops' }), { members: 0 })
    t.same(await inboxIds(store, 'bob'), [])
  })

  t.test('nobody is kept out by limits: groups beyond them are left out', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    await put(store, order)
    await add(store, order, ...upTo(10).map(number => `id-${number}`))
    await store.applyClaims({ id: 'bob', role: 'user', company: 'a', iat: 2, groups: { names: [order.group, 'g1', 'g2', 'g3', 'g4'], limits: LIMITS } })
    t.same((await store.groupsOf('bob')).map(({ group }) => group), ['g1', 'g2', 'g3'])
    t.equal(await store.group({ company: 'a', group: 'g4' }), undefined)
  })

  t.test('what a user has by other ways counts, and a claim of what is full changes nothing', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    await put(store, order)
    await add(store, order, 'bob')
    const see = async (iat: number, ...names: string[]) => await store.applyClaims({ id: 'bob', role: 'user', company: 'a', iat, groups: { names, limits: LIMITS } })
    await see(2, 'g1', 'g2', 'g3')
    t.same((await store.groupsOf('bob')).map(({ group }) => group).sort(), ['g1', 'g2', order.group].sort())
    const committed = follow(store)
    await see(3, 'g1', 'g2', 'g3')
    t.same(committed, [])
  })

  t.test('a group that is made or removed is there, or not, for what is sent after it in the same commit', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    const toOrder = (id: string) => codeOf(send(store, id, order))
    const codes = await Promise.all([
      codeOf(store.notify(draft({ all: true }))), toOrder('1'), codeOf(put(store, order)), toOrder('2'), codeOf(store.removeGroup(order)), toOrder('3'),
      codeOf(put(store, order)), toOrder('4')
    ])
    t.same(codes, [undefined, 'BLF_GROUP_NOT_FOUND', undefined, undefined, undefined, 'BLF_GROUP_NOT_FOUND', undefined, undefined])
  })

  t.test('a group that a claim makes is there for what is sent after it in the same commit', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    const toNew = (id: string) => codeOf(store.notify(draft({ groups: ['new'], company: 'a' }, { id })))
    const codes = await Promise.all([
      codeOf(store.notify(draft({ all: true }))), toNew('before'),
      codeOf(store.applyClaims({ id: 'bob', role: 'user', company: 'a', iat: 2, groups: { names: ['new'], limits: LIMITS } })), toNew('after')
    ])
    t.same(codes, [undefined, 'BLF_GROUP_NOT_FOUND', undefined, undefined])
    t.equal((await inboxIds(store, 'bob'))[0], 'after')
  })

  t.test('what a full store would have to write is not foreseen', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    const claims = { id: 'bob', role: 'user', company: 'a', iat: 2 }
    t.match(await store.previewClaims({ ...claims, groups: { names: [], limits: LIMITS } }), { id: 'bob' })
    t.equal(await store.previewClaims({ ...claims, groups: { names: ['ops'], limits: LIMITS } }), undefined)
    t.match(await store.previewClaims({ ...claims, iat: 1, groups: { names: ['ops'], limits: LIMITS } }), { id: 'bob' })
    await store.removeUser('bob')
    t.equal(await codeOf(store.previewClaims({ ...claims, groups: { names: ['ops'], limits: LIMITS } })), 'BLF_UNAUTHENTICATED')
  })
}
