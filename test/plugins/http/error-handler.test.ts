import { test } from 'tap'
import { build, call, exchange, hello, isProblem, listen, people, post, refusal } from '../../helper.ts'

test('what a route did not foresee is 500 and says nothing of it', async t => {
  const app = await build(t)
  const faults: unknown[] = [
    new Error('SELECT password_hash FROM users at run (/srv/app.ts:1:1)'),
    Object.assign(new Error('internals of a teapot'), { statusCode: 418, code: 'ERR_TEAPOT' }),
    new TypeError('undefined is not a function'),
    'a string'
  ]
  for (const fault of faults) {
    app.store.unread = () => { throw fault }
    const answer = await call(app, people.bob, 'GET', '/api/notifications/me/unread-count')
    isProblem(t, answer, 'BLF_INTERNAL', String(fault))
    t.equal(answer.body.detail, 'Something went wrong on our side.')
  }
})

test('with the store gone every route is 503, and nothing is promised', async t => {
  const app = await build(t)
  await call(app, people.root, 'POST', '/api/notifications/send', hello)
  await app.store.close()
  // It cannot be closed a second time.
  app.store.close = async () => {}

  const unavailable = [
    ['GET', '/readyz'],
    ['GET', '/api/notifications/me'],
    ['GET', '/api/notifications/me/unread-count'],
    ['GET', '/api/users'],
    ['PUT', '/api/notifications/n1/read'],
    ['DELETE', '/api/notifications/n1'],
    ['DELETE', '/api/broadcast/n1']
  ] as const
  for (const [method, url] of unavailable) isProblem(t, await call(app, people.root, method, url), 'BLF_STORE_UNAVAILABLE', `${method} ${url}`)
  const bodies = [
    ['/api/notifications/send', hello],
    ['/api/notifications/read-all', {}],
    ['/api/broadcast/role/user', { type: 'notification', payload: { title: 'a', message: 'b', type: 'info' } }],
    ['/api/users', { username: 'new', role: 'user' }],
    ['/api/auth/login', { username: 'root', password: 'wrong' }]
  ] as const
  for (const [url, body] of bodies) isProblem(t, await call(app, people.root, 'POST', url, body), 'BLF_STORE_UNAVAILABLE', `POST ${url}`)
  isProblem(t, await call(app, people.carol, 'GET', '/api/auth/me'), 'BLF_STORE_UNAVAILABLE', 'a user seen for the first time')
  t.equal((await call(app, null, 'GET', '/healthz')).status, 200, 'the process lives')
})

test('an unknown route is 404', async t => {
  const app = await build(t)
  const unknown = [['GET', '/nope'], ['GET', '/api'], ['GET', '//api/users'], ['GET', '/api/notifications/send/now/please'], ['POST', '/api/broadcast'], ['GET', '/api/../etc/passwd']] as const
  for (const [method, url] of unknown) isProblem(t, await call(app, people.root, method, url), 'BLF_ROUTE_NOT_FOUND', `${method} ${url}`)
})

test('a known path with another method is 405, and says which it has', async t => {
  const app = await build(t)
  const known = [
    ['POST', '/', 'GET, HEAD, OPTIONS'],
    ['PUT', '/api/auth/login', 'OPTIONS, POST'],
    ['PUT', '/api/auth/login/?a=b', 'OPTIONS, POST'],
    ['PATCH', '/api/notifications/n1/read', 'OPTIONS, PUT'],
    ['PUT', '/api/notifications/n1', 'DELETE, GET, HEAD, OPTIONS'],
    ['PATCH', '/api/notifications/a%2Fb', 'DELETE, GET, HEAD, OPTIONS'],
    ['DELETE', '/healthz', 'GET, HEAD, OPTIONS'],
    ['POST', '/docs', 'GET, HEAD, OPTIONS'],
    ['POST', '/ws/notifications', 'GET, HEAD, OPTIONS']
  ] as const
  for (const [method, url, allow] of known) {
    const answer = await call(app, null, method, url)
    isProblem(t, answer, 'BLF_METHOD_NOT_ALLOWED', `${method} ${url}`)
    t.equal(answer.headers['allow'], allow, url)
  }
  const odd = await app.inject({ method: 'PROPFIND' as never, url: '/api/users' })
  isProblem(t, { status: odd.statusCode, body: odd.json(), headers: odd.headers }, 'BLF_METHOD_NOT_ALLOWED', 'a method of WebDAV')
})

test('HEAD answers as GET does, without the body', async t => {
  const app = await build(t)
  for (const url of ['/', '/healthz', '/openapi.json', '/docs', '/api/notifications/me', '/api/users/nobody', '/nope']) {
    const [head, get] = [await app.inject({ method: 'HEAD', url }), await app.inject({ method: 'GET', url })]
    t.same([head.statusCode, head.headers['content-type'], head.body], [get.statusCode, get.headers['content-type'], ''], url)
  }
})

test('a path that cannot be decoded is 400', async t => {
  const app = await build(t)
  for (const url of ['/%', '/api/notifications/%ZZ', '/api/notifications/%E0%A4%A', '/api/users/%ff', '/api/broadcast/company/%C3%28/role/user']) {
    isProblem(t, await post(app, people.root, url, '{}'), 'BLF_BAD_REQUEST', url)
  }
})

test('a file that no page has is not found', async t => {
  const app = await build(t)
  for (const url of ['/docs/static/%00', '/docs/static/nothing.js', '/docs/static/..%2f..%2fpackage.json', '/docs/static/.hidden', '/redoc/nothing']) {
    isProblem(t, await call(app, null, 'GET', url), 'BLF_ROUTE_NOT_FOUND', url)
  }
})

test('an OPTIONS of no browser is told the methods', async t => {
  const app = await build(t)
  for (const [url, allow] of [['/api/users', 'GET, HEAD, OPTIONS, POST'], ['/healthz', 'GET, HEAD, OPTIONS'], ['/api/notifications/n1', 'DELETE, GET, HEAD, OPTIONS']] as const) {
    const { statusCode, body, headers } = await app.inject({ method: 'OPTIONS', url })
    t.same({ statusCode, body, allow: headers.allow }, { statusCode: 204, body: '', allow }, url)
  }
  const { statusCode, json, headers } = await app.inject({ method: 'OPTIONS', url: '/nothing' })
  isProblem(t, { status: statusCode, body: json(), headers }, 'BLF_ROUTE_NOT_FOUND')
})

test('what is no HTTP is answered with problem+json too', async t => {
  const app = await build(t)
  await listen(app)
  isProblem(t, await exchange(app, 'GARBAGE\r\n\r\n'), 'BLF_BAD_REQUEST')
  isProblem(t, await exchange(app, 'FOO / HTTP/1.1\r\nHost: x\r\n\r\n'), 'BLF_BAD_REQUEST', 'a method that there is not')
  isProblem(t, await exchange(app, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n'), 'BLF_BAD_REQUEST', 'a length that is no number')
  isProblem(t, await exchange(app, `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'a'.repeat(20_000)}\r\n\r\n`), 'BLF_HEADERS_TOO_LARGE')
})

test('an upgrade that is no good handshake is refused with problem+json', async t => {
  const app = await build(t)
  const base = await listen(app)
  const handshake = (version: number, key: string) => exchange(app, 'GET /ws/notifications HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    `Sec-WebSocket-Version: ${version}\r\nSec-WebSocket-Key: ${key}\r\n\r\n`)
  const old = await handshake(12, 'dGhlIHNhbXBsZSBub25jZQ==')
  isProblem(t, old, 'BLF_BAD_REQUEST', 'an old version')
  t.equal(old.headers['sec-websocket-version'], '13', 'and told of the right one')
  isProblem(t, await handshake(13, 'short'), 'BLF_BAD_REQUEST', 'a bad key')
  isProblem(t, await refusal(`${base}/ws/nothing`), 'BLF_ROUTE_NOT_FOUND', 'where there are no sockets')
  isProblem(t, await refusal(`${base}/ws/%ZZ`), 'BLF_BAD_REQUEST', 'at a path that cannot be decoded')
})

test('where sockets are served, a plain request is told to upgrade', async t => {
  const app = await build(t)
  const answer = await call(app, people.bob, 'GET', '/ws/notifications')
  isProblem(t, answer, 'BLF_UPGRADE_REQUIRED')
  t.equal(answer.headers['upgrade'], 'websocket')
})

test('an upgrade to something else is ignored, as clients that prefer HTTP/2 expect', async t => {
  const app = await build(t)
  await listen(app)
  const request = (upgrade: string) => exchange(app, `GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close, Upgrade, HTTP2-Settings\r\nUpgrade: ${upgrade}\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n`)
  for (const upgrade of ['h2c', 'websocket']) t.match(await request(upgrade), { status: 200, body: { status: 'ok' } }, upgrade)
})
