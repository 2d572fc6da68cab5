import type { Test } from 'tap'
import { writes, type WriteName } from '../../../src/store/ops/index.ts'
import type { Store } from '../../../src/store/store.ts'
import { clock, draft, upTo, type Part } from './engine.ts'

/** Of any write, with those that begin and end its transaction. */
const MOST = 28
const MANY = 1_000
const root = { kind: 'user', id: 'root', sessionId: null } as const
const subscription = { id: 'p', userId: 'bob', endpoint: 'https://push.example.net/p', hash: 'h', p256dh: '', auth: '', vapidKey: '', device: null, expiresAt: null, sessionId: null }

/** A write asks a bounded number of statements, however many rows it is about: other nodes wait for its commit. */
export const statements: Part = (t, engine) => {
  const { countStatements } = engine
  if (!countStatements) return

  async function open (t: Test) {
    const time = clock()
    const { store } = await engine.open(t, { now: time.now })
    await store.createUser({ id: 'alice', username: 'alice', role: 'user', company: 'a', passwordHash: 'old' })
    const count = countStatements!(t)
    /** Asserts how many statements a write takes; what it resolves with. */
    async function isBounded<T> (name: string, write: () => Promise<T>): Promise<T> {
      const before = count()
      const result = await write()
      const taken = count() - before
      t.ok(taken > 0 && taken <= MOST, `${name}: ${taken} statements`)
      return result
    }
    return { store, time, isBounded }
  }

  const users = (from = 1) => ({ users: upTo(MANY).map(number => `user-${from + number}`) })
  const openSessions = (store: Store) => Promise.all(upTo(MANY).map(number => {
    return store.openSession({ id: `s-${number}`, userId: 'alice', refreshHash: `r-${number}`, expiresAt: 1_000 })
  }))

  t.test('a send to many users, and its recall', async t => {
    const { store, isBounded } = await open(t)
    await isBounded('send', () => store.notify(draft(users(), { id: 'to-many' })))
    await isBounded('recall', () => store.recall('to-many'))
    t.equal((await store.unread('user-7')).count, 0)
  })

  t.test('marks of a hundred', async t => {
    const { store, isBounded } = await open(t)
    const ids = upTo(100).map(number => `m-${number}`)
    for (const id of ids) await store.notify(draft({ all: true }, { id, topic: 'news' }))
    for (const verb of ['read', 'unread', 'delete'] as const) {
      const { found } = await isBounded(verb, () => store.mark('alice', verb, [...ids, 'unknown']))
      t.equal(found.length, 100)
    }
  })

  t.test('read all, of a topic and of everything', async t => {
    const { store, isBounded } = await open(t)
    const ids = upTo(200).map(number => `m-${number}`)
    for (const id of ids) await store.notify(draft({ all: true }, { id, topic: 'news' }))
    await store.mark('alice', 'read', ids)
    await store.mark('alice', 'unread', ids)
    t.equal((await isBounded('of a topic', () => store.readAll('alice', null, 'news'))).count, 200)
    await store.mark('alice', 'unread', ids)
    t.equal((await isBounded('of everything', () => store.readAll('alice', null, null))).count, 200)
  })

  t.test('the end of many sessions: with a password, with their user, one of them', async t => {
    const { store, isBounded } = await open(t)
    await openSessions(store)
    await isBounded('one', () => store.revokeSession(`s-${MANY - 1}`))
    await isBounded('with a password', () => store.changePassword({ kind: 'user', id: 'alice', sessionId: `s-${MANY}` }, 'old', 'new'))
    t.same([await store.isSessionOpen(`s-${MANY}`), await store.isSessionOpen(`s-${MANY - 2}`)], [true, false])
    await store.applyClaims({ id: 'bob', role: 'user', company: null, iat: 1 })
    await Promise.all(upTo(MANY).map(number => store.openSession({ id: `b-${number}`, userId: 'bob', refreshHash: `b-${number}`, expiresAt: 1_000 })))
    await isBounded('with their user', () => store.removeUser('bob'))
    t.notOk(await store.isSessionOpen('b-7'))
    const ended = (await store.events(0, 10_000)).filter(({ kind }) => kind === 'session.revoked')
    t.equal(ended.length, 2 * MANY - 1, 'each is told of')
    t.equal(new Set(ended.map(({ body }) => body)).size, ended.length)
  })

  t.test('publishing a hundred plans of many senders, to groups and to users', async t => {
    const { store, time, isBounded } = await open(t)
    for (const number of upTo(20)) {
      await store.createUser({ id: `boss-${number}`, username: `boss-${number}`, role: 'admin', company: 'a', passwordHash: null })
      await store.createKey({ id: `key-${number}`, name: 'k', hash: `h-${number}`, scopes: ['send:company:a'] })
    }
    for (const number of upTo(100)) {
      const kind = number % 2 === 0 ? 'user' : 'key'
      const id = `${kind === 'user' ? 'boss' : 'key'}-${1 + number % 20}`
      const by = { kind, id, sessionId: null } as const
      const audience = number % 3 === 0 ? { companies: ['a'] } : { users: ['alice', `boss-${1 + number % 20}`] }
      await store.schedule({ ...draft(audience, { id: `p-${number}`, by, sender: `${kind}:${id}` }), sendAt: time.now() + number }, 1_000)
    }
    time.move(1_000)
    const { seqs, refused } = await isBounded('publish', () => store.publishDue(100))
    t.same([seqs.length, refused], [100, 0])
  })

  t.test('retention, in commits of bounded size', async t => {
    const { store, time, isBounded } = await open(t)
    for (const batch of upTo(5)) await store.notify(draft(users(batch), { at: time.now() }))
    for (const number of upTo(150)) await store.notify(draft({ all: true }, { id: `m-${number}`, at: time.now() }))
    await store.mark('alice', 'read', upTo(100).map(number => `m-${number}`))
    await openSessions(store)
    time.move(10_000)
    const removed: number[] = []
    do removed.push(await isBounded('retain', () => store.retain(time.now(), 100))); while (removed.at(-1)! > 0)
    t.ok(removed.length >= 4 && removed[0]! <= 3, `no commit has more than two thousand keys: ${removed.join()}`)
    t.same([await store.floor(), (await store.events(0, 10)).length], [await store.head(), 0])
    const tidied: number[] = []
    do tidied.push(await isBounded('tidy', () => store.tidy(400))); while (tidied.at(-1)! > 0)
    t.same(tidied, [500, 400, 200, 0], 'a hundred marks and a thousand sessions')
  })

  let pushed = 0
  /** Every write there is, in the order in which they are done. */
  const each: Record<WriteName, (store: Store) => Promise<unknown>> = {
    createFirstUser: store => store.createFirstUser({ id: 'root', username: 'root', role: 'admin', company: null, passwordHash: 'old' }),
    createUser: store => store.createUser({ id: 'bob', username: 'bob', role: 'user', company: 'a', passwordHash: 'old' }),
    applyClaims: store => store.applyClaims({ id: 'carol', role: 'user', company: 'a', iat: 1 }),
    changeUser: store => store.changeUser('bob', { role: 'admin', username: 'Bob', passwordHash: 'old' }, root),
    openSession: store => store.openSession({ id: 's-1', userId: 'bob', verifiedHash: 'old', refreshHash: 'r-1', expiresAt: 9e15 }),
    refresh: store => store.refresh({ hash: 'r-1', nextHash: 'r-2', expiresAt: 9e15 }),
    createTicket: store => store.createTicket({ hash: 't-1', userId: 'bob', sessionId: 's-1', tokenExpiresAt: 9e12, origin: null, expiresAt: 9e15 }),
    redeemTicket: store => store.redeemTicket('t-1'),
    changePassword: store => store.changePassword({ kind: 'user', id: 'bob', sessionId: 's-1' }, 'old', 'new'),
    confirmPassword: store => store.confirmPassword({ kind: 'user', id: 'bob', sessionId: 's-1' }, 'new'),
    endSession: store => store.endSession('s-1', root),
    revokeSession: store => store.revokeSession('s-1'),
    revokeSessions: store => store.revokeSessions('bob'),
    createKey: store => store.createKey({ id: 'k-1', name: 'key', hash: 'h-1', scopes: ['send:all'] }, root),
    touchKey: store => store.touchKey('k-1'),
    notify: store => store.notify(draft(users(), {
      id: 'to-many', idempotencyKey: 'once', label: { text: 'label', otherId: 'other' }, by: { kind: 'key', id: 'k-1', sessionId: null }
    })),
    putGroup: store => store.putGroup({ company: 'a', group: 'g' }, { name: 'g', isOpen: true }, root),
    changeMembers: store => store.changeMembers({ company: 'a', group: 'g' }, { add: upTo(MANY).map(number => `m-${number}`), remove: upTo(MANY).map(number => `n-${number}`) }, { perGroup: 1e5, perUser: 200 }, root),
    joinGroup: store => store.joinGroup({ company: 'a', group: 'g' }, { perGroup: 1e5, perUser: 200 }, { kind: 'user', id: 'bob', sessionId: null }),
    leaveGroup: store => store.leaveGroup({ company: 'a', group: 'g' }, { kind: 'user', id: 'bob', sessionId: null }),
    removeGroup: store => store.removeGroup({ company: 'a', group: 'g' }, root),
    mark: store => store.mark('user-7', 'read', ['to-many']),
    readAll: store => store.readAll('bob', null, null),
    see: async store => { await store.see('bob', await store.head()) },
    act: store => store.act('user-7', 'to-many', 'track').catch(() => undefined),
    recordDeliveries: store => store.recordDeliveries(upTo(MANY).map(number => ({ userId: `user-${number}`, device: 'd', low: 0, high: number, replayed: { upTo: number, at: 0 } }))),
    acknowledge: store => store.acknowledge('user-7', ['to-many']),
    remindDue: store => store.remindDue(),
    remindNow: async store => { await store.remindNow('to-many', root).catch(() => undefined) },
    takeReader: store => store.takeReader('r', 'node', { leaseMs: 9e15, start: 'head' }),
    renewReaders: store => store.renewReaders('node', 9e15),
    moveReader: store => store.moveReader('r', 1, { seq: 1, keep: 9, missed: 1, calls: upTo(MANY).map(seq => ({ seq, state: 'delivered', n: 1, status: 200, error: null, nextIn: null, item: '{}' })) }),
    releaseReaders: store => store.releaseReaders('node'),
    queueMails: store => store.queueMails(upTo(MANY).map(number => ({ userId: `user-${number}`, kind: 'now', seq: 1, dueIn: 0 }))),
    beginMails: store => store.beginMails('node', MANY, 1),
    settleMails: store => store.settleMails('node', upTo(MANY).map(number => ({
      userId: `user-${number}`,
      kind: 'now',
      email: 'a@b.example',
      through: 1,
      dueIn: null,
      isAgain: false,
      mailed: { state: 'failed', seqs: upTo(10) },
      hasBounced: true,
      queue: [{ userId: `user-${number}`, kind: 'digest', seq: 1, dueIn: 0 }]
    }))),
    releaseMails: store => store.releaseMails('node', 'own'),
    unsubscribe: async store => { await store.unsubscribe('user-7', (await store.user('user-7'))?.createdAt ?? 0, ['news']) },
    createWebhook: store => store.createWebhook({ id: 'w', url: 'https://example.com', types: ['notification.sent'], company: 'a', isOrdered: false, secret: 's' }, root),
    moveWebhook: async store => {
      const { token } = (await store.takeReader('webhook/w', 'node', { leaseMs: 1, start: 'head' }))!
      const calls = upTo(MANY).map(seq => ({ seq, state: 'failed' as const, n: 1, status: 410, error: 'answered 410', nextIn: null, item: '{}' }))
      return await store.moveWebhook('w', token, { seq: 1, keep: 9, calls, hasDelivered: false, hasFailed: true, isGone: true, failed: calls.map(() => ({})) }, 1)
    },
    changeWebhook: store => store.changeWebhook('w', { state: 'active' }, root),
    rotateWebhook: store => store.rotateWebhook('w', 't', 1, root),
    replayWebhook: store => store.replayWebhook('w', 1, root),
    removeWebhook: store => store.removeWebhook('w', root),
    putPushSubscription: async store => {
      await store.putPushSubscription(subscription, { kind: 'user', id: 'bob', sessionId: null })
      const { seq } = await store.notify(draft({ users: ['bob'] }, { id: 'pushed', body: JSON.stringify({ id: 'pushed', actions: [{ id: 'later', label: 'Later' }] }) }))
      pushed = seq
    },
    movePushes: async store => {
      const { token } = (await store.takeReader('push', 'node', { leaseMs: 1, start: 'head' }))!
      const call = { userId: 'bob', key: 'all', since: null, status: 500, error: 'answered 500', n: 1 }
      const calls = upTo(MANY).flatMap(seq => [{ ...call, subscriptionId: 'p', seq, state: 'failed' as const, nextIn: null }, { ...call, subscriptionId: 'q', seq, state: 'delivered' as const, nextIn: null }])
      const lost = upTo(MANY).map(number => ({ id: `n-${number}`, userId: 'bob', topic: null, scope: null }))
      const held = upTo(MANY).map(number => ({ userId: `user-${number}`, after: number, until: 1 }))
      return await store.movePushes(token, { place: { seq: 1, inner: '[0,"x",1]' }, missed: 1, calls, sent: held.map(({ userId, after: seq }) => ({ userId, seq })), lost, held, gone: calls.map(({ subscriptionId }) => `${subscriptionId}-gone`), released: held.map(({ userId }) => userId) })
    },
    recallPushes: store => store.recallPushes(),
    takePushReceipt: async store => await store.takePushReceipt({ subscriptionId: 'p', seq: pushed, state: 'acted', action: 'later' }),
    removePushSubscription: store => store.removePushSubscription('bob', 'p', { kind: 'user', id: 'bob', sessionId: null }),
    removeUnboundPushSubscriptions: store => store.removeUnboundPushSubscriptions('bob'),
    edit: store => store.edit('to-many', { fields: { title: 'T' }, expiresAt: 9e15, revision: 1 }, root),
    recall: store => store.recall('to-many', root),
    schedule: store => store.schedule({
      ...draft(users(), {
        id: 'planned', idempotencyKey: 'later', label: { text: 'later', otherId: 'other' }, by: { kind: 'key', id: 'k-1', sessionId: null }
      }),
      sendAt: 1
    }, 9),
    changePlan: store => store.changePlan('planned', { sendAt: 2, type: 'info', expiresAt: null, body: '{}' }, 1, root),
    cancelPlan: store => store.cancelPlan('planned', root),
    publishDue: store => store.publishDue(100),
    revokeKey: store => store.revokeKey('k-1', root),
    putTopic: store => store.putTopic('news', 'a', { description: null, default: 'off', isLocked: false, channels: {} }, root),
    changePreferences: store => store.changePreferences('bob', {
      topics: Object.fromEntries(upTo(200).map(number => [`t-${number}`, { inbox: 'off' }])), quiet_hours: { timezone: 'Europe/Berlin', days: ['mon'], from: '22:00', to: '07:00' }
    }, 'merge', { kind: 'user', id: 'bob', sessionId: null }),
    removeTopic: store => store.removeTopic('news', 'a', root),
    removeUser: store => store.removeUser('bob', root),
    retain: store => store.retain(9e15, 100),
    tidy: store => store.tidy(100)
  }

  t.test('every write there is', async t => {
    const { store } = await engine.open(t)
    const count = countStatements(t)
    for (const name of Object.keys(writes) as WriteName[]) t.ok(each[name], `${name} is among them`)
    for (const [name, write] of Object.entries(each)) {
      const before = count()
      await write(store)
      const taken = count() - before
      t.ok(taken > 0 && taken <= MOST, `${name}: ${taken} statements`)
    }
  })
}
