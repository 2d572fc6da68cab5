import { test } from 'tap'
import { build, call, isProblem, mint, people, type App, type Person } from '../helper.ts'

const seconds = () => Math.floor(Date.now() / 1000)
const bearer = (person: Person, iat: number) => ({ authorization: `Bearer ${mint(person, { iat })}` })
const me = (app: App, person: Person, iat: number) => call(app, null, 'GET', '/api/auth/me', undefined, bearer(person, iat))
const sent = (app: App, id: string, audience: object) => call(app, people.root, 'POST', '/api/notifications/send', { id, title: 'a', message: 'b', priority: 'info', topic: 'x', audience })
const inbox = async (app: App, person: Person, iat = seconds()) => {
  const { body } = await call(app, null, 'GET', '/api/notifications/me', undefined, bearer(person, iat))
  return (body.items as { id: string }[]).map(({ id }) => id)
}

test('whoever a token minted elsewhere speaks of becomes a user', async t => {
  const app = await build(t)
  t.equal((await call(app, people.root, 'GET', '/api/users/bob')).status, 404)
  t.match(await call(app, people.bob, 'GET', '/api/auth/me'), { status: 200, body: { id: 'bob', role: 'user', company: 'company_a' } })
  t.match(await call(app, people.root, 'GET', '/api/users/bob'), { status: 200, body: { id: 'bob', username: 'bob', role: 'user', company: 'company_a' } })
})

test('many requests at once of a user never seen make one user', async t => {
  const app = await build(t)
  const answers = await Promise.all(Array.from({ length: 20 }, () => call(app, people.bob, 'GET', '/api/auth/me')))
  t.ok(answers.every(({ status }) => status === 200))
  t.equal(await app.store.head(), 1)
})

test('a token with another role or company moves its user at once', async t => {
  const app = await build(t)
  const now = seconds()
  await me(app, people.bob, now - 10)
  await sent(app, 'before', { companies: ['company_b'] })
  t.match(await me(app, { sub: 'bob', role: 'admin', company: 'company_b' }, now - 5), { body: { role: 'admin', company: 'company_b' } })
  await sent(app, 'to-b', { companies: ['company_b'] })
  await sent(app, 'to-a', { companies: ['company_a'] })
  const moved = { sub: 'bob', role: 'admin', company: 'company_b' }
  t.same(await inbox(app, moved, now - 5), ['to-b'], 'it sees what was sent since it came')
  t.match(await call(app, people.root, 'GET', '/api/users/bob'), { body: { role: 'admin', company: 'company_b' } })
})

test('an older token does not take its user back', async t => {
  const app = await build(t)
  const now = seconds()
  await me(app, people.bob, now - 10)
  await me(app, { sub: 'bob', role: 'user', company: 'company_b' }, now - 5)
  t.match(await me(app, people.bob, now - 10), { status: 200, body: { company: 'company_b' } }, 'it is accepted, and what it says is old')
})

test('what an administrator changed stands until a newer token says otherwise', async t => {
  const app = await build(t)
  const now = seconds()
  await me(app, people.bob, now - 10)
  await call(app, people.root, 'PATCH', '/api/users/bob', { company: 'company_b' })
  t.match(await me(app, people.bob, now - 10), { status: 200, body: { company: 'company_b' } })
  t.match(await me(app, people.bob, now + 30), { status: 200, body: { company: 'company_a' } })
})

test('a removed user\'s tokens are 401, until one is minted after its removal', async t => {
  const app = await build(t)
  const now = seconds()
  await me(app, people.bob, now - 10)
  await sent(app, 'to-the-old-one', { users: ['bob'] })
  t.equal((await call(app, people.root, 'DELETE', '/api/users/bob')).status, 204)
  for (const iat of [now - 10, now]) isProblem(t, await me(app, people.bob, iat), 'BLF_UNAUTHENTICATED')
  t.equal((await call(app, people.root, 'GET', '/api/users/bob')).status, 404)
  t.equal((await me(app, people.bob, now + 30)).status, 200)
  t.same(await inbox(app, people.bob, now + 30), [], 'somebody new, who gets nothing of the old one\'s')
})

test('what was sent to a user by id is there when it is first seen, what was sent to its groups is not', async t => {
  const app = await build(t)
  await sent(app, 'to-bob', { users: ['bob'] })
  await sent(app, 'to-all', { all: true })
  await sent(app, 'to-a', { companies: ['company_a'] })
  t.same(await inbox(app, people.bob), ['to-bob'])
})

test('a login\'s token is nothing another backend can make up', async t => {
  const app = await build(t)
  const token = mint(people.root, { sid: 'made-up' })
  isProblem(t, await call(app, null, 'GET', '/api/auth/me', undefined, { authorization: `Bearer ${token}` }), 'BLF_UNAUTHENTICATED')
})
