import { test } from 'tap'
import { build, call, hello, isProblem, people, post } from '../../helper.ts'

const SEND = '/api/notifications/send'

test('a body that is not JSON by its header is 415', async t => {
  const app = await build(t)
  const text = JSON.stringify(hello)
  for (const type of ['text/plain', 'text/html', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml', ';;;']) {
    isProblem(t, await call(app, people.root, 'POST', SEND, text, { 'content-type': type }), 'BLF_UNSUPPORTED_MEDIA_TYPE', type)
  }
  isProblem(t, await call(app, people.root, 'POST', SEND, text), 'BLF_UNSUPPORTED_MEDIA_TYPE', 'none')
  t.equal(await app.store.head(), 1, 'nothing but the sender was stored')
})

test('JSON with a charset is JSON', async t => {
  const app = await build(t)
  const { status } = await call(app, people.root, 'POST', SEND, JSON.stringify(hello), { 'content-type': 'Application/JSON; charset=UTF-8' })
  t.equal(status, 200)
})

test('a body that is not valid JSON is 400', async t => {
  const app = await build(t)
  for (const text of ['{', '{"title":}', '\'a\'', 'undefined', '{"a":1}{"b":2}', 'NaN', '{"a":"\u0001"}', '['.repeat(10_000)]) {
    isProblem(t, await post(app, people.root, SEND, text), 'BLF_BAD_JSON', text.slice(0, 20))
  }
})

test('a body that is not UTF-8 is 400, not stored as something else', async t => {
  const app = await build(t)
  const latin = Buffer.from(JSON.stringify({ ...hello, title: 'caf\u00e9' }), 'latin1')
  isProblem(t, await post(app, people.root, SEND, latin), 'BLF_BAD_JSON')
  t.equal(await app.store.head(), 1)
})

test('an empty body is none, even if a header announces JSON', async t => {
  const app = await build(t)
  t.match(await post(app, people.root, '/api/notifications/read-all', ''), { status: 200, body: { count: 0 } })
  const { status } = await call(app, people.root, 'PUT', '/api/notifications/n1/read', '', { 'content-type': 'application/json' })
  t.equal(status, 404, 'no such notification')
  isProblem(t, await post(app, people.root, SEND, ''), 'BLF_VALIDATION', 'where one is needed, it is missing')
})

test('a body over 64 KiB is 413', async t => {
  const app = await build(t)
  isProblem(t, await post(app, people.root, SEND, JSON.stringify({ ...hello, message: 'a'.repeat(70_000) })), 'BLF_TOO_LARGE')
  isProblem(t, await post(app, null, '/api/auth/login', ' '.repeat(65_537)), 'BLF_TOO_LARGE', 'before credentials are looked at, too')
  t.equal(await app.store.head(), 1)
})

test('a number that would come back changed is 400, and says where', async t => {
  const app = await build(t)
  const open = JSON.stringify(hello).slice(0, -1)
  for (const [text, path] of [
    [`${open},"data":{"order":9007199254740993}}`, '/data/order'],
    [`${open},"data":{"a":[{"b":1e400}]}}`, '/data/a/0/b'],
    [`${open},"id":12345678901234567890}`, '/id']
  ] as const) {
    const answer = await post(app, people.root, SEND, text)
    isProblem(t, answer, 'BLF_VALIDATION', text)
    t.equal(answer.body.errors[0].path, path)
  }
  t.equal(await app.store.head(), 1)
  t.equal((await post(app, people.root, SEND, `${open},"data":{"order":9007199254740991,"sum":0.1}}`)).status, 200)
})
