import t from 'tap'
import { as, enrol, login, makeKey, PASSWORD } from '../accounts.ts'
import { call, people } from '../../helper.ts'
import { before, onEachEngine } from './engines.ts'
import { onEachLoss } from './losses.ts'

const alice = { id: 'alice', role: 'admin', company: 'company_a' }
const bob = { id: 'bob', company: 'company_a' }
const root = { id: 'root', role: 'admin' }

t.test('a user who became a platform admin meanwhile is not changed by a company admin', t => onEachEngine(t, async (t, app) => {
  for (const account of [root, alice]) await enrol(app, account)
  for (const body of [{ role: 'admin', password: 'known to alice' }, { role: 'user' }, { username: 'mine' }, { password: 'known to alice' }]) {
    await enrol(app, { ...bob, username: 'bob' })
    before(app, 'changeUser', () => call(app, people.root, 'PATCH', '/api/users/bob', { company: null, role: 'admin' }))
    const stored = await app.store.userByName('bob')
    t.match(await call(app, people.alice, 'PATCH', '/api/users/bob', body), { status: 403, body: { code: 'BLF_FORBIDDEN' } }, JSON.stringify(body))
    t.match(await app.store.userByName('bob'), { role: 'admin', company: null, passwordHash: stored!.passwordHash })
    await app.store.removeUser('bob')
  }
}))

t.test('a user who moved to another company meanwhile is not changed or removed', t => onEachEngine(t, async (t, app) => {
  for (const account of [root, alice, bob]) await enrol(app, account)
  const move = () => call(app, people.root, 'PATCH', '/api/users/bob', { company: 'company_b' })
  before(app, 'changeUser', move)
  t.equal((await call(app, people.alice, 'PATCH', '/api/users/bob', { role: 'admin' })).status, 403)
  t.match(await app.store.user('bob'), { role: 'user', company: 'company_b' })

  await call(app, people.root, 'PATCH', '/api/users/bob', { company: 'company_a' })
  before(app, 'removeUser', move)
  t.equal((await call(app, people.alice, 'DELETE', '/api/users/bob')).status, 403)
  t.ok(await app.store.user('bob'))
}))

t.test('taking the company is refused if the user became an admin meanwhile', t => onEachEngine(t, async (t, app) => {
  for (const account of [root, alice, bob]) await enrol(app, account)
  before(app, 'changeUser', () => call(app, people.alice, 'PATCH', '/api/users/bob', { role: 'admin' }))
  t.match(await call(app, people.root, 'PATCH', '/api/users/bob', { company: null }), { status: 409, body: { code: 'BLF_ROLE_NEEDED', detail: /"role"/ } })
  t.match(await app.store.user('bob'), { role: 'admin', company: 'company_a' })
}))

type Write = (app: Parameters<typeof as>[0], token: string) => ReturnType<typeof as>
const writes: Record<string, ['createUser' | 'changeUser' | 'removeUser', Write]> = {
  creating: ['createUser', (app, token) => as(app, token, 'POST', '/api/users', { username: 'new', password: 'a long password', role: 'user', company: 'company_a' })],
  changing: ['changeUser', (app, token) => as(app, token, 'PATCH', '/api/users/bob', { role: 'admin' })],
  removing: ['removeUser', (app, token) => as(app, token, 'DELETE', '/api/users/bob')]
}

t.test('an admin who lost the right meanwhile writes nothing', t => onEachEngine(t, async (t, app) => {
  for (const account of [root, bob]) await enrol(app, account)
  await onEachLoss(app, ['users:write'], writes, async ([method, write], { name, token, lose }, status) => {
    let head = 0
    before(app, method, async () => {
      await lose()
      head = await app.store.head()
    })
    t.equal((await write(app, token)).status, status, name)
    t.equal(await app.store.head(), head, `${name} left nothing in the log`)
    t.match(await app.store.user('bob'), { role: 'user' })
  })
  t.equal(await app.store.userByName('new'), undefined)
}))

t.test('who lost the right meanwhile makes and revokes no key', t => onEachEngine(t, async (t, app) => {
  for (const account of [root, { ...root, id: 'other' }]) await enrol(app, account)
  await makeKey(app, 'kept', ['send:all'])
  for (const [method, ask] of [
    ['createKey', () => call(app, people.root, 'POST', '/api/keys', { name: 'k', scopes: ['send:all'] })],
    ['revokeKey', () => call(app, people.root, 'DELETE', '/api/keys/kept')]
  ] as const) {
    await app.store.changeUser('root', { role: 'admin' })
    before(app, method, () => app.store.changeUser('root', { role: 'user' }))
    t.match(await ask(), { status: 403, body: { code: 'BLF_FORBIDDEN' } }, method)
    t.same((await app.store.keys()).map(({ id }) => id), ['kept'])
  }
}))

t.test('an old password that was reset meanwhile changes nothing', t => onEachEngine(t, async (t, app) => {
  await enrol(app, bob)
  const { passwordHash } = (await app.store.userByName('bob'))!
  before(app, 'changePassword', () => app.store.changeUser('bob', { passwordHash: 'reset by an admin' }))
  const body = { current_password: PASSWORD, password: 'what the thief wants' }
  t.match(await call(app, people.bob, 'PATCH', '/api/users/me', body), { status: 403, body: { code: 'BLF_WRONG_PASSWORD' } })
  t.match(await app.store.userByName('bob'), { passwordHash: 'reset by an admin' })

  await app.store.changeUser('bob', { passwordHash: passwordHash! })
  const session = await login(app, 'bob')
  before(app, 'changePassword', () => app.store.changeUser('bob', { passwordHash: 'reset by an admin' }))
  t.equal((await as(app, session.access_token, 'PATCH', '/api/users/me', body)).status, 401, 'the reset ended the session too')
  t.match(await app.store.userByName('bob'), { passwordHash: 'reset by an admin' })
}))

t.test('the first admin of a new store is made once, whatever two nodes call it', t => onEachEngine(t, async (t, app) => {
  const admin = { role: 'admin', company: null, passwordHash: null }
  const made = await Promise.all(['one', 'two'].map(id => app.store.createFirstUser({ id, username: id, ...admin })))
  t.same(made.map(user => user?.id), ['one', undefined])
  t.equal((await app.store.users({ limit: 10 })).length, 1)
}))
