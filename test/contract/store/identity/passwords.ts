import type { ActorRef } from '../../../../src/rights/principal.ts'
import { clock, codeOf, type Part } from '../engine.ts'

const actor = (id: string, kind: ActorRef['kind'] = 'user'): ActorRef => ({ kind, id, sessionId: null })

/** Changes that put bob beyond the reach of a company admin of `a`. */
const moves = [
  ['a platform admin', { role: 'admin', company: null }],
  ['a user of another company', { company: 'b' }],
  ['a user of none', { company: null }]
] as const

/** Who may set bob's password, and whether it may stay with him wherever he goes. */
const setters = [
  ['an admin of the company', actor('boss'), false],
  ['an API key', actor('writer', 'key'), false],
  ['a platform admin', actor('root'), true],
  ['an operator', undefined, true]
] as const

export const passwords: Part = (t, engine) => {
  /** A store with everybody who may manage bob. */
  async function openWithManagers (t: Parameters<Part>[0]) {
    const { now } = clock()
    const { store } = await engine.open(t, { now })
    await store.createUser({ id: 'root', username: 'root', role: 'admin', company: null, passwordHash: 'hash' })
    await store.createUser({ id: 'boss', username: 'boss', role: 'admin', company: 'a', passwordHash: 'hash' })
    await store.createKey({ id: 'writer', name: 'writer', scopes: ['users:write'], hash: 'w' })
    return { store, now }
  }

  /** Bob, who is not made yet, or another like him. */
  function personOf ({ store, now }: Awaited<ReturnType<typeof openWithManagers>>, id = 'bob') {
    const makeBob = (passwordHash: string | null, by?: ActorRef) => store.createUser({ id, username: id, role: 'user', company: 'a', passwordHash }, by)
    const hash = async () => (await store.userByName(id))?.passwordHash
    const openSession = (sessionId: string) => store.openSession({ id: sessionId, userId: id, refreshHash: sessionId, expiresAt: now() + 1_000_000 })
    return { makeBob, hash, openSession }
  }

  async function openWithBob (t: Parameters<Part>[0]) {
    const opened = await openWithManagers(t)
    return { ...opened, ...personOf(opened) }
  }

  for (const [what, change] of moves) {
    t.test(`who becomes ${what} keeps no password of somebody who may not manage them any more`, async t => {
      const opened = await openWithManagers(t)
      const { store } = opened
      for (const [who, by, isTrusted] of setters) {
        for (const how of ['created', 'changed']) {
          const about = `${how} by ${who}`
          const { makeBob, hash, openSession } = personOf(opened, about)
          await makeBob(how === 'created' ? 'planted' : null, how === 'created' ? by : undefined)
          if (how === 'changed') await store.changeUser(about, { passwordHash: 'planted' }, by)
          await openSession(about)
          const head = await store.head()
          t.equal(await codeOf(store.changeUser(about, change, actor('root'))), isTrusted ? undefined : 'BLF_PASSWORD_NEEDED', about)
          if (isTrusted) continue
          t.same([await store.head(), await store.isSessionOpen(about)], [head, true], 'a refused change changes nothing')
          t.match(await store.changeUser(about, { ...change, passwordHash: 'new' }, actor('root')), change, `${about}, replaced with the move`)
          t.same([await hash(), await store.isSessionOpen(about)], ['new', false])
        }
      }
    })
  }

  t.test('a planted password stays planted when it is changed as its user', async t => {
    const { store, makeBob, openSession } = await openWithBob(t)
    await makeBob('planted', actor('boss'))
    await openSession('s1')
    await store.changePassword({ kind: 'user', id: 'bob', sessionId: 's1' }, 'planted', 'laundered')
    t.equal(await codeOf(store.changeUser('bob', { role: 'admin', company: null }, actor('root'))), 'BLF_PASSWORD_NEEDED')
    await store.changeUser('bob', { passwordHash: 'given' }, actor('root'))
    await openSession('s2')
    await store.changePassword({ kind: 'user', id: 'bob', sessionId: 's2' }, 'given', 'own')
    t.match(await store.changeUser('bob', { role: 'admin', company: null }, actor('root')), { role: 'admin' })
  })

  t.test('a password can be removed, with the move or before it; without one there is nothing to end', async t => {
    for (const isWithMove of [true, false]) {
      const { store, makeBob, hash, openSession } = await openWithBob(t)
      await makeBob('planted', actor('boss'))
      await openSession('s1')
      if (!isWithMove) await store.changeUser('bob', { passwordHash: null }, actor('boss'))
      t.match(await store.changeUser('bob', { company: 'b', ...(isWithMove ? { passwordHash: null } : {}) }, actor('root')), { company: 'b' })
      t.same([await hash(), await store.isSessionOpen('s1')], [null, false])
    }
  })

  t.test('what moves nobody out of reach asks for nothing', async t => {
    const { store, makeBob, hash } = await openWithBob(t)
    await makeBob('planted', actor('boss'))
    for (const change of [{ role: 'admin' }, { role: 'user' }, { company: 'a' }, { username: 'bob' }]) await store.changeUser('bob', change, actor('boss'))
    t.equal(await hash(), 'planted')
  })

  t.test('a move by a token ends a planted password and its sessions, and says so once', async t => {
    for (const [what, change] of moves) {
      const { store, now, makeBob, hash, openSession } = await openWithBob(t)
      await makeBob('planted', actor('boss'))
      await openSession('s1')
      const see = (claims: object, seconds: number) => store.applyClaims({ id: 'bob', role: 'user', company: 'a', ...claims, iat: now() / 1000 + seconds })
      t.notOk((await see({}, 100)).isPasswordEnded, 'a token that moves nobody')
      t.notOk((await see({ role: 'editor' }, 101)).isPasswordEnded, 'a role in the company')
      t.equal(await hash(), 'planted')
      t.match(await see(change, 102), { ...change, isPasswordEnded: true }, what)
      t.same([await hash(), await store.isSessionOpen('s1')], [null, false])
      t.notOk((await see({ company: 'c' }, 103)).isPasswordEnded)
    }
    const { store, now, makeBob, hash } = await openWithBob(t)
    await makeBob('given')
    t.notOk((await store.applyClaims({ id: 'bob', role: 'admin', company: null, iat: now() / 1000 + 100 })).isPasswordEnded)
    t.equal(await hash(), 'given', 'an operator\'s password stays')
  })
}
