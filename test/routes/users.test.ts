import { test } from 'tap'
import { build, call, isProblem, people, populate, post, type App, type Person } from '../helper.ts'

const password = 'correct horse battery'

const ids = async (app: App, person: Person, query = '') => {
  const { body } = await call(app, person, 'GET', `/api/users${query}`)
  return (body.items as { id: string }[]).map(({ id }) => id)
}

test('a user is made, read, changed and removed', async t => {
  const app = await build(t)
  const made = await call(app, people.root, 'POST', '/api/users', { username: 'frank', password, role: 'user', company: 'company_a' })
  t.match(made, { status: 201, body: { id: /^[\w-]{36}$/, username: 'frank', role: 'user', company: 'company_a', created_at: /Z$/ } })
  t.same(Object.keys(made.body).sort(), ['company', 'created_at', 'id', 'role', 'username'], 'and no more of it is shown')
  const url = `/api/users/${made.body.id}`
  t.equal(made.headers['location'], url)
  t.same((await call(app, people.root, 'GET', url)).body, made.body)
  const changed = await call(app, people.root, 'PATCH', url, { username: 'franz', role: 'admin', company: null })
  t.match(changed, { status: 200, body: { id: made.body.id, username: 'franz', role: 'admin' } })
  t.notOk('company' in changed.body)
  t.same((await call(app, people.root, 'GET', url)).body, changed.body)
  const removed = await call(app, people.root, 'DELETE', url)
  t.match({ status: removed.status, body: removed.body }, { status: 204, body: undefined })
  for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
    isProblem(t, await call(app, people.root, method, url, method === 'PATCH' ? { role: 'x' } : undefined), 'BLF_USER_NOT_FOUND', method)
  }
})

test('what people call a user is text on one line; several may have it, and it finds them', async t => {
  const app = await populate(t)
  for (const name of ['', ' Ada', 'Ada\r\nBcc: eve@example.com', 'Ada\u202e', 'A\u0000', 'x'.repeat(129), '.', 7]) {
    const answer = await call(app, people.root, 'PATCH', '/api/users/bob', { name })
    t.match([answer.status, answer.body], [400, { code: 'BLF_VALIDATION', errors: [{ path: '/name' }] }], JSON.stringify(name))
    isProblem(t, await call(app, people.root, 'POST', '/api/users', { username: 'eve', role: 'user', name }), 'BLF_VALIDATION')
  }
  const name = 'Ada "Countess" Lovelace, née Byron'
  t.match(await call(app, people.alice, 'PATCH', '/api/users/bob', { name: name.normalize('NFD') }), { status: 200, body: { id: 'bob', name } })
  t.match((await call(app, people.bob, 'GET', '/api/auth/me')).body, { name })
  t.match(await call(app, people.root, 'POST', '/api/users', { username: 'grace', role: 'user', name }), { status: 201, body: { name } })
  t.same((await ids(app, people.root, `?q=${encodeURIComponent('Ada "C')}`)).length, 2)
  t.same(await ids(app, people.alice, '?q=Ada'), ['bob'])
  isProblem(t, await call(app, people.bob, 'PATCH', '/api/users/bob', { name: 'Root' }), 'BLF_FORBIDDEN')
  t.notOk('name' in (await call(app, people.root, 'PATCH', '/api/users/bob', { name: null })).body)
})

test('a username is taken once', async t => {
  const app = await build(t)
  const make = (username: string) => call(app, people.root, 'POST', '/api/users', { username, role: 'user' })
  const { body: { id } } = await make('frank')
  isProblem(t, await make('frank'), 'BLF_USERNAME_TAKEN')
  await make('franz')
  isProblem(t, await call(app, people.root, 'PATCH', `/api/users/${id}`, { username: 'franz' }), 'BLF_USERNAME_TAKEN')
  t.equal((await call(app, people.root, 'PATCH', `/api/users/${id}`, { username: 'frank' })).status, 200, 'its own is no conflict')
  const answers = await Promise.all(Array.from({ length: 20 }, () => make('grace')))
  t.same(answers.map(({ status }) => status).sort(), [201, ...Array<number>(19).fill(409)])
  await call(app, people.root, 'DELETE', `/api/users/${id}`)
  t.equal((await make('frank')).status, 201, 'a removed user\'s is free')
})

test('users are listed by id, page after page', async t => {
  const app = await populate(t)
  const all = ['alice', 'bob', 'carol', 'dave', 'erin', 'root']
  t.same(await ids(app, people.root), all)
  const pages: string[][] = []
  for (let query = '?limit=4'; ;) {
    const { body } = await call(app, people.root, 'GET', `/api/users${query}`)
    pages.push(body.items.map(({ id }: { id: string }) => id))
    if (body.next_after === null) break
    query = `?limit=4&after=${body.next_after}`
  }
  t.same(pages, [all.slice(0, 4), all.slice(4)])
  t.same(await ids(app, people.root, '?after=zzz'), [])
})

test('a company admin sees and manages its own company', async t => {
  const app = await populate(t)
  t.same(await ids(app, people.alice), ['alice', 'bob'])
  t.same(await ids(app, people.dave), ['carol', 'dave'])
  t.equal((await call(app, people.alice, 'GET', '/api/users/bob')).status, 200)
  t.match(await call(app, people.alice, 'PATCH', '/api/users/bob', { role: 'editor' }), { status: 200, body: { role: 'editor', company: 'company_a' } })
  t.equal((await call(app, people.alice, 'POST', '/api/users', { username: 'new', role: 'admin', company: 'company_a' })).status, 201)
  t.equal((await call(app, people.alice, 'DELETE', '/api/users/bob')).status, 204)
})

test('what lies outside its company is forbidden, whether it exists or not', async t => {
  const app = await populate(t)
  const head = await app.store.head()
  for (const id of ['carol', 'root', 'erin', 'nobody', 'no.such:user-1']) {
    isProblem(t, await call(app, people.alice, 'GET', `/api/users/${id}`), 'BLF_FORBIDDEN', `read ${id}`)
    isProblem(t, await call(app, people.alice, 'PATCH', `/api/users/${id}`, { role: 'user' }), 'BLF_FORBIDDEN', `change ${id}`)
    isProblem(t, await call(app, people.alice, 'DELETE', `/api/users/${id}`), 'BLF_FORBIDDEN', `remove ${id}`)
  }
  for (const company of ['company_b', undefined]) {
    isProblem(t, await call(app, people.alice, 'POST', '/api/users', { username: 'new', role: 'user', company }), 'BLF_FORBIDDEN', `make one of ${company}`)
  }
  for (const company of ['company_b', null]) {
    isProblem(t, await call(app, people.alice, 'PATCH', '/api/users/bob', { company }), 'BLF_FORBIDDEN', `move one to ${company}`)
  }
  isProblem(t, await call(app, people.alice, 'PATCH', '/api/users/bob', { role: 'admin', company: null }), 'BLF_FORBIDDEN', 'make a platform admin of one')
  isProblem(t, await call(app, people.alice, 'PATCH', '/api/users/alice', { company: null }), 'BLF_FORBIDDEN', 'or of itself')
  t.equal(await app.store.head(), head, 'nothing changed')
})

test('users who are no admins manage nobody, not even themselves', async t => {
  const app = await populate(t)
  for (const person of [people.bob, people.erin]) {
    for (const id of [person.sub, 'alice', 'nobody']) {
      isProblem(t, await call(app, person, 'GET', `/api/users/${id}`), 'BLF_FORBIDDEN', `${person.sub} reads ${id}`)
      isProblem(t, await call(app, person, 'PATCH', `/api/users/${id}`, { role: 'admin' }), 'BLF_FORBIDDEN', `${person.sub} changes ${id}`)
      isProblem(t, await call(app, person, 'DELETE', `/api/users/${id}`), 'BLF_FORBIDDEN', `${person.sub} removes ${id}`)
    }
    isProblem(t, await call(app, person, 'GET', '/api/users'), 'BLF_FORBIDDEN', `${person.sub} lists`)
    isProblem(t, await call(app, person, 'POST', '/api/users', { username: 'x', role: 'user' }), 'BLF_FORBIDDEN', `${person.sub} makes`)
  }
})

test('the last platform admin can be neither removed nor demoted', async t => {
  const app = await populate(t)
  isProblem(t, await call(app, people.root, 'DELETE', '/api/users/root'), 'BLF_LAST_ADMIN')
  for (const change of [{ role: 'user' }, { company: 'company_a' }]) {
    isProblem(t, await call(app, people.root, 'PATCH', '/api/users/root', change), 'BLF_LAST_ADMIN', JSON.stringify(change))
  }
  t.equal((await call(app, people.root, 'PATCH', '/api/users/root', { username: 'the-boss' })).status, 200, 'other changes are fine')
  await call(app, people.root, 'POST', '/api/users', { username: 'second', role: 'admin' })
  t.equal((await call(app, people.root, 'DELETE', '/api/users/root')).status, 204, 'now there is another')
})

test('a user without fields, with unknown ones or with wrong ones is 400', async t => {
  const app = await populate(t)
  const head = await app.store.head()
  const fine = { username: 'new', password, role: 'user', company: 'company_a' }
  const bad: Record<string, unknown>[] = [
    { username: undefined }, { role: undefined }, { username: '' }, { role: '' }, { company: '' }, { password: 'short' }, { password: '' }, { password: 'p'.repeat(1025) },
    { username: 7 }, { role: ['admin'] }, { company: {} }, { company: 'a\u0085' }, { role: '\u009b31m' }, { username: '\u202eadmin' }, { username: 'ad\u200bmin' }, { password: 12345678 }, { username: 'n'.repeat(129) }, { role: 'r'.repeat(129) },
    { company: 'c'.repeat(200) }, { id: 'me' }, { id: '..' }, { id: '' }, { id: 7 }, { is_admin: true }, { created_at: '2020-01-01T00:00:00Z' }, { password_hash: '$argon2id$' },
    { username: 'a\0b' }, { username: 'a\nb' }, { role: '\u007f' }, { company: '\ud800' }, { username: '\udc00x' }
  ]
  for (const change of bad) {
    const name = encodeURI(JSON.stringify(change).slice(0, 40))
    isProblem(t, await call(app, people.root, 'POST', '/api/users', { ...fine, ...change }), 'BLF_VALIDATION', name)
    if (Object.values(change)[0] === undefined) continue
    isProblem(t, await call(app, people.root, 'PATCH', '/api/users/bob', change), 'BLF_VALIDATION', `${name} as a change`)
  }
  for (const body of [{}, [], [{ role: 'admin' }]]) isProblem(t, await call(app, people.root, 'PATCH', '/api/users/bob', body), 'BLF_VALIDATION', JSON.stringify(body))
  isProblem(t, await post(app, people.root, '/api/users', 'null'), 'BLF_VALIDATION')
  for (const id of ['a%00', 'a%C2%85', 'a%E2%80%8Bb', '%E2%80%AEtoor', 'me', 'a'.repeat(256)]) isProblem(t, await call(app, people.root, 'GET', `/api/users/${id}`), 'BLF_VALIDATION', id.slice(0, 20))
  for (const query of ['limit=0', 'limit=201', 'limit=ten', 'limit=1.5', 'limit=', 'limit=1&limit=2', 'after=', 'after=a%C2%85', 'page=2', 'limit=-1']) {
    isProblem(t, await call(app, people.root, 'GET', `/api/users?${query}`), 'BLF_VALIDATION', query)
  }
  t.equal(await app.store.head(), head, 'nothing was stored')
})

test('names hold any text that can be seen, to the letter', async t => {
  const app = await build(t)
  for (const name of ['a/b', '50%', '🙂'.repeat(128), 'Größe', '{"a":1}', '\'; DROP TABLE users', '<b>', '__proto__', 'constructor', 'x y']) {
    const { status, body } = await call(app, people.root, 'POST', '/api/users', { username: name, role: name, company: name })
    t.match({ status, body }, { status: 201, body: { username: name, role: name, company: name } }, encodeURI(name).slice(0, 30))
    t.same((await call(app, people.root, 'GET', `/api/users/${body.id}`)).body, body)
  }
})
