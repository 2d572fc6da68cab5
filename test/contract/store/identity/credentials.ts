import { clock, codeOf, follow, upTo, type Part } from '../engine.ts'

const HOUR = 3_600_000

export const credentials: Part = (t, engine) => {
  /** A store with alice and her session `s1`, whose first refresh token is `r1`. */
  async function openWithSession (t: Parameters<Part>[0]) {
    const time = clock()
    const { store } = await engine.open(t, { now: time.now })
    await store.createUser({ id: 'alice', username: 'Alice', role: 'user', company: 'a', passwordHash: 'hash' })
    await store.openSession({ id: 's1', userId: 'alice', refreshHash: 'r1', expiresAt: time.now() + HOUR })
    return { store, ...time, committed: follow(store) }
  }

  t.test('revoking a session, again, and one that is not there', async t => {
    const { store, now, committed } = await openWithSession(t)
    await store.revokeSession('s1')
    await store.revokeSession('s1')
    await store.revokeSession('nothing')
    t.equal(committed.length, 1)
    t.equal(await store.isSessionOpen('s1'), false)
    t.match(await store.refresh({ hash: 'r1', nextHash: 'r2', expiresAt: now() + HOUR }), { outcome: 'refused' })
  })

  t.test('a new password ends the other sessions, a removal all of them', async t => {
    const { store, now, committed } = await openWithSession(t)
    for (const id of ['s2', 's3']) await store.openSession({ id, userId: 'alice', refreshHash: `of ${id}`, expiresAt: now() + HOUR })
    const open = async () => {
      const states = await Promise.all(['s1', 's2', 's3'].map(async id => await store.isSessionOpen(id) ? id : ''))
      return states.join('')
    }
    await store.changeUser('alice', { role: 'admin' })
    t.equal(await open(), 's1s2s3')
    const actor = { kind: 'user', id: 'alice', sessionId: 's2' } as const
    t.equal(await codeOf(store.changePassword(actor, 'another', 'new')), 'BLF_WRONG_PASSWORD')
    t.equal(await open(), 's1s2s3')
    await store.changePassword(actor, 'hash', 'new')
    t.equal(await open(), 's2')
    await store.removeUser('alice')
    t.equal(await open(), '')
    t.equal(committed.filter(({ kind }) => kind === 'session.revoked').length, 3)
    t.match(await store.refresh({ hash: 'of s2', nextHash: 'next', expiresAt: now() + HOUR }), { outcome: 'refused' })
  })

  t.test('a ticket works once, until its time', async t => {
    const { store, now, move } = await openWithSession(t)
    const ticket = { userId: 'alice', sessionId: 's1', tokenExpiresAt: 5, origin: 'http://localhost' }
    for (const hash of ['t1', 't2', 't3']) await store.createTicket({ ...ticket, hash, expiresAt: now() + 30_000 })
    t.same(await store.redeemTicket('t1'), ticket)
    t.equal(await store.redeemTicket('t1'), undefined)
    const redeemed = await Promise.all(upTo(20).map(() => store.redeemTicket('t2')))
    t.equal(redeemed.filter(Boolean).length, 1, '20 times at once is once')
    move(30_000)
    t.equal(await store.redeemTicket('t3'), undefined)
    t.equal(await store.redeemTicket('unknown'), undefined)
  })

  t.test('keys: create, find, touch, list, revoke', async t => {
    const { store, now, move, committed } = await openWithSession(t)
    const record = { id: 'k1', name: 'shop', scopes: ['send:all', 'inbox:read'], createdAt: now(), lastUsedAt: null, rateLimit: null, expiresAt: null }
    t.same(await store.createKey({ id: 'k1', name: 'shop', hash: 'h1', scopes: record.scopes }), record)
    const bounds = { rateLimit: 100, expiresAt: now() + 500 }
    t.match(await store.createKey({ id: 'k2', name: 'shop', hash: 'h2', scopes: [], ...bounds }), bounds)
    t.same(await store.keyByHash('h1'), record)
    t.equal(await store.keyByHash('k1'), undefined)
    move(1000)
    t.match(await store.keyByHash('h2'), bounds, 'also when it has expired')
    await store.touchKey('k1')
    t.same((await store.keys()).map(({ id, lastUsedAt }) => [id, lastUsedAt]), [['k1', now()], ['k2', null]])

    await store.revokeKey('k1')
    t.match(committed, [{ kind: 'key.revoked', keys: [], body: JSON.stringify({ id: 'k1', hash: 'h1' }) }])
    t.equal(await store.keyByHash('h1'), undefined)
    t.same((await store.keys()).map(({ id }) => id), ['k2'])
    t.equal(await codeOf(store.revokeKey('k1')), 'BLF_KEY_NOT_FOUND')
    t.equal(await codeOf(store.revokeKey('nothing')), 'BLF_KEY_NOT_FOUND')
    t.equal(committed.length, 1)
  })
}
