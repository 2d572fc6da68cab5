import type { Audience, GroupRef } from '../../../../src/log/audience.ts'
import type { Store } from '../../../../src/store/store.ts'
import { codeOf, draft, follow, inboxIds, upTo, type Part } from '../engine.ts'

export const LIMITS = { perGroup: 10, perUser: 3 }
export const order: GroupRef = { company: 'a', group: 'order 1/2 🔔' }
const everybody: GroupRef = { company: null, group: 'everybody' }
const by = (id: string) => ({ kind: 'user' as const, id, sessionId: null })

/** Alice is admin of company a, bob and ben are its users, carol is of company b, root is a platform admin. */
export async function peopled (store: Store): Promise<void> {
  for (const [id, role, company] of [['root', 'admin', null], ['alice', 'admin', 'a'], ['bob', 'user', 'a'], ['ben', 'user', 'a'], ['carol', 'user', 'b']] as const) {
    await store.applyClaims({ id, role, company, iat: 1 })
  }
}
export const put = (store: Store, ref: GroupRef, isOpen = false) => store.putGroup(ref, { name: `The ${ref.group}`, isOpen })
export const add = (store: Store, ref: GroupRef, ...ids: string[]) => store.changeMembers(ref, { add: ids, remove: [] }, LIMITS)
export const remove = (store: Store, ref: GroupRef, ...ids: string[]) => store.changeMembers(ref, { add: [], remove: ids }, LIMITS)
export const send = async (store: Store, id: string, ...refs: GroupRef[]) => {
  await store.notify(draft({ groups: refs.map(({ group }) => group), company: refs[0]!.company }, { id }))
}

export const groups: Part = (t, engine) => {
  t.test('a group is made once, changed, listed and removed', async t => {
    const { store } = await engine.open(t)
    t.equal(await store.group(order), undefined)
    const made = { ...order, name: 'The order 1/2 🔔', isOpen: false, members: 0 }
    t.same(await put(store, order), { group: made, created: true })
    t.same(await store.putGroup(order, { name: 'Another', isOpen: true }), { group: { ...made, name: 'Another', isOpen: true }, created: false })
    for (const group of ['%', '..x', 'b']) await put(store, { company: 'a', group })
    await put(store, everybody)
    await put(store, { company: 'ab', group: 'else' })
    const listed = await store.groups({ company: 'a', limit: 10 })
    t.same(listed.map(({ group }) => group).sort(), ['%', '..x', 'b', 'order 1/2 🔔'])
    const first = await store.groups({ company: 'a', limit: 2 })
    t.same([...first, ...await store.groups({ company: 'a', after: first[1]!.group, limit: 2 })], listed, 'in pages')
    t.match(await store.groups({ company: null, limit: 10 }), [{ ...everybody }])
    t.same(await store.unknownGroups([order, { company: null, group: order.group }, everybody]), [{ company: null, group: order.group }])
    await store.removeGroup(order)
    t.equal(await store.group(order), undefined)
    t.equal(await codeOf(store.removeGroup(order)), 'BLF_GROUP_NOT_FOUND')
    t.equal(await codeOf(add(store, order, 'bob')), 'BLF_GROUP_NOT_FOUND')
  })

  t.test('members see what is sent since they are members, and nothing when they no longer are', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    await put(store, order)
    t.same(await add(store, order, 'bob', 'bob', 'ben'), { added: 2, removed: 0, members: 2 })
    await send(store, 'one', order)
    t.same([await inboxIds(store, 'bob'), await inboxIds(store, 'alice'), (await store.unread('ben')).count], [['one'], [], 1])
    t.same(await store.changeMembers(order, { add: ['alice', 'bob'], remove: ['ben', 'nobody'] }, LIMITS), { added: 1, removed: 1, members: 2 })
    await send(store, 'two', order)
    t.same([await inboxIds(store, 'bob'), await inboxIds(store, 'alice'), await inboxIds(store, 'ben')], [['two', 'one'], ['two'], []])
    await add(store, order, 'ben')
    t.same([await inboxIds(store, 'ben'), (await store.unread('ben')).count], [[], 0], 'who comes back begins anew')
    t.match(await store.members(order, { limit: 10 }), [{ userId: 'alice', username: 'alice', source: 'api' }, { userId: 'ben' }, { userId: 'bob' }])
    t.match(await store.members(order, { limit: 1, after: 'alice' }), [{ userId: 'ben' }])
    t.match(await store.groupsOf('bob'), [{ ...order, members: 3, source: 'api' }])
    t.same((await store.users({ limit: 10, group: order })).map(({ id }) => id), ['alice', 'ben', 'bob'])
    t.same(await remove(store, order, 'bob', 'carol'), { added: 0, removed: 1, members: 2 })
    await store.removeGroup(order)
    t.same([await inboxIds(store, 'alice'), await store.groupsOf('alice')], [[], []])
    await put(store, order)
    t.same([await store.members(order, { limit: 10 }), await inboxIds(store, 'alice')], [[], []], 'a group that is made again begins empty')
    await t.rejects(send(store, 'lost', { company: null, group: 'missing' }), { code: 'BLF_GROUP_NOT_FOUND' })
  })

  t.test('an event to a group is replayed to its members', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    await put(store, order)
    const head = await store.head()
    await add(store, order, 'bob')
    await send(store, 'one', order)
    await store.recall('one')
    await send(store, 'two', order)
    const kinds = async (id: string) => (await store.replay(id, head, await store.head(), 100))!.events.map(({ kind, id }) => id ?? kind)
    t.same(await kinds('bob'), ['inbox.changed', 'notification.recalled', 'two'])
    t.same(await kinds('ben'), [])
  })

  t.test('the end of a large group is one event under its key, which its members find after a resume too', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    const many = { perGroup: 1e5, perUser: 10 }
    await put(store, order)
    const before = await store.head()
    for (const from of [0, 1_000]) await store.changeMembers(order, { add: upTo(1_000).map(number => `id-${from + number}`), remove: [] }, many)
    await store.changeMembers(order, { add: ['bob'], remove: [] }, many)
    await send(store, 'one', order)
    const middle = await store.head()
    const committed = follow(store)
    await store.removeGroup(order)
    t.match(committed, [{ kind: 'inbox.changed', keys: { length: 1 } }, { kind: 'group.removed' }])
    await store.notify(draft({ all: true }, { id: 'last' }))
    const replayed = async (id: string, after: number, limit: number) => {
      const events = []
      for (let from = after, head = await store.head(); from < head;) {
        const page = (await store.replay(id, from, head, limit))!
        t.ok(page.events.length <= limit)
        events.push(...page.events.map(({ kind, id }) => id ?? kind))
        from = page.upTo
      }
      return events
    }
    for (const limit of [1, 2, 100]) {
      t.same(await replayed('bob', middle, limit), ['inbox.changed', 'last'])
      t.same(await replayed('bob', before, limit), ['inbox.changed', 'inbox.changed', 'last'])
      t.same(await replayed('ben', before, limit), ['last'])
    }
    t.same(await inboxIds(store, 'bob'), ['last'])
  })

  t.test('ids of nobody are members from then on, unless their user is seen in another company', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    await put(store, order)
    await put(store, everybody)
    await send(store, 'early', order)
    t.same(await add(store, order, 'later', 'stranger'), { added: 2, removed: 0, members: 2 })
    await add(store, everybody, 'later', 'stranger')
    await send(store, 'one', order)
    const counted = async (audience: Audience) => [await store.countAudience(audience), await store.countUnknownMembers(audience)]
    await put(store, { company: 'a', group: 'second' })
    await add(store, { company: 'a', group: 'second' }, 'bob', 'ben', 'later')
    t.same(await counted({ groups: [order.group], company: 'a' }), [0, 2])
    t.same(await counted({ groups: [order.group, 'second'], company: 'a' }), [2, 2], 'each once')
    t.same(await counted({ groups: [order.group, 'second'], company: 'a', not: { users: ['bob', 'later'] } }), [1, 1])
    t.same(await counted({ groups: [everybody.group] }), [0, 2])
    for (const [id, company] of [['later', 'a'], ['stranger', 'b']] as const) await store.applyClaims({ id, role: 'user', company, iat: 1 })
    await send(store, 'two', order)
    await send(store, 'three', everybody)
    t.same([await inboxIds(store, 'later'), await inboxIds(store, 'stranger')], [['three', 'two', 'one'], ['three']])
    t.match([await store.group(order), await store.group(everybody)], [{ members: 1 }, { members: 2 }])
    t.equal(await codeOf(add(store, order, 'bob', 'carol')), 'BLF_FORBIDDEN', 'a user of another company')
    t.equal(await codeOf(add(store, order, 'root')), 'BLF_FORBIDDEN', 'a user of none')
    t.match(await store.group(order), { members: 1 }, 'nothing of it was done')
  })

  t.test('leaving the company or being removed ends memberships; others stay', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    for (const ref of [order, everybody]) {
      await put(store, ref)
      await add(store, ref, 'bob', 'ben')
    }
    await send(store, 'one', order)
    await store.changeUser('bob', { role: 'editor' })
    t.equal((await store.groupsOf('bob')).length, 2, 'a new role changes no group')
    await store.changeUser('bob', { company: 'b' })
    t.match(await store.groupsOf('bob'), [{ ...everybody }])
    await store.changeUser('bob', { company: 'a' })
    t.same([await inboxIds(store, 'bob'), (await store.groupsOf('bob')).length], [[], 1], 'coming back starts anew')
    await store.removeUser('ben')
    t.match([await store.group(order), await store.group(everybody)], [{ members: 0 }, { members: 1 }])
    await store.applyClaims({ id: 'ben', role: 'user', company: 'a', iat: Date.now() })
    t.same(await store.groupsOf('ben'), [])
  })

  t.test('limits of groups and of users', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    await put(store, order)
    await add(store, order, ...upTo(9).map(number => `id-${number}`))
    await t.rejects(add(store, order, 'bob', 'ben'), { code: 'BLF_GROUP_FULL' })
    t.match(await store.changeMembers(order, { add: ['bob', 'ben'], remove: ['id-1'] }, LIMITS), { added: 2, removed: 1, members: 10 }, 'full, and no more')
    for (const group of ['g1', 'g2']) {
      await put(store, { company: 'a', group })
      await add(store, { company: 'a', group }, 'bob')
    }
    await put(store, everybody)
    await t.rejects(add(store, everybody, 'alice', 'bob'), { code: 'BLF_GROUP_FULL' })
    t.equal((await store.groupsOf('bob')).length, LIMITS.perUser)
  })

  t.test('users join and leave open groups of theirs', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    await put(store, order, true)
    t.match(await store.joinGroup(order, LIMITS, by('bob')), { members: 1 })
    t.match(await store.joinGroup(order, LIMITS, by('bob')), { members: 1 }, 'again')
    t.match(await store.members(order, { limit: 10 }), [{ userId: 'bob', source: 'self' }])
    t.equal(await codeOf(store.joinGroup(order, LIMITS, by('carol'))), 'BLF_FORBIDDEN')
    await store.leaveGroup(order, by('bob'))
    await store.leaveGroup(order, by('bob'))
    t.match(await store.group(order), { members: 0 })
    await put(store, order, false)
    t.equal(await codeOf(store.joinGroup(order, LIMITS, by('bob'))), 'BLF_FORBIDDEN', 'it is closed')
    const told = async (id: string, ref: GroupRef) => await Promise.all([store.joinGroup(ref, LIMITS, by(id)), store.leaveGroup(ref, by(id))].map(async outcome => {
      return await outcome.then(() => undefined, ({ code, message }) => ({ code, message }))
    }))
    const missing = { company: 'a', group: 'missing' }
    t.match(await told('bob', missing), [{ code: 'BLF_FORBIDDEN' }, { code: 'BLF_FORBIDDEN' }])
    t.same(await told('bob', missing), await told('bob', order), 'who does not manage groups does not learn which closed ones there are')
    t.match(await told('alice', missing), [{ code: 'BLF_GROUP_NOT_FOUND' }, { code: 'BLF_GROUP_NOT_FOUND' }], 'who does is told')
    t.match(await told('alice', { company: null, group: 'missing' }), [{ code: 'BLF_FORBIDDEN' }, { code: 'BLF_FORBIDDEN' }])
    await put(store, everybody, true)
    t.match(await store.joinGroup(everybody, LIMITS, by('carol')), { members: 1 }, 'a global one is open to all')
  })

  t.test('rights are those of the moment of the write', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    const settings = { name: 'x', isOpen: false }
    await store.putGroup(order, settings, by('alice'))
    await store.changeMembers(order, { add: ['bob'], remove: [] }, LIMITS, by('alice'))
    await store.changeUser('alice', { role: 'user' })
    const attempts = () => [
      store.putGroup(order, settings, by('alice')), store.changeMembers(order, { add: ['ben'], remove: [] }, LIMITS, by('alice')), store.removeGroup(order, by('alice')),
      store.putGroup({ company: 'b', group: 'x' }, settings, by('alice')), store.putGroup(everybody, settings, by('alice'))
    ]
    t.same(await Promise.all(attempts().map(codeOf)), Array(5).fill('BLF_FORBIDDEN'))
    await store.createKey({ id: 'k', name: 'k', hash: 'h', scopes: ['groups:write:a'] })
    const key = { kind: 'key' as const, id: 'k', sessionId: null }
    await store.putGroup(order, settings, key)
    t.equal(await codeOf(store.putGroup({ company: 'b', group: 'x' }, settings, key)), 'BLF_FORBIDDEN')
    t.equal(await codeOf(store.putGroup(everybody, settings, key)), 'BLF_FORBIDDEN')
  })

  t.test('nodes and devices are told of every change', async t => {
    const { store } = await engine.open(t)
    await peopled(store)
    await put(store, order)
    await add(store, order, 'ben')
    await send(store, 'one', order)
    const committed = follow(store)
    const told = () => committed.splice(0).map(({ kind, keys, body }) => [kind, keys, JSON.parse(body)])
    const key = 'g:a/order%201%2F2%20%F0%9F%94%94'
    await store.changeMembers(order, { add: ['bob'], remove: ['ben'] }, LIMITS)
    t.same(told(), [
      ['members.changed', [], { joined: { [key]: ['bob'] }, left: { [key]: ['ben'] } }], ['inbox.changed', ['u:bob', 'u:ben'], { reason: 'membership' }]
    ])
    await add(store, order, 'bob')
    t.same(told(), [], 'nothing changed')
    await store.removeGroup(order)
    t.same(told(), [['group.removed', [], { key }], ['inbox.changed', ['u:bob'], { reason: 'membership', unread_count: 0, unseen_count: 0 }]])
  })
}
