import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { test, type Test } from 'tap'
import { build, call, hello, isProblem, people, serve, type Answer, type App } from '../../helper.ts'

const SEND = '/api/notifications/send'
const BROADCAST = '/api/broadcast/role/user'
const shape = {
  url: '/orders/1742?tab=parcel#top',
  icon: 'https://shop.example/icons/parcel.png',
  actions: [{ id: 'track', label: 'Track <b>it</b>', url: 'HTTPS://shop.example/track' }, { id: 'ask', label: '🙂'.repeat(40), url: 'mailto:help@shop.example' }, { id: 'later', label: 'Later' }],
  urgency: 'high'
}
const data = { topic: 'greetings', key: 'order_shipped', args: { order: 1742, carrier: 'DHL' } }

const payloadOf = (rest: object) => ({ type: 'notification', payload: { title: 'Hello', message: 'Belfry is up', type: 'info', ...rest } })

/** The ways of sending over REST. */
const ways: Record<string, (app: App, rest: object) => Promise<Answer>> = {
  send: (app, rest) => call(app, people.root, 'POST', SEND, { ...hello, ...rest }),
  broadcast: (app, rest) => call(app, people.root, 'POST', BROADCAST, payloadOf(rest))
}

test('on every way of sending, a notification is read as it was given its shape', async t => {
  const { app, open } = await serve(t)
  const bob = await open(people.bob)
  const root = await open(people.root)
  const { cursor } = bob.frames[0]!
  const [sent, broadcasted] = [await ways.send!(app, { ...shape, data }), await ways.broadcast!(app, { ...shape, data })]
  const { payload } = await root.ask({ id: '1', type: 'send', payload: { ...hello, ...shape, data } })
  const ids = [sent.body.id, broadcasted.body.id, payload.id]
  const resumed = await open(people.bob, `?since=${cursor}`)
  const { body } = await call(app, people.bob, 'GET', '/api/notifications/me')
  for (const [index, id] of ids.entries()) {
    const frame = await bob.next('notification')
    const { created_at: at, ...content } = frame.payload
    t.strictSame(content, { id, title: 'Hello', message: 'Belfry is up', type: 'info', read: false, ...shape, data }, 'a frame')
    t.strictSame(await resumed.next('notification'), frame, 'after a resume too')
    t.strictSame(body.items.at(-1 - index), { ...content, created_at: at, cursor: frame.cursor, reason: body.items.at(-1 - index).reason }, 'an item')
  }
})

test('what has no shape gets none', async t => {
  const app = await build(t)
  await call(app, people.bob, 'GET', '/api/auth/me')
  await ways.send!(app, {})
  const { body } = await call(app, people.bob, 'GET', '/api/notifications/me')
  t.strictSame(Object.keys(body.items[0]).sort(), ['created_at', 'cursor', 'data', 'id', 'message', 'read', 'reason', 'title', 'type'])
})

const scripts = [
  'javascript:alert(1)', 'JavaScript:alert(1)', 'JAVASCRIPT:alert(1)', ' javascript:alert(1)', '\u00a0javascript:alert(1)', '\tjavascript:alert(1)', '\njavascript:alert(1)', '\u0001javascript:alert(1)',
  'java\tscript:alert(1)', 'java\nscript:alert(1)', 'java\r\nscript:alert(1)', 'javascript\n:alert(1)', 'javascript&colon;alert(1)', '&#106;avascript:alert(1)', '&#x6A;avascript:alert(1)', 'javascript%3Aalert(1)', '%6aavascript:alert(1)',
  '\uff4aavascript:alert(1)', 'java\u200bscript:alert(1)', 'javascript://shop.example/%0aalert(1)', 'vbscript:x', 'data:text/html,<script>alert(1)</script>', 'data:image/png;base64,AA', 'blob:https://shop.example/1', 'file:///etc/passwd', 'ftp://shop.example', 'tel:1', 'about:blank', 'view-source:https://shop.example', 'ws://shop.example'
]
const elsewhere = [
  '//evil.example', '/\\evil.example', '\\\\evil.example', '\\/evil.example', '///evil.example', '/\t/evil.example', '/\n/evil.example', '\t//evil.example', ' /a', '/a b', '/a\u2028b', '/a\u0085', '/a\u0000', 'a', './a', '?a', '#a', '', 'https:evil.example', 'https:/evil.example', 'https:\\\\evil.example', 'http:',
  'https://', 'https://a b', 'https://[::1', 'https://shop.example/a b', 'https://shop.example/\n', 'https://shop.example:99999', 'https://bank.example@evil.example', 'https://bank.example:secret@evil.example', 'https://%', 'mailto:', `/${'a'.repeat(2048)}`, `https://shop.example/${'a'.repeat(2028)}`
]
const icons = ['http://shop.example/a.png', '/a.png', 'mailto:a@shop.example', 'HTTP://shop.example']
const action = { id: 'a', label: 'A' }
const wrong: [field: string, values: unknown[]][] = [
  ['url', [...scripts, ...elsewhere, 1, null, {}, ['/a'], true]],
  ['icon', [...scripts, ...elsewhere, ...icons, 1, null, {}]],
  ['actions', [
    ...[...scripts, ...elsewhere].map(url => [{ ...action, url }]),
    ['a', 'b', 'c', 'd'].map(id => ({ id, label: id })), [action, { ...action, label: 'B' }], [action, { id: 'b', label: 'B' }, action],
    [{ id: 'a', label: 'a'.repeat(41) }], [{ id: 'a', label: '🙂'.repeat(41) }], [{ id: 'a', label: '' }], [{ id: 'a', label: 'a\u0000' }], [{ id: 'a', label: '\ud800' }], [{ id: 'a', label: 1 }], [{ id: 'a' }],
    [{ id: '', label: 'A' }], [{ id: 'a/b', label: 'A' }], [{ id: '..', label: 'A' }], [{ id: 'a'.repeat(129), label: 'A' }], [{ label: 'A' }], [{ ...action, url: null }], [{ ...action, more: 1 }], [null], ['a'], 'a', null, {}, action
  ]],
  ['urgency', ['', 'HIGH', 'urgent', 1, null, ['high']]],
  ['data', [{ key: 1 }, { key: '' }, { key: 'k'.repeat(201) }, { args: ['a'] }, { args: { a: null } }, { args: { a: { b: 1 } } }]]
]

/** As JSON, without what a name cannot hold. */
const named = (value: unknown) => encodeURI(JSON.stringify(value)?.toWellFormed().slice(0, 80) ?? '')

async function isRefused (t: Test, app: App, field: string, value: unknown): Promise<void> {
  for (const [name, send] of Object.entries(ways)) {
    const answer = await send(app, { [field]: value })
    isProblem(t, answer, 'BLF_VALIDATION', `${name} ${field} ${named(value)}`)
    const at = `${name === 'broadcast' ? '/payload' : ''}/${field}`
    t.ok(answer.body.errors.every(({ path }: { path: string }) => path === at || path.startsWith(`${at}/`)), `${name}: names ${field}`)
  }
}

for (const [field, values] of wrong) {
  test(`what is no ${field} is 400, and nothing is stored`, async t => {
    const app = await build(t)
    await call(app, people.root, 'GET', '/api/auth/me')
    const head = await app.store.head()
    for (const value of values) await isRefused(t, app, field, value)
    t.equal(await app.store.head(), head)
  })
}

test('over a socket too', async t => {
  const { app, open } = await serve(t)
  const root = await open(people.root)
  const head = await app.store.head()
  const odd = { url: 'javascript:alert(1)', icon: 'http://shop.example', actions: [action, action], urgency: 'urgent', data: { key: 1 } }
  for (const [field, value] of Object.entries(odd)) {
    const { payload } = await root.ask({ id: field, type: 'send', payload: { ...hello, [field]: value } })
    t.match(payload, { code: 'BLF_VALIDATION', errors: [{ path: new RegExp(`^/payload/${field}`) }] }, field)
  }
  t.equal(await app.store.head(), head)
})

test('as long as may be', async t => {
  const app = await build(t)
  const longest = { url: `/${'ü'.repeat(2047)}`, icon: `https://${'i'.repeat(2040)}`, actions: ['a', 'b', 'c'].map(id => ({ id, label: 'l'.repeat(40), url: `http://${'a'.repeat(2041)}` })) }
  for (const send of Object.values(ways)) t.equal((await send(app, longest)).status, 200)
})

test('what a retry repeats includes the shape', async t => {
  const app = await build(t)
  const first = await ways.send!(app, { id: 'n1', ...shape })
  t.equal(first.status, 200)
  t.strictSame((await ways.send!(app, { id: 'n1', ...Object.fromEntries(Object.entries(shape).reverse()) })).body, first.body)
  const others = { url: '/other', icon: 'https://shop.example/other.png', actions: shape.actions.slice(1), urgency: 'low' }
  for (const [field, value] of Object.entries(others)) {
    isProblem(t, await ways.send!(app, { id: 'n1', ...shape, [field]: value }), 'BLF_ID_CONFLICT', `another ${field}`)
    isProblem(t, await ways.send!(app, { id: 'n1', ...shape, [field]: undefined }), 'BLF_ID_CONFLICT', `no ${field}`)
  }
})

test('nothing that a notification names is requested', async t => {
  let connections = 0
  const host = createServer(socket => { connections += 1; socket.destroy() })
  host.listen(0, '127.0.0.1')
  await once(host, 'listening')
  t.teardown(() => host.close())
  const { port } = host.address() as AddressInfo
  const { app, open } = await serve(t)
  const bob = await open(people.bob)
  for (const name of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1']) {
    const url = `https://${name}:${port}/icon.png`
    t.equal((await ways.send!(app, { icon: url, url, actions: [{ ...action, url }] })).status, 200, 'it is the reader\'s to refuse')
    t.equal((await bob.next('notification')).payload.icon, url)
  }
  t.equal((await call(app, people.bob, 'GET', '/api/notifications/me')).body.items.length, 5)
  // A connection made in the meantime has been accepted before this one.
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'close')
  t.equal(connections, 1, 'only ours')
})
