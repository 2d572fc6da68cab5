import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test, type Test } from 'tap'
import { sse } from '../../../src/client/sse.ts'
import type { Link, LinkEnd, Target } from '../../../src/client/connection/transport.ts'
import { HandWheel } from '../../hand-wheel.ts'
import { call, hello, mint, people, serve, type App, type Frame } from '../../helper.ts'
import { makeKey } from '../../security/accounts.ts'
import { until, within } from '../../within.ts'

const { root, bob } = people
const send = (app: App, id: string, rest: object = {}) => call(app, root, 'POST', '/api/notifications/send', { ...hello, ...rest, id })

/** A link, with all that it told. */
function open (t: Test, base: string, target: Partial<Target> = {}) {
  const told: string[] = []
  const frames: Frame[] = []
  const { promise: closed, resolve } = Promise.withResolvers<LinkEnd>()
  const link: Link = sse.open({ base, token: mint(bob), fetch, WebSocket, ...target }, {
    onOpen: () => { told.push('open') },
    onText: text => { frames.push(JSON.parse(text)); told.push(frames.at(-1)!.type) },
    onAlive: () => { told.push('alive') },
    onClose: end => { told.push('close'); resolve(end) }
  })
  t.teardown(() => link.close())
  t.same(told, [], 'nothing is told before it has returned')
  const got = (id: string) => until(id, () => frames.some(frame => frame.id === id))
  return { link, told, frames, closed: () => within(closed, 'the end'), got }
}

/** A server that is not Belfry. */
async function foreign (t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.closeAllConnections(); server.close() })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('frames come as they are, with the topics and from the cursor that are asked for', async t => {
  const { app, base } = await serve(t)
  const first = open(t, base, { device: 'phone' })
  await until('the welcome', () => first.frames.length > 0)
  t.same(first.told.filter(what => what !== 'alive').slice(0, 2), ['open', 'welcome'])
  t.equal(first.link.send, undefined, 'it is one-way')
  await send(app, 'n1', { title: 'Zeile 1\n\r\u2028🙂' })
  await first.got('n1')
  const { body: { items: [item] } } = await call(app, bob, 'GET', '/api/notifications/me')
  t.equal(first.frames.at(-1)!.payload.title, item.title)
  const second = open(t, base, { since: first.frames[0]!.cursor, topics: ['a', 'b'] })
  await send(app, 'n2', { topic: 'c' })
  await send(app, 'n3', { topic: 'b' })
  await second.got('n3')
  t.same(second.frames.map(({ type, id }) => id ?? type), ['welcome', 'caught_up', 'n3'])
})

test('a token, a ticket: each goes where it belongs', async t => {
  const { app, base } = await serve(t)
  const { body: { ticket } } = await call(app, bob, 'POST', '/api/auth/ticket')
  const requests: { url: string, authorization: string | null }[] = []
  const spy: typeof fetch = (url, options) => {
    requests.push({ url: String(url), authorization: new Headers(options!.headers).get('authorization') })
    return fetch(url, options)
  }
  const token = mint(bob)
  for (const credential of [ticket, token]) {
    const { frames } = open(t, base, { token: credential, fetch: spy })
    await until('the welcome', () => frames.length > 0)
  }
  t.same(requests, [{ url: `${base}/sse/notifications?ticket=${ticket}`, authorization: null }, { url: `${base}/sse/notifications`, authorization: `Bearer ${token}` }])
  const key = await makeKey(app, 'backend', ['send:all'])
  t.match(await open(t, base, { token: key }).closed(), { code: 1006, reason: 'You may not do this.', answer: { status: 403, body: { code: 'BLF_FORBIDDEN' } } })
})

test('how the server ends it is told, and that it is alive', async t => {
  const wheel = new HandWheel()
  const { app, base } = await serve(t, {}, { wheel })
  const { told, frames, closed } = open(t, base, { token: mint(bob, { exp: Math.floor(Date.now() / 1000) + 90 }) })
  await until('the welcome', () => frames.length > 0)
  const before = told.length
  wheel.pass(16)
  await until('a comment', () => told.slice(before).includes('alive'))
  wheel.pass(80)
  t.same(await closed(), { code: 4401, reason: 'credentials missing, expired or revoked', reconnect: 'token' })
  t.ok(told.includes('token.expiring'))
  t.equal(told.filter(what => what === 'close').length, 1)
  const other = open(t, base)
  await until('the welcome', () => other.frames.length > 0)
  await app.close()
  t.same(await other.closed(), { code: 1012, reason: 'restart', reconnect: 'yes' })
  t.match(await open(t, base).closed(), { code: 1006, answer: undefined }, 'nobody answers')
})

test('a refusal has its status, and when to come back', async t => {
  const { base } = await serve(t, { MAX_CONNECTIONS_PER_USER: '1' })
  t.match(await open(t, base, { token: 'a.b.c' }).closed(), { code: 1006, answer: { status: 401, body: { code: 'BLF_UNAUTHENTICATED' } } })
  const { frames } = open(t, base)
  await until('the welcome', () => frames.length > 0)
  t.match(await open(t, base).closed(), { code: 1006, answer: { status: 429, retryAfter: 1000 } })
  const garbage = await foreign(t, (_request, response) => response.writeHead(503, { 'retry-after': 'soon' }).end())
  t.match(await open(t, garbage).closed(), { answer: { status: 503, retryAfter: undefined } })
})

test('what is no Belfry server is an end, not a fault', async t => {
  const html = await foreign(t, (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Log in to the network</h1>'))
  t.match(await open(t, html).closed(), { code: 1006, reason: /^not an answer of Belfry/, answer: { status: 200, body: undefined } })
  const headers = { 'content-type': 'text/event-stream; charset=utf-8' }
  const answers: [string, object][] = [
    ['', { code: 1006, reason: /without a close event/ }],
    ['\ufeffevent: close\ndata: {"payload":{"code":4998,"reason":"a byte order mark is not part of it"}}\n\n', { code: 4998 }],
    ['event: close\ndata: {"payload":null}\n\n', { code: 1006, reason: /cannot be read/ }],
    ['event: close\ndata: {"payload":{"code":"4401"}}\n\n', { code: 1006 }],
    ['event: close\ndata: {"payload":{"code":4999,"reason":"new","reconnect":"perhaps"}}\n\n', { code: 4999, reason: 'new', reconnect: undefined }],
    ['x'.repeat(2_000_000), { code: 1006, reason: 'an event is too large' }]
  ]
  for (const [text, end] of answers) t.match(await open(t, await foreign(t, (_request, response) => response.writeHead(200, headers).end(text))).closed(), end, text.slice(0, 60))
  const cut = await foreign(t, (_request, response) => response.writeHead(200, headers).write('data: {"half":', () => response.destroy()))
  t.match(await open(t, cut).closed(), { code: 1006 })
  t.match(await open(t, html, { fetch: () => { throw new Error('no network here') } }).closed(), { code: 1006, reason: 'no network here' })
  t.match(await open(t, 'no url').closed(), { code: 1006 })
})

test('after it was closed nothing comes, whenever that was', async t => {
  const { app, base } = await serve(t)
  const links = [open(t, base), open(t, base), open(t, base)]
  links[0]!.link.close()
  await until('the welcomes', () => links.slice(1).every(({ frames }) => frames.length > 0))
  links[1]!.link.close()
  links[1]!.link.close()
  const before = links[1]!.told.length
  await send(app, 'n1')
  await links[2]!.got('n1')
  await until('the server to hear of it', () => app.countStreams() === 1)
  t.same([links[0]!.told, links[1]!.told.length], [[], before])
})
