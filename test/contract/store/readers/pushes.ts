import type { Audience } from '../../../../src/log/audience.ts'
import { ANY_AGE } from '../../../../src/log/age-limit.ts'
import type { PushCall, PushMove } from '../../../../src/store/contract/pushes.ts'
import type { Place } from '../../../../src/store/contract/readers.ts'
import type { Draft } from '../../../../src/store/store.ts'
import { MAX_SUBSCRIPTIONS } from '../../../../src/store/ops/pushes/subscriptions.ts'
import { clock, codeOf, draft, upTo, type Part } from '../engine.ts'
import { all, START, subscription, told } from './pushed.ts'

const DAY = 86_400_000
const by = (id: string, sessionId: string | null = null) => ({ kind: 'user' as const, id, sessionId })

export const pushes: Part = (t, engine) => {
  const open = async (t: Parameters<Part>[0]) => {
    const { now, move } = clock()
    const { store } = await engine.open(t, { now })
    for (const [id, role, company] of [['root', 'admin', null], ['alice', 'admin', 'a'], ['bob', 'user', 'a'], ['carol', 'user', 'b']] as const) await store.createUser({ id, username: id, role, company, passwordHash: null })
    for (const id of ['alice', 'bob', 'carol']) await store.putPushSubscription(subscription(id, `${id}-1`))
    const send = async (id: string, audience: Audience = { all: true }, overrides: Partial<Draft> = {}) => (await store.notify(draft(audience, { id, at: now(), ...overrides }))).seq
    const head = async (): Promise<Place> => ({ seq: await store.head(), inner: null })
    const settle = async (overrides: Partial<PushMove>) => {
      const { token } = (await store.takeReader('push', 'node', { leaseMs: 1_000, start: 'head', isAlone: true }))!
      return await store.movePushes(token, { place: await head(), missed: 0, calls: [], sent: [], gone: [], held: [], released: [], lost: [], ...overrides })
    }
    return { store, now, move, send, head, settle }
  }

  t.test('a subscription is its endpoint\'s, and the last user\'s who registered it', async t => {
    const { store, move } = await open(t)
    t.equal((await store.putPushSubscription(subscription('bob', 'new', { hash: 'hash-bob-1', device: 'phone' }))).created, false)
    t.match(await store.pushSubscriptions('bob'), [{ id: 'bob-1', device: 'phone' }], 'it keeps its id')
    t.equal((await store.putPushSubscription(subscription('carol', 'carol-2', { hash: 'hash-bob-1' }))).created, true)
    t.same([(await store.pushSubscriptions('bob')).length, (await store.pushSubscriptions('carol')).map(({ id }) => id).sort()], [0, ['carol-1', 'carol-2']])
    for (const number of upTo(MAX_SUBSCRIPTIONS)) {
      move(1)
      await store.putPushSubscription(subscription('bob', `b-${number}`))
    }
    move(1)
    await store.putPushSubscription(subscription('bob', 'x', { hash: 'hash-b-1' }))
    move(1)
    await store.putPushSubscription(subscription('bob', 'more'))
    const left = (await store.pushSubscriptions('bob')).map(({ id }) => id)
    t.same([left.length, left.includes('b-1'), left.includes('b-2')], [MAX_SUBSCRIPTIONS, true, false], 'the one that was not renewed for the longest time has ended')
    t.same(await Promise.all([store.removePushSubscription('bob', 'more', by('carol')), store.removePushSubscription('carol', 'more', by('carol')), store.putPushSubscription(subscription('bob', 'y'), by('root'))].map(codeOf)),
      ['BLF_FORBIDDEN', 'BLF_SUBSCRIPTION_NOT_FOUND', 'BLF_FORBIDDEN'])
    await store.removePushSubscription('bob', 'more', by('bob'))
    t.notOk((await store.pushSubscriptions('bob')).some(({ id }) => id === 'more'))
  })

  t.test('it ends with its session and with its user', async t => {
    const { store } = await open(t)
    for (const id of ['s-1', 's-2', 's-3']) await store.openSession({ id, userId: 'bob', refreshHash: id, expiresAt: 9e15 })
    for (const [id, session] of [['one', 's-1'], ['two', 's-2'], ['three', 's-3']] as const) await store.putPushSubscription(subscription('bob', id, { sessionId: session }), by('bob', session))
    const left = async () => (await store.pushSubscriptions('bob')).map(({ id }) => id).sort()
    await store.revokeSession('s-1')
    t.same(await left(), ['bob-1', 'three', 'two'])
    await store.removeUnboundPushSubscriptions('bob')
    t.same(await left(), ['three', 'two'], 'one that no session registered has ended')
    await store.putPushSubscription(subscription('bob', 'bob-1'))
    await store.changeUser('bob', { passwordHash: 'other' })
    t.same(await left(), ['bob-1'], 'a token that has no session outlives a password')
    await store.revokeSessions('bob')
    t.same(await left(), [], 'everywhere')
    await store.putPushSubscription(subscription('bob', 'bob-1'))
    await store.removeUser('bob')
    await store.createUser({ id: 'bob', username: 'bob', role: 'user', company: 'a', passwordHash: null })
    t.same(await left(), [])
  })

  t.test('who is addressed, by any form of audience, is pushed to once a subscription', async t => {
    const { store, send } = await open(t)
    await store.putPushSubscription(subscription('alice', 'alice-2'))
    for (const group of ['g', 'h']) await store.putGroup({ company: null, group }, { name: group, isOpen: false })
    const members = { perGroup: 100, perUser: 100 }
    await store.changeMembers({ company: null, group: 'g' }, { add: ['alice', 'carol'], remove: [] }, members)
    await store.changeMembers({ company: null, group: 'h' }, { add: ['alice', 'bob', 'root'], remove: [] }, members)
    const start = { seq: await store.head(), inner: null }
    await send('all')
    await send('a', { companies: ['a'] })
    await send('users', { roles: ['user'] })
    await send('both', { companies: ['b', 'a'], roles: ['user', 'admin'] })
    await send('named', { users: ['carol', 'root', 'nobody', 'bob'] })
    await send('groups', { groups: ['g', 'h'] })
    await send('but', { all: true, not: { users: ['alice'] } })
    const expected = ['a alice-1', 'a alice-2', 'a bob-1', 'all alice-1', 'all alice-2', 'all bob-1', 'all carol-1', 'both alice-1', 'both alice-2', 'both bob-1', 'both carol-1', 'but bob-1', 'but carol-1',
      'groups alice-1', 'groups alice-2', 'groups bob-1', 'groups carol-1', 'named bob-1', 'named carol-1', 'users bob-1', 'users carol-1']
    for (const limit of [1, 2, 100]) {
      const found = await all(store, limit, start)
      t.same(found.sort(), expected, `in pages of ${limit}`)
    }
    const page = (await store.pushes(start, { old: ANY_AGE, limit: 1_000 }))!
    t.same(page.upTo, { seq: await store.head(), inner: null })
    for (const [index, { place }] of page.pushes.entries()) {
      const rest = await all(store, 100, place)
      const lost = page.pushes.slice(index + 1).map(({ push }) => told(push)).filter(one => !rest.includes(one))
      t.same(lost, [], `nothing is left out after the place of number ${index}`)
    }
  })

  t.test('who joins another of the groups after it was sent is pushed to once', async t => {
    const { store, send } = await open(t)
    const members = { perGroup: 100, perUser: 100 }
    for (const group of ['g', 'h']) await store.putGroup({ company: null, group }, { name: group, isOpen: false })
    await store.changeMembers({ company: null, group: 'h' }, { add: ['alice', 'bob'], remove: [] }, members)
    const start = { seq: await store.head(), inner: null }
    await send('groups', { groups: ['g', 'h'] })
    await store.changeMembers({ company: null, group: 'g' }, { add: ['bob', 'carol'], remove: [] }, members)
    for (const limit of [1, 100]) t.same((await all(store, limit, start)).sort(), ['groups alice-1', 'groups bob-1'], `in pages of ${limit}`)
  })

  t.test('a walk over many, of whom few have subscriptions, and the other way round', async t => {
    const { store, send } = await open(t)
    await store.putGroup({ company: null, group: 'many' }, { name: 'many', isOpen: false })
    await store.putGroup({ company: null, group: 'few' }, { name: 'few', isOpen: false })
    const names = upTo(300).map(number => `m-${String(number).padStart(3, '0')}`)
    for (const name of names) await store.applyClaims({ id: name, role: 'user', company: 'c', iat: 1 })
    await store.changeMembers({ company: null, group: 'many' }, { add: names.filter((_, index) => index % 2 === 0), remove: [] }, { perGroup: 1e4, perUser: 9 })
    await store.changeMembers({ company: null, group: 'few' }, { add: ['m-001', 'm-299', 'm-300'], remove: [] }, { perGroup: 1e4, perUser: 9 })
    for (const name of names.filter((_, index) => index % 3 === 0)) await store.putPushSubscription(subscription(name, name))
    const start = await store.head()
    await send('many', { groups: ['many'] })
    await send('few', { groups: ['few'] })
    const wanted = [...names.filter((_, index) => index % 6 === 0).map(name => `many ${name}`), 'few m-001']
    for (const limit of [7, 1_000]) t.same((await all(store, limit, { seq: start, inner: null })).sort(), wanted.sort(), `in pages of ${limit}`)
    // Wherever in a leap a statement ends.
    const members = names.filter((_, index) => index % 2 === 0)
    for (const left of upTo(4)) {
      await store.changeMembers({ company: null, group: 'many' }, { add: [], remove: [members[left * 3 - 1]!] }, { perGroup: 1e4, perUser: 9 })
      const from = await store.head()
      await send(`many-${left}`, { groups: ['many'] })
      const gone = upTo(left).map(number => members[number * 3 - 1])
      t.same((await all(store, 1_000, { seq: from, inner: null })).sort(), names.filter((name, index) => index % 6 === 0 && !gone.includes(name)).map(name => `many-${left} ${name}`))
    }
  })

  t.test('nothing for what was got, seen, read, put away, muted, recalled or expired meanwhile, nor for who is not there any more', async t => {
    const { store, send, now, move } = await open(t)
    const reader = async (id: string) => {
      await store.createUser({ id, username: id, role: 'user', company: 'm', passwordHash: null })
      await store.putPushSubscription(subscription(id, id))
    }
    for (const id of ['got', 'saw', 'read', 'all', 'back', 'away', 'threw', 'did', 'owed', 'muted', 'left', 'gone', 'wants']) await reader(id)
    await store.changePreferences('muted', { topics: { news: { inbox: 'off' } } }, 'merge')
    const start = { seq: await store.head(), inner: null }
    const body = JSON.stringify({ id: 'n', actions: [{ id: 'x', label: 'X' }], data: { topic: 'news' }, acknowledge: {} })
    const seq = await send('n', { companies: ['m'] }, { topic: 'news', body, demand: { by: null, remindMs: null, reminders: 0, escalate: null } as never })
    await store.recordDeliveries([{ userId: 'got', device: 'd', low: seq - 1, high: seq }, { userId: 'wants', device: 'd', low: 0, high: seq - 1 }])
    await store.see('saw', seq)
    await store.mark('read', 'read', ['n'])
    await store.readAll('all', null, 'news')
    await store.mark('back', 'read', ['n'])
    await store.mark('back', 'unread', ['n'])
    await store.act('did', 'n', 'x')
    await store.acknowledge('owed', ['n'])
    await store.acknowledge('away', ['n'])
    await store.mark('away', 'archive', ['n'])
    await store.acknowledge('threw', ['n'])
    await store.mark('threw', 'delete', ['n'])
    await store.changeUser('left', { company: 'b' })
    await store.removeUser('gone')
    await reader('late')
    t.same(await all(store, 100, start), ['n wants'])
    await send('recalled', { companies: ['m'] })
    await store.recall('recalled')
    await send('expired', { users: ['wants'] }, { expiresAt: now() + 1_000 })
    move(1_000)
    t.same(await all(store, 100, start), ['n wants'])
    await store.putPushSubscription(subscription('wants', 'wants', { expiresAt: now() }))
    t.same(await all(store, 100, start), [], 'nor for a subscription that has expired')
  })

  t.test('a page ends before what is not old enough, and one that retention removed is told', async t => {
    const { store, send, now, move } = await open(t)
    const start = { seq: await store.head(), inner: null }
    await send('old', { users: ['bob'] })
    move(DAY)
    const young = await send('young', { users: ['bob'] })
    const page = (await store.pushes(start, { old: { surely: 0, possibly: 9e15, before: now() - 1 }, limit: 10 }))!
    t.same([page.pushes.map(({ push }) => told(push)), page.upTo], [['old bob-1'], { seq: young - 1, inner: null }])
    t.same(await all(store, 10, page.upTo), ['young bob-1'])
    while (await store.retain(now(), 100) > 0);
    t.equal(await store.pushes(start, { old: ANY_AGE, limit: 10 }), undefined)
  })

  t.test('what failed is due again, as it then is; what was held is summed up', async t => {
    const { store, send, now, move, settle } = await open(t)
    const one = await send('one', { users: ['bob'] })
    const two = await send('two', { users: ['bob'] })
    const call = (seq: number, overrides: Partial<PushCall> = {}): PushCall => ({ subscriptionId: 'bob-1', seq, userId: 'bob', key: 'u:bob', since: null, state: 'pending', n: 1, status: 500, error: 'answered 500', nextIn: 5_000, ...overrides })
    t.same(await store.pendingPushes(), { pending: 0, dueIn: null })
    t.ok(await settle({ calls: [call(one), call(two), call(two, { subscriptionId: 'other', state: 'failed', nextIn: null })] }))
    t.same(await store.pendingPushes(), { pending: 2, dueIn: 5_000 })
    t.match(await store.pushState('bob', one), { sentAt: null, shownAt: null, nextAt: Number, failedAt: null, heldUntil: null, subscribedAt: Number })
    t.same(await store.duePushes(9), [])
    const left = await send('left', { companies: ['a'] })
    await settle({ calls: [call(one), call(two), call(left, { subscriptionId: 'alice-1', userId: 'alice', key: 'c:a', nextIn: 0 })] })
    await store.mark('bob', 'read', ['two', 'left'])
    t.same((await store.duePushes(9)).map(({ pushes }) => pushes.map(told)), [['left alice-1']])
    await store.changeUser('alice', { company: 'b' })
    t.same((await store.duePushes(9)).map(({ pushes }) => pushes), [[]], 'who has left since gets nothing')
    await settle({ calls: [call(left, { subscriptionId: 'alice-1', state: 'delivered', nextIn: null })] })
    move(5_000)
    t.same((await store.duePushes(9)).map(({ call, n, pushes }) => [call?.seq, n, pushes.map(told)]), [[one, 1, ['one bob-1']], [two, 1, []]])
    await settle({ calls: [call(one, { state: 'delivered', nextIn: null }), call(two, { state: 'delivered', nextIn: null })] })
    t.same(await store.pendingPushes(), { pending: 0, dueIn: null })
    await store.mark('bob', 'unread', ['two'])
    await settle({ held: [{ userId: 'bob', after: one, until: now() + DAY }, { userId: 'bob', after: one - 1, until: now() + DAY }] })
    const three = await send('three', { all: true })
    await settle({ held: [{ userId: 'bob', after: two, until: now() + DAY }] })
    t.same(await store.pendingPushes(), { pending: 0, dueIn: DAY })
    move(DAY)
    const [held] = await store.duePushes(9)
    t.match(held, { call: null, userId: 'bob', since: one - 1, n: 0 })
    t.same(held!.pushes.map(told), ['one bob-1', 'three bob-1'], 'the oldest first, without what was read once')
    await settle({ released: ['bob'], calls: [call(three, { since: one - 1 })] })
    await send('four')
    move(5_000)
    t.same((await store.duePushes(9)).map(({ call, since, pushes }) => [call?.seq, since, pushes.map(told)]), [[three, one - 1, ['one bob-1', 'three bob-1']]], 'a summary that failed is made again, without what has come since')
  })

  t.test('the end of a subscription, and what nobody will get, are written down with the place', async t => {
    const { store, send, settle, head } = await open(t)
    const seq = await send('n', { companies: ['a'] }, { scope: 'a' })
    const calls: PushCall[] = [{ subscriptionId: 'bob-1', seq, userId: 'bob', key: 'c:a', since: null, state: 'failed', n: 10, status: 400, error: 'answered 400', nextIn: null }]
    const place = await head()
    await settle({ place: { seq: seq - 1, inner: '[0,"bob",1]' } })
    t.match(await store.reader('push'), { seq: seq - 1, inner: '[0,"bob",1]' })
    await settle({ calls, place, gone: ['alice-1'], lost: [{ id: 'n', userId: 'bob', topic: 'news', scope: 'a' }] })
    t.match(await store.reader('push'), place)
    t.same(await store.pushSubscriptions('alice'), [])
    const { events } = await store.feed({ after: 0, limit: 100, types: ['delivery.failed'], of: { company: 'a' } })
    t.match(events, [{ type: 'delivery.failed', channel: 'push', userId: 'bob', notificationIds: ['n'], topic: 'news' }])
    t.notOk(await store.movePushes(0, { place: START, missed: 0, calls, sent: [], gone: ['bob-1'], held: [], released: [], lost: [] }), 'not with a lease that somebody else took')
    t.equal((await store.pushSubscriptions('bob')).length, 1)
  })
}
