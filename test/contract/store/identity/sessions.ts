import { clock, codeOf, follow, upTo, type Part } from '../engine.ts'

const HOUR = 3_600_000
const GRACE = 30_000

export const sessions: Part = (t, engine) => {
  /** A store with alice and her session `s1`, whose first refresh token is `r1`. */
  async function openWithSession (t: Parameters<Part>[0]) {
    const time = clock()
    const { store } = await engine.open(t, { now: time.now })
    await store.createUser({ id: 'alice', username: 'Alice', role: 'user', company: 'a', passwordHash: 'hash' })
    const open = (id: string, refreshHash = `of ${id}`) => store.openSession({ id, userId: 'alice', refreshHash, expiresAt: time.now() + HOUR })
    await open('s1', 'r1')
    const refresh = async (hash: string, nextHash: string, lifetime?: number, family?: string) => {
      const { outcome } = await store.refresh({ hash, family, nextHash, expiresAt: time.now() + HOUR, ...(lifetime === undefined ? {} : { lifetime }) })
      return outcome
    }
    return { store, ...time, committed: follow(store), open, refresh }
  }

  t.test('a refresh token works once, and its successor after it', async t => {
    const { store, now, refresh } = await openWithSession(t)
    const alice = await store.user('alice')
    t.same(await store.refresh({ hash: 'r1', nextHash: 'r2', expiresAt: now() + HOUR, lifetime: HOUR }), { outcome: 'rotated', sessionId: 's1', endsAt: now() + HOUR, user: alice })
    t.equal(await refresh('r2', 'r3'), 'rotated')
    t.equal(await refresh('r3', 'r4'), 'rotated')
    t.equal(await refresh('unknown', 'r9'), 'refused')
  })

  t.test('a refresh repeated within its grace gives another successor, and the first that is used ends the others', async t => {
    const { store, move, refresh } = await openWithSession(t)
    t.equal(await refresh('r1', 'r2'), 'rotated')
    move(GRACE - 1)
    t.equal(await refresh('r1', 'r2 again'), 'rotated', 'the answer was lost')
    t.equal(await refresh('r2 again', 'r3'), 'rotated')
    t.equal(await refresh('r2', 'r3 too'), 'refused', 'its sibling was used first')
    t.equal(await store.isSessionOpen('s1'), true, 'which ends no session: it was never used')
    t.equal(await refresh('r3', 'r4'), 'rotated')
  })

  t.test('a refresh token used again after its grace, or after a successor was used, ends its session', async t => {
    for (const [about, use] of [
      ['after its grace', async ({ move, refresh }) => { move(GRACE); return await refresh('r1', 'late') }],
      ['after a successor was used', async ({ refresh }) => { await refresh('r2', 'r3'); return await refresh('r1', 'late') }]
    ] as [string, (world: Awaited<ReturnType<typeof openWithSession>>) => Promise<string>][]) {
      const world = await openWithSession(t)
      const { store, committed, refresh } = world
      await refresh('r1', 'r2')
      t.equal(await use(world), 'reused', about)
      t.equal(await store.isSessionOpen('s1'), false)
      t.match(committed, [{ kind: 'session.revoked', keys: [], body: JSON.stringify({ id: 's1', user_id: 'alice' }) }])
      for (const hash of ['r1', 'r2', 'r3', 'late']) t.equal(await refresh(hash, `${hash}'`), 'refused')
      t.equal(committed.length, 1)
    }
  })

  t.test('a refresh token 20 times at once: each answer works until one is used, and those that are kept are few', async t => {
    const { committed, refresh } = await openWithSession(t)
    const outcomes = await Promise.all(upTo(20).map(next => refresh('r1', `next ${next}`)))
    t.same(outcomes, Array(20).fill('rotated'))
    t.equal(committed.length, 0)
    const used = []
    for (const next of upTo(20)) used.push(await refresh(`next ${next}`, `after ${next}`))
    t.equal(used.filter(outcome => outcome === 'rotated').length, 1)
    t.equal(used.filter(outcome => outcome === 'refused').length, 19)
  })

  t.test('a used token of a family needs no row: that it was used is known as long as its session lasts', async t => {
    const { store, now, move, committed, open, refresh: rotate } = await openWithSession(t)
    const openFamily = (id: string) => store.openSession({ id, userId: 'alice', refreshHash: `${id} 0`, family: `of ${id}`, expiresAt: now() + HOUR })
    const refresh = (id: string, hash: string, nextHash: string) => rotate(`${id} ${hash}`, `${id} ${nextHash}`, undefined, `of ${id}`)
    const ids = ['first', 'last', 'unknown']
    for (const id of ids) await openFamily(id)
    await open('s2')
    for (const id of ids) {
      for (const step of upTo(20)) {
        t.equal(await refresh(id, `${step - 1}`, `${step}`), 'rotated')
        t.equal(await refresh(id, `${step - 1}`, `${step} again`), 'rotated', 'its answer was lost')
        move(GRACE - 1)
      }
    }
    for (const id of ids) t.equal(await refresh(id, '10 again', 'late'), 'refused', 'a sibling that was never used ends no session')
    t.equal(committed.length, 0)
    for (const [id, hash] of [['first', '0'], ['last', '19'], ['unknown', 'guess']] as const) {
      t.equal(await refresh(id, hash, 'late'), 'reused', hash)
      t.match(committed, { length: ids.indexOf(id) + 1 })
      for (const hash of ['0', '20', '20 again', 'guess']) t.equal(await refresh(id, hash, 'late'), 'refused', 'its session has ended')
    }
    for (const id of ['s1', 's2']) t.equal(await store.isSessionOpen(id), true)
  })

  t.test('when a password was given is noted for sessions of a cookie, and for no others', async t => {
    const { store, now, move, open } = await openWithSession(t)
    await store.openSession({ id: 'page', userId: 'alice', refreshHash: 'p', family: 'of page', isCookie: true, expiresAt: now() + HOUR })
    await open('program')
    const as = (sessionId: string | null) => ({ kind: 'user', id: 'alice', sessionId }) as const
    const times = async () => await Promise.all(['page', 'program', 'unknown'].map(id => store.passwordGivenAt(id)))
    const started = now()
    t.same(await times(), [started, undefined, undefined])
    t.same([await store.sessionOfFamily('of page'), await store.sessionOfFamily('of nobody')], [{ id: 'page', userId: 'alice' }, undefined])
    move(1_000)
    for (const sessionId of ['program', null]) await store.confirmPassword(as(sessionId), 'hash')
    t.equal(await codeOf(store.confirmPassword(as('page'), 'another')), 'BLF_WRONG_PASSWORD')
    t.same(await times(), [started, undefined, undefined])
    await store.confirmPassword(as('page'), 'hash')
    t.same(await times(), [started + 1_000, undefined, undefined])
    move(1_000)
    await store.changePassword(as('page'), 'hash', 'new')
    t.same(await times(), [started + 2_000, undefined, undefined], 'a change is one too')
    await store.revokeSession('page')
    t.same([await store.passwordGivenAt('page'), await store.sessionOfFamily('of page')], [undefined, undefined])
    t.equal(await codeOf(store.confirmPassword(as('page'), 'new')), 'BLF_UNAUTHENTICATED')
  })

  t.test('a session ends at its time, which a refresh moves up to its lifetime', async t => {
    const { now, move, refresh, store } = await openWithSession(t)
    const [created] = await store.sessions('alice')
    move(HOUR - 1)
    t.equal(await refresh('r1', 'r2'), 'rotated')
    move(HOUR)
    t.equal(await refresh('r2', 'r3'), 'refused', 'not refreshed in time')

    const { move: forward, refresh: again } = await openWithSession(t)
    for (const next of upTo(4)) {
      forward(HOUR / 2)
      t.equal(await again(`r${next}`, `r${next + 1}`, 2 * HOUR + 1), 'rotated')
    }
    forward(1)
    t.equal(await again('r5', 'r6', 2 * HOUR + 1), 'refused', 'refreshed in time, and over')
    t.equal(now() - created!.createdAt, 2 * HOUR - 1)
  })

  t.test('the open sessions of a user, and what is known of them', async t => {
    const { store, now, move, refresh, open } = await openWithSession(t)
    const started = now()
    move(10)
    await store.openSession({ id: 's2', userId: 'alice', refreshHash: 'x', expiresAt: now() + HOUR, address: '::1', userAgent: 'curl' })
    move(10)
    await refresh('r1', 'r2')
    await open('s3')
    await store.revokeSession('s3')
    t.same(await store.sessions('alice'), [
      { id: 's1', createdAt: started, lastUsedAt: started + 20, address: null, userAgent: null },
      { id: 's2', createdAt: started + 10, lastUsedAt: started + 10, address: '::1', userAgent: 'curl' }
    ])
    await store.refresh({ hash: 'x', nextHash: 'y', expiresAt: now() + HOUR, address: '::2' })
    t.match((await store.sessions('alice')).find(({ id }) => id === 's2'), { address: '::2', userAgent: 'curl', lastUsedAt: started + 20 })
    move(HOUR)
    t.same(await store.sessions('alice'), [])
    t.same(await store.sessions('nobody'), [])
  })

  t.test('a login past 50 sessions ends the one that was not used for longest', async t => {
    const { store, move, refresh, open, committed } = await openWithSession(t)
    for (const number of upTo(49)) {
      move(1)
      await open(`more ${number}`)
    }
    t.equal(committed.length, 0)
    move(1)
    await refresh('r1', 'r2')
    await open('one too many')
    t.match(committed, [{ kind: 'session.revoked', body: JSON.stringify({ id: 'more 1', user_id: 'alice' }) }])
    t.same((await store.sessions('alice')).length, 50)
    t.same([await store.isSessionOpen('s1'), await store.isSessionOpen('one too many'), await store.isSessionOpen('more 1')], [true, true, false])
    move(-HOUR)
    await open('by a clock that stepped back')
    t.equal(await store.isSessionOpen('by a clock that stepped back'), true)
  })

  t.test('ending a session: one\'s own, or of whom one manages', async t => {
    const { store, open, committed } = await openWithSession(t)
    for (const [id, role, company] of [['adam', 'admin', 'a'], ['ben', 'admin', 'b'], ['root', 'admin', null]] as const) {
      await store.createUser({ id, username: id, role, company, passwordHash: null })
    }
    await store.openSession({ id: 'of root', userId: 'root', refreshHash: 'root', expiresAt: 9e15 })
    await store.createKey({ id: 'k', name: 'k', hash: 'k', scopes: ['users:write'] })
    const by = (id: string) => ({ kind: id === 'k' ? 'key' : 'user', id, sessionId: null } as const)
    for (const [id, actor, code] of [
      ['s1', 'ben', 'BLF_FORBIDDEN'], ['of root', 'alice', 'BLF_FORBIDDEN'], ['of root', 'adam', 'BLF_FORBIDDEN'], ['of root', 'k', 'BLF_FORBIDDEN'],
      ['nothing', 'alice', 'BLF_FORBIDDEN'], ['nothing', 'root', 'BLF_SESSION_NOT_FOUND'], ['s1', 'nobody', 'BLF_UNAUTHENTICATED']
    ] as const) t.equal(await codeOf(store.endSession(id, by(actor))), code, `${id} by ${actor}`)
    const head = await store.head()
    for (const actor of ['alice', 'adam', 'root', 'k']) {
      await open(`ended by ${actor}`)
      t.equal(await codeOf(store.endSession(`ended by ${actor}`, by(actor))), undefined)
      t.equal(await codeOf(store.endSession(`ended by ${actor}`, by(actor))), 'BLF_SESSION_NOT_FOUND', 'again')
    }
    t.equal(committed.filter(({ seq }) => seq > head).length, 4)
    await store.revokeSessions('alice')
    t.same([await store.isSessionOpen('s1'), await store.isSessionOpen('of root')], [false, true])
  })
}
