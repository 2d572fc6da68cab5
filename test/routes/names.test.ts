import { test } from 'tap'
import { bearer, build, call, exchange, isProblem, listen, people, subscribe, type App } from '../helper.ts'

const ODD = [
  'a/b', 'a%2Fb', '/', '%', '50%', '%25', '%ZZ', 'a b', ' a ', 'a+b', 'a&b=c', 'a?b#c', '🙂', '🙂'.repeat(128), 'x'.repeat(128), 'Größe', 'ß', 'SS', 'A', 'a',
  'c:a', 'cr:a/b', 'u:bob', 'all', ':role', '*', '{x}', '"', '\\', '\'', '<b>', '__proto__', 'constructor', 'null', 'undefined', '...', '.a', 'ａ', '١'
]
const envelope = { type: 'notification', payload: { title: 'a', message: 'b', type: 'info' } }
const broadcast = (app: App, path: string) => call(app, people.root, 'POST', `/api/broadcast/${path}`, envelope)
const url = encodeURIComponent
const shown = (name: string) => url(name).slice(0, 30)

test('a company or role of odd characters gets what is sent to it, and nobody else does', async t => {
  const app = await build(t)
  const base = await listen(app)
  const inCompany = await Promise.all(ODD.map((name, index) => subscribe(t, base, { sub: `c${index}`, role: 'user', company: name })))
  const inRole = await Promise.all(ODD.map((name, index) => subscribe(t, base, { sub: `r${index}`, role: name, company: 'a' })))
  const expected = new Map([...inCompany, ...inRole].map(subscriber => [subscriber, [] as string[]]))
  for (const [index, name] of ODD.entries()) {
    const toCompany = await broadcast(app, `company/${url(name)}`)
    t.match(toCompany, { status: 200, body: { message: `Message broadcasted to company ${name}` } }, shown(name))
    const toRole = await broadcast(app, `role/${url(name)}`)
    t.match(toRole, { status: 200, body: { message: `Message broadcasted to role ${name}` } }, shown(name))
    const toBoth = await broadcast(app, `company/a/role/${url(name)}`)
    t.match(toBoth, { status: 200, body: { message: `Message broadcasted to company a and role ${name}` } }, shown(name))
    const bySend = await call(app, people.root, 'POST', '/api/notifications/send', { title: 'a', message: 'b', priority: 'info', topic: 'x', audience: { companies: [name], roles: ['user'] } })
    t.equal(bySend.status, 200, shown(name))
    expected.get(inCompany[index]!)!.push(toCompany.body.id, bySend.body.id)
    expected.get(inRole[index]!)!.push(toRole.body.id, toBoth.body.id)
    if (name === 'a') for (const subscriber of inRole) expected.get(subscriber)!.push(toCompany.body.id)
  }
  for (const [subscriber, ids] of expected) {
    const frames = await subscriber.settled()
    const { role, company } = frames[0]!.payload.user
    const came = frames.filter(({ type }) => type === 'notification').map(({ id }) => id!)
    t.same(came.sort(), ids.sort(), `${shown(company)}: ${shown(role)}`)
  }
})

test('an inbox keeps companies and roles of odd characters apart as sockets do', async t => {
  const app = await build(t)
  for (const [index, name] of ODD.entries()) await call(app, { sub: `u${index}`, role: name, company: name }, 'GET', '/api/auth/me')
  const sent = new Map<string, string>()
  for (const name of ODD) sent.set(name, (await broadcast(app, `company/${url(name)}/role/${url(name)}`)).body.id)
  for (const [index, name] of ODD.entries()) {
    const { body } = await call(app, { sub: `u${index}`, role: name, company: name }, 'GET', '/api/notifications/me')
    t.same(body.items.map(({ id }: { id: string }) => id), [sent.get(name)], shown(name))
  }
})

test('names that are too long, or that hold what cannot be seen or stored, are 400', async t => {
  const app = await build(t)
  await call(app, people.root, 'GET', '/api/auth/me')
  const unseen = ['\u0080', 'a\u0085b', '\u009b31m', 'a\u200bb', '\u202eadmin', 'a\u2066b', '\ufeffa', 'a\u00ad', '\u2028', 'a\u2029b', '\u{e0061}', 'a\u034f', '\u3164', ' ', '\u3000']
  const bad = [...unseen, 'x'.repeat(129), 'x'.repeat(200), '🙂'.repeat(200), 'x'.repeat(5000), 'a\0', '\0', 'a\nb', '\t', '\u001f', '\u007f']
  for (const name of bad) {
    for (const path of [`company/${url(name)}`, `role/${url(name)}`, `company/${url(name)}/role/user`, `company/a/role/${url(name)}`]) {
      const answer = await broadcast(app, path)
      isProblem(t, answer, 'BLF_VALIDATION', `${path.slice(0, 30)}, ${name.length}`)
      t.match(answer.body.errors[0].path, /^\/params\/(company|role)$/)
    }
  }
  for (const name of [...bad, '', '\ud800', 'a\udfff', '.', '..']) {
    for (const audience of [{ companies: [name] }, { roles: ['user', name] }]) {
      const answer = await call(app, people.root, 'POST', '/api/notifications/send', { title: 'a', message: 'b', priority: 'info', topic: 'x', audience })
      isProblem(t, answer, 'BLF_VALIDATION', `${Object.keys(audience)[0]} ${name.length}`)
    }
  }
  t.equal(await app.store.head(), 1, 'nothing but the sender was stored')
})

test('a name that URLs fold away is no name: neither in a token, nor in a path, a body or a scope', async t => {
  const app = await build(t)
  await listen(app)
  const encodeDots = (name: string) => name.replaceAll('.', '%2E')
  for (const name of ['.', '..']) {
    for (const claims of [{ sub: name }, { sub: 'bob', company: name }, { sub: 'bob', role: name }]) {
      isProblem(t, await call(app, claims, 'GET', '/api/auth/me'), 'BLF_UNAUTHENTICATED', JSON.stringify(claims))
    }
    isProblem(t, await call(app, people.root, 'POST', '/api/users', { username: 'bob', role: 'user', company: name }), 'BLF_VALIDATION')
    isProblem(t, await call(app, people.root, 'POST', '/api/users', { username: name, role: 'user' }), 'BLF_VALIDATION')
    isProblem(t, await call(app, people.root, 'POST', '/api/keys', { name: 'k', scopes: [`send:company:${name}`] }), 'BLF_VALIDATION')
    isProblem(t, await call(app, people.root, 'POST', '/api/notifications/send', { title: 'a', message: 'b', priority: 'info', topic: 'x', id: name }), 'BLF_VALIDATION')
    // Written by hand: every client with a URL parser takes them out of the path, and sends to the role everywhere.
    for (const path of [`company/${name}/role/user`, `company/${encodeDots(name)}/role/user`, `role/${encodeDots(name)}`, `company/${encodeDots(name)}`]) {
      const headers = `Host: x\r\nConnection: close\r\nAuthorization: ${bearer(people.root).authorization}\r\nContent-Type: application/json`
      const body = JSON.stringify(envelope)
      isProblem(t, await exchange(app, `POST /api/broadcast/${path} HTTP/1.1\r\n${headers}\r\nContent-Length: ${body.length}\r\n\r\n${body}`), 'BLF_VALIDATION', path)
    }
  }
  isProblem(t, await call(app, { sub: 'me' }, 'GET', '/api/auth/me'), 'BLF_UNAUTHENTICATED', '`me` is no id')
})

test('a name is the same in every Unicode form', async t => {
  const app = await build(t)
  const base = await listen(app)
  const [composed, decomposed] = ['Gr\u00f6\u00dfe', 'Gro\u0308\u00dfe']
  const one = await subscribe(t, base, { sub: composed, role: composed, company: composed })
  const other = await subscribe(t, base, { sub: decomposed, role: decomposed, company: decomposed })
  t.match(other.frames[0]!.payload.user, { id: composed, role: composed, company: composed })
  const ids: string[] = []
  for (const name of [composed, decomposed]) {
    for (const path of [`company/${url(name)}`, `role/${url(name)}`, `company/${url(name)}/role/${url(name)}`]) ids.push((await broadcast(app, path)).body.id)
    for (const audience of [{ users: [name] }, { companies: [name], roles: [name] }]) {
      ids.push((await call(app, people.root, 'POST', '/api/notifications/send', { title: 'a', message: 'b', priority: 'info', topic: 'x', audience })).body.id)
    }
    t.equal((await call(app, people.root, 'GET', `/api/notifications/${url(name)}/unread-count`)).body.unread_count, ids.length)
    const { key } = (await call(app, people.root, 'POST', '/api/keys', { name: 'k', scopes: [`send:company:${name}`] })).body
    t.equal((await call(app, null, 'POST', `/api/broadcast/company/${url(composed)}`, envelope, { authorization: `Bearer ${key}` })).status, 200)
    ids.push('')
  }
  for (const subscriber of [one, other]) {
    const came = (await subscriber.settled()).filter(({ type }) => type === 'notification')
    t.equal(came.length, ids.length, 'both sockets are of one user')
  }

  await call(app, people.root, 'POST', '/api/users', { username: `name ${decomposed}`, password: 'correct horse battery', role: 'user' })
  for (const username of [`name ${composed}`, `name ${decomposed}`]) {
    isProblem(t, await call(app, people.root, 'POST', '/api/users', { username, role: 'user' }), 'BLF_USERNAME_TAKEN')
    t.match(await call(app, null, 'POST', '/api/auth/login', { username, password: 'correct horse battery' }), { status: 200, body: { user: { username: `name ${composed}` } } })
  }
})

test('a name that cannot be decoded is 400', async t => {
  const app = await build(t)
  for (const name of ['%', '%ZZ', '%F0%9F', '%C0%AF', '%ED%A0%80', '%u0041', 'a%2']) {
    for (const path of [`company/${name}`, `role/${name}`, `company/a/role/${name}`]) isProblem(t, await broadcast(app, path), 'BLF_BAD_REQUEST', path)
  }
  t.equal(await app.store.head(), 0)
})

test('a name that is made here has no space at an end, where nobody sees it', async t => {
  const app = await build(t)
  const create = (fields: object) => call(app, people.root, 'POST', '/api/users', { username: 'bob', role: 'user', ...fields })
  for (const name of [' a', 'a ', '\u00a0a', 'a\u3000', '. ', ' .. ']) {
    for (const field of ['username', 'role', 'company']) {
      const answer = await create({ [field]: name })
      isProblem(t, answer, 'BLF_VALIDATION', `${field} ${JSON.stringify(name)}`)
      t.match(answer.body.errors, [{ path: `/${field}`, message: /without a space at either end/ }])
    }
    isProblem(t, await call(app, people.root, 'POST', '/api/keys', { name, scopes: ['inbox:read'] }), 'BLF_VALIDATION')
  }
  t.equal((await create({ username: 'a b', company: 'a b' })).status, 201)
  t.match(await call(app, { sub: 'x', role: 'user', company: ' a ' }, 'GET', '/api/auth/me'), { status: 200, body: { company: ' a ' } }, 'one that another backend chose stays what it is')
})
