import type { AddressInfo } from 'node:net'
import tap from 'tap'
import { bearer, build, hello, people, Subscriber, type App } from '../helper.ts'
import { HandWheel } from '../hand-wheel.ts'
import { configOf, prefixedConfigOf } from '../docs/running.ts'
import { ask, refusedBehind } from '../services/asking.ts'
import { front, fronts, hasFront } from '../services/front.ts'
import { postgres } from '../services/postgres.ts'
import { eventually, freePort } from '../services/process.ts'
import { until } from '../within.ts'
import { node, type Node } from './cluster.ts'

// A proxy may have to be installed first.
tap.setTimeout(300_000)

const portOf = ({ server }: App) => (server.address() as AddressInfo).port
const server = await postgres(tap)
const TRUSTING = { TRUST_PROXY: '127.0.0.1' }

for (const name of server ? fronts : []) {
  if (!hasFront(tap, name)) continue

  tap.test(`${name} as the page configures it, before two nodes`, async t => {
    const DATABASE_URL = await server!.database(t)
    const wheel = new HandWheel()
    const first = await node(t, { DATABASE_URL, ...TRUSTING }, { wheel })
    const second = await node(t, { DATABASE_URL, ...TRUSTING })
    const port = await freePort()
    await front(t, name, configOf(name), [portOf(first.app), portOf(second.app)], port)
    const base = `https://127.0.0.1:${port}`
    await eventually(async () => { if ((await ask(`${base}/readyz`)).status !== 200) throw new Error('not ready') })

    const headers = { ...bearer(people.bob) }
    const socket = new Subscriber(`${base}/ws/notifications`, { headers, origin: base, rejectUnauthorized: false })
    t.teardown(() => socket.close())
    await socket.next('welcome')
    t.pass('a page served behind it, on a port of its own, may open a socket')
    for (const origin of [`http://127.0.0.1:${port}`, 'https://127.0.0.1', 'https://evil.example']) {
      t.equal(await refusedBehind(base, { headers: { ...headers, origin } }), 403, `${origin} may not`)
    }
    t.equal((await ask(`${base}/api/notifications/send`, { method: 'POST', person: people.root, body: { ...hello, id: 'through-the-proxy' } })).status, 200)
    t.match(await socket.next('notification'), { payload: { id: 'through-the-proxy' } })
    for (const path of ['/api/users/a%2Fb', '/api/users/a%252Fb', '/api/users/%C3%BC%20x']) {
      const [behind, direct] = [await ask(`${base}${path}`, { person: people.root }), await ask(`${first.base}${path}`, { person: people.root })]
      t.strictSame([behind.status, behind.body.code], [direct.status, direct.body.code], `${path} comes through as it is`)
    }

    t.test('pings and pongs come through, and its deadlines are longer than theirs', async t => {
      const pinged = new Promise(resolve => socket.socket.once('ping', resolve))
      if (first.app.hub.size > 0) {
        wheel.pass(26)
        await pinged
        wheel.pass(60)
      }
      t.equal(socket.socket.readyState, socket.socket.OPEN)
      const deadlines = [...configOf(name).matchAll(/(?:timeout (?:client|server|tunnel)|proxy_\w+_timeout|(?<!_)timeout=)\s*(\d+)/g)]
      for (const [text, seconds] of deadlines) t.ok(Number(seconds) > 2 * 25, text)
    })

    t.test('a node that goes is passed over, and the other one never is', async t => {
      const isOn = (node: Node) => node.app.hub.size > 0
      const [gone, left] = isOn(first) ? [first, second] : [second, first]
      await gone.app.close()
      await socket.closed
      const again = new Subscriber(`${base}/ws/notifications`, { headers, origin: base, rejectUnauthorized: false })
      t.teardown(() => again.close())
      await again.next('welcome')
      t.ok(isOn(left), 'its sockets go to the other node')
      await eventually(async () => {
        for (let post = 0; post < 20; post++) {
          const { status } = await ask(`${base}/api/notifications/send`, { method: 'POST', person: people.root, body: hello })
          if (status !== 200) throw new Error(`a send is ${status}`)
        }
      })
      t.equal((await ask(`${base}/readyz`)).status, 200)
    })
  })

  tap.test(`${name} under a path, as the page configures it`, async t => {
    const port = await freePort()
    const PUBLIC_URL = `https://127.0.0.1:${port}/belfry`
    const nodes = await Promise.all([1, 2].map(() => build(t, { PUBLIC_URL, ...TRUSTING })))
    for (const app of nodes) await app.listen({ host: '127.0.0.1', port: 0 })
    await front(t, name, prefixedConfigOf(name), nodes.map(portOf), port)
    await eventually(async () => { if ((await ask(`${PUBLIC_URL}/readyz`)).status !== 200) throw new Error('not ready') })

    const redirect = await ask(PUBLIC_URL)
    t.match(redirect.headers['location'], /\/belfry\/$/, 'the prefix without a slash leads to the one with it')
    for (const path of ['/', '/docs', '/docs/', '/redoc', '/redoc/']) {
      const page = await ask(`${PUBLIC_URL}${path}`, { headers: { accept: 'text/html' } })
      t.match(page.headers['content-type'], /^text\/html/, path)
      for (const [, link] of page.text.matchAll(/(?:src|href|spec-url|data-document)="([^"#]+)"/g)) {
        const url = new URL(link!, `${PUBLIC_URL}${path}`)
        t.match(url.pathname, /^\/belfry\//)
        t.equal((await ask(url.href)).status, 200, `${path} leads to ${url.pathname}`)
      }
    }
    const made = await ask(`${PUBLIC_URL}/api/users`, { method: 'POST', person: people.root, body: { username: 'x', role: 'user' } })
    t.match(made.headers['location'], /^\/belfry\/api\/users\//)
    const slashed = await ask(`${PUBLIC_URL}/api/users/a%2Fb`, { person: people.root })
    const direct = await nodes[0]!.inject({ url: '/api/users/a%2Fb', headers: bearer(people.root) })
    t.strictSame([slashed.status, slashed.body.code], [direct.statusCode, direct.json().code], 'an id with a slash comes through')
    const socket = new Subscriber(`${PUBLIC_URL}/ws/notifications`, { headers: bearer(people.bob), origin: `https://127.0.0.1:${port}`, rejectUnauthorized: false })
    t.teardown(() => socket.close())
    await socket.next('welcome')
    await until('a socket of one of them', () => nodes.some(({ hub }) => hub.size > 0))
  })
}

tap.test('behind TLS a node that trusts no proxy refuses its own pages, until it is told', { skip: !hasFront(tap, 'nginx') && 'without nginx' }, async t => {
  for (const [env, isRefused] of [[{}, true], [TRUSTING, false], [{ PUBLIC_URL: '' }, false]] as const) {
    const port = await freePort()
    const base = `https://127.0.0.1:${port}`
    const app = await build(t, 'PUBLIC_URL' in env ? { PUBLIC_URL: base } : env)
    await app.listen({ host: '127.0.0.1', port: 0 })
    await front(t, 'nginx', configOf('nginx'), [portOf(app), portOf(app)], port)
    const options = { headers: { ...bearer(people.bob), origin: base } }
    if (isRefused) t.equal(await refusedBehind(base, options), 403)
    else {
      const socket = new Subscriber(`${base}/ws/notifications`, { ...options, rejectUnauthorized: false })
      t.teardown(() => socket.close())
      t.match(await socket.next(), { type: 'welcome' }, JSON.stringify(env))
    }
  }
})
