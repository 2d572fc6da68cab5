import { test } from 'tap'
import { HandWheel } from '../hand-wheel.ts'
import { build, clock, isProblem, call, hello, listen, mint, people } from '../helper.ts'
import { as, makeKey, open } from './accounts.ts'

const to = (audience: object) => ({ ...hello, audience })

test('API keys', async t => {
  const app = await build(t)
  const base = await listen(app)
  await call(app, people.bob, 'GET', '/api/auth/me')
  await call(app, people.carol, 'GET', '/api/auth/me')
  const create = (scopes: string[], name = 'backend') => call(app, people.root, 'POST', '/api/keys', { name, scopes })

  t.test('shown once, kept as a hash, listed without the key', async t => {
    const created = await create(['send:company:company_a'])
    t.match(created, { status: 201, headers: { 'cache-control': 'no-store' }, body: { id: /./, name: 'backend', scopes: ['send:company:company_a'], last_used_at: null, key: /^blf_[\w-]{43}$/ } })
    const { key, ...shown } = created.body
    const list = await call(app, people.root, 'GET', '/api/keys')
    t.same(list.body.items.find(({ id }: { id: string }) => id === shown.id), shown)
    t.notMatch(JSON.stringify(list.body), key)
    t.equal(list.headers['cache-control'], 'no-store')
    t.match(await as(app, key, 'GET', '/api/auth/me'), { status: 200, body: { kind: 'key', id: shown.id, name: 'backend', scopes: shown.scopes } })
    t.match((await call(app, people.root, 'GET', '/api/keys')).body.items.find(({ id }: { id: string }) => id === shown.id), { last_used_at: /Z$/ })
  })

  t.test('scopes that do not exist are refused', async t => {
    for (const scopes of [[], ['everything'], ['send:company:'], ['send:all', 'send:all'], ['send:all '], ['SEND:ALL'], [1]]) {
      t.equal((await create(scopes as string[])).status, 400, JSON.stringify(scopes))
    }
  })

  t.test('each scope opens what it names', async t => {
    const scopes = ['inbox:read', 'send:all', 'send:company:company_a', 'users:write', 'metrics:read']
    const calls = {
      readInbox: ['GET', '/api/notifications/bob'],
      countInbox: ['GET', '/api/notifications/bob/unread-count'],
      sendAll: ['POST', '/api/notifications/send', to({ all: true })],
      sendRole: ['POST', '/api/notifications/send', to({ roles: ['user'] })],
      sendCompany: ['POST', '/api/notifications/send', to({ companies: ['company_a'] })],
      sendUser: ['POST', '/api/notifications/send', to({ users: ['bob'] })],
      sendOther: ['POST', '/api/notifications/send', to({ companies: ['company_b'] })],
      sendBoth: ['POST', '/api/notifications/send', to({ companies: ['company_a', 'company_b'] })],
      sendOtherUser: ['POST', '/api/notifications/send', to({ users: ['bob', 'carol'] })],
      listUsers: ['GET', '/api/users'],
      metrics: ['GET', '/metrics'],
      overview: ['GET', '/api/overview'],
      listKeys: ['GET', '/api/keys'],
      ownInbox: ['POST', '/api/notifications/read-all', {}]
    } as const
    const everySend = ['sendAll', 'sendRole', 'sendCompany', 'sendUser', 'sendOther', 'sendBoth', 'sendOtherUser']
    const allowed: Record<string, string[]> = {
      'inbox:read': ['readInbox', 'countInbox'],
      'send:all': everySend,
      'send:company:company_a': ['sendCompany', 'sendUser'],
      'users:write': ['listUsers'],
      'metrics:read': ['metrics', 'overview']
    }
    for (const scope of scopes) {
      const key = await makeKey(app, `only ${scope}`, [scope])
      for (const [name, [method, url, body]] of Object.entries(calls)) {
        const status = name === 'metrics'
          ? (await app.inject({ method, url, headers: { authorization: `Bearer ${key}` } })).statusCode
          : (await as(app, key, method, url, body)).status
        t.equal(status, allowed[scope]!.includes(name) ? 200 : 403, `${scope}: ${name}`)
      }
    }
  })

  t.test('a scope for one company is none for a company whose name begins like it', async t => {
    const key = await makeKey(app, 'short', ['send:company:comp'])
    t.equal((await as(app, key, 'POST', '/api/notifications/send', to({ companies: ['company_a'] }))).status, 403)
  })

  t.test('users:write makes no platform admins, and touches none', async t => {
    const key = await makeKey(app, 'hr', ['users:write'])
    t.equal((await as(app, key, 'POST', '/api/users', { username: 'mallory', role: 'admin' })).status, 403)
    t.equal((await as(app, key, 'PATCH', '/api/users/bob', { role: 'admin', company: null })).status, 403)
    t.equal((await as(app, key, 'PATCH', '/api/users/root', { password: 'taken over' })).status, 403)
    t.equal((await as(app, key, 'DELETE', '/api/users/root')).status, 403)
    t.equal((await as(app, key, 'POST', '/api/users', { username: 'new', role: 'user', company: 'company_b' })).status, 201)
  })

  t.test('a key recalls what it sent, and nothing else', async t => {
    const key = await makeKey(app, 'sender', ['send:all'])
    const own = (await as(app, key, 'POST', '/api/notifications/send', hello)).body.id
    const other = (await call(app, people.root, 'POST', '/api/notifications/send', hello)).body.id
    t.equal((await as(app, key, 'DELETE', `/api/broadcast/${other}`)).status, 403)
    t.equal((await as(app, key, 'DELETE', '/api/broadcast/never-sent')).status, 403)
    t.equal((await as(app, key, 'DELETE', `/api/broadcast/${own}`)).status, 200)
  })

  t.test('a key\'s socket sends, gets nothing, and closes when the key is revoked', async t => {
    const { id, key } = (await create(['send:company:company_a'])).body
    const socket = await open(t, base, key)
    const bob = await open(t, base, mint(people.bob))
    t.match(socket.frames[0], { type: 'welcome', payload: { key: { id }, unread_count: 0 } })
    const sent = await socket.ask({ id: '1', type: 'send', payload: to({ companies: ['company_a'] }) })
    t.match(sent, { type: 'ok', payload: { id: /./, cursor: /./ } })
    t.match(await bob.next('notification'), { id: sent.payload.id })
    t.match(await socket.ask({ id: '2', type: 'send', payload: hello }), { type: 'error', payload: { code: 'BLF_FORBIDDEN' } })
    for (const type of ['read', 'unread', 'delete']) {
      t.match(await socket.ask({ id: type, type, payload: { ids: [sent.payload.id] } }), { type: 'error', payload: { code: 'BLF_FORBIDDEN' } })
    }
    t.match(await socket.ask({ id: '3', type: 'read_all' }), { type: 'error', payload: { code: 'BLF_FORBIDDEN' } })
    t.notOk((await socket.settled()).some(({ type }) => type === 'notification'))

    t.equal((await call(app, people.root, 'DELETE', `/api/keys/${id}`)).status, 204)
    t.equal((await socket.closed).code, 4401)
    t.equal((await as(app, key, 'POST', '/api/notifications/send', to({ companies: ['company_a'] }))).status, 401)
    t.equal((await call(app, people.root, 'DELETE', `/api/keys/${id}`)).status, 404)
    t.notOk((await call(app, people.root, 'GET', '/api/keys')).body.items.some((listed: { id: string }) => listed.id === id))
  })

  t.test('an end and a pace of its own: listed, and no more than right', async t => {
    const bad = [{ rate_limit: 0 }, { rate_limit: 1.5 }, { rate_limit: '60' }, { expires_at: 'tomorrow' }, { expires_at: '2099-02-30T00:00:00Z' }, { expires_at: '2020-01-01T00:00:00Z' }]
    for (const bounds of bad) isProblem(t, await call(app, people.root, 'POST', '/api/keys', { name: 'k', scopes: ['send:all'], ...bounds }), 'BLF_VALIDATION')
    const { body: { key, ...shown } } = await call(app, people.root, 'POST', '/api/keys', { name: 'k', scopes: ['send:all'], rate_limit: 5, expires_at: '2099-01-31T12:00:00' })
    t.match(shown, { rate_limit: 5, expires_at: '2099-01-31T12:00:00.000Z' })
    t.same((await call(app, people.root, 'GET', '/api/keys')).body.items.find(({ id }: { id: string }) => id === shown.id), shown)
    t.match((await create(['send:all'])).body, { rate_limit: null, expires_at: null })
  })

  t.test('what looks like a key and is none', async t => {
    for (const key of ['blf_', 'blf_x', `blf_${'A'.repeat(43)}`, `blf_${'A'.repeat(5000)}`]) {
      t.equal((await as(app, key, 'GET', '/api/auth/me')).status, 401)
    }
  })
})

test('a key that has expired is no key, and its socket closes', async t => {
  const { forward } = clock(t)
  const wheel = new HandWheel()
  const app = await build(t, {}, { wheel })
  const base = await listen(app)
  const { body: { key } } = await call(app, people.root, 'POST', '/api/keys', { name: 'k', scopes: ['send:all'], expires_at: new Date(Date.now() + 40_000).toISOString() })
  const socket = await open(t, base, key)
  t.equal((await as(app, key, 'GET', '/api/auth/me')).status, 200)
  for (let second = 0; second < 40; second++) {
    forward(1_000)
    wheel.pass(1)
  }
  isProblem(t, await as(app, key, 'GET', '/api/auth/me'), 'BLF_UNAUTHENTICATED')
  wheel.pass(1)
  t.equal((await socket.closed).code, 4401)
  t.ok(socket.frames.some(({ type }) => type === 'token.expiring'))
  t.equal((await call(app, people.root, 'GET', '/api/keys')).body.items.length, 1, 'it is listed until it is revoked')
})

test('a key\'s socket stays open to the last millisecond, and the warning names it', async t => {
  const { forward } = clock(t)
  const wheel = new HandWheel()
  const app = await build(t, {}, { wheel })
  const base = await listen(app)
  // Half a second after a whole one, at which the wheel looks.
  const end = Math.floor(Date.now() / 1000) * 1000 + 30_500
  const { body: { key } } = await call(app, people.root, 'POST', '/api/keys', { name: 'k', scopes: ['send:all'], expires_at: new Date(end).toISOString() })
  const socket = await open(t, base, key)
  forward(end - Date.now() - 250)
  wheel.tick()
  t.match(await socket.next('token.expiring'), { payload: { expires_at: new Date(end).toISOString() } })
  wheel.tick()
  t.match(await socket.ask({ id: '1', type: 'ping' }), { type: 'pong' })
  forward(1_000)
  wheel.tick()
  t.equal((await socket.closed).code, 4401)
})
