import { test } from 'tap'
import pkg from '../../package.json' with { type: 'json' }
import { problem } from '../../src/errors.ts'
import { bearer, build, call, listen, people, refusal, Subscriber } from '../helper.ts'

const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }

test('the root says what this is: a page to browsers, JSON to everybody else', async t => {
  const app = await build(t)
  for (const accept of ['application/json', '*/*']) {
    const { status, body, headers } = await call(app, null, 'GET', '/', undefined, { accept })
    t.strictSame({ status, body }, {
      status: 200,
      body: { name: 'belfry', version: pkg.version, status: 'ok', links: { inbox: '/inbox', console: '/console', docs: '/docs', redoc: '/redoc', openapi: '/openapi.json', asyncapi: '/asyncapi', asyncapi_document: '/asyncapi.json', client: '/client/belfry.js', elements: '/client/inbox.js', ready: '/readyz' } }
    })
    t.match(headers, { vary: /accept/, 'cache-control': 'no-store' })
  }
  const page = await app.inject({ url: '/', headers: BROWSER })
  t.match(page.headers, { 'content-type': 'text/html; charset=utf-8', vary: /accept/, 'cache-control': 'no-store' })
  t.match(page.headers['content-security-policy'], /^default-src 'none';.*style-src 'self';/)
  t.notMatch(page.headers['content-security-policy'], /unsafe/)
  for (const name of ['inbox', 'console', 'client/inbox.js', 'docs', 'redoc', 'openapi.json', 'asyncapi', 'asyncapi.json']) t.ok(page.body.includes(`<a href="${name}">`), name)
})

test('the root says how the server is', async t => {
  const away = await build(t)
  away.store.ping = async () => { throw problem('BLF_STORE_UNAVAILABLE') }
  t.match(await call(away, null, 'GET', '/'), { status: 200, body: { status: 'unavailable' } })
  t.match((await away.inject({ url: '/', headers: BROWSER })).body, 'its store cannot be reached')
  const app = await build(t)
  Object.defineProperty(app.bus, 'isUp', { value: false })
  t.match(await call(app, null, 'GET', '/'), { status: 200, body: { status: 'degraded' } })
  t.match((await app.inject({ url: '/', headers: BROWSER })).body, /something away\. Redis cannot be reached/)
})

test('PUBLIC_URL is in the document, in links and in Location', async t => {
  const app = await build(t, { PUBLIC_URL: 'https://example.com/belfry/' })
  const { servers } = (await call(app, null, 'GET', '/openapi.json')).body
  t.equal(servers[0].url, 'https://example.com/belfry')
  t.match((await call(app, null, 'GET', '/')).body.links, { docs: 'https://example.com/belfry/docs' })
  const { status, headers, body } = await call(app, people.root, 'POST', '/api/users', { username: 'x', role: 'user' })
  t.equal(status, 201)
  t.equal(headers['location'], `/belfry/api/users/${body.id}`)
  t.equal((await call(await build(t), null, 'GET', '/openapi.json')).body.servers[0].url, '/')
})

test('pages under PUBLIC_URL are our own: they may open sockets', async t => {
  const app = await build(t, { PUBLIC_URL: 'https://example.com/belfry' })
  const url = `${await listen(app)}/ws/notifications`
  for (const path of [url, `${url}/`]) {
    const socket = new Subscriber(path, { headers: bearer(people.bob), origin: 'https://example.com' })
    t.teardown(() => socket.close())
    t.match(await socket.next(), { type: 'welcome' })
  }
  for (const origin of ['http://example.com', 'https://example.com:8443', 'null', '']) {
    t.match(await refusal(url, { headers: { ...bearer(people.bob), origin } }), { status: 403, body: { code: 'BLF_FORBIDDEN_ORIGIN' } }, origin)
  }
})
