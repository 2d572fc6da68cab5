import { test, type Test } from 'tap'
import { build, call, hello, isProblem, people, post, type App } from '../../helper.ts'

const SEND = '/api/notifications/send'
const BROADCAST = '/api/broadcast/role/user'
const envelope = (payload: object) => ({ type: 'notification', payload: { title: 'a', message: 'b', type: 'info', ...payload } })

/** An application that knows its reader, and says whether anything came of what was done to it. */
async function watched (t: Test) {
  const app = await build(t)
  for (const person of [people.root, people.bob]) await call(app, person, 'GET', '/api/auth/me')
  const head = await app.store.head()
  const isUntouched = async () => {
    t.equal(await app.store.head(), head, 'nothing was stored')
    t.match(await call(app, people.bob, 'GET', '/api/notifications/me'), { body: { items: [], unread_count: 0 } }, 'and nothing is in the inbox')
  }
  return { app, isUntouched }
}

const send = (app: App, change: object) => call(app, people.root, 'POST', SEND, { ...hello, ...change })
const broadcast = (app: App, payload: object) => call(app, people.root, 'POST', BROADCAST, envelope(payload))
const named = (value: unknown) => encodeURI(JSON.stringify(value)?.slice(0, 40) ?? 'undefined')

test('a missing field is named', async t => {
  const { app, isUntouched } = await watched(t)
  for (const field of ['title', 'message', 'priority', 'topic']) {
    const answer = await send(app, { [field]: undefined })
    isProblem(t, answer, 'BLF_VALIDATION', field)
    t.same(answer.body.errors, [{ path: `/${field}`, message: 'is required' }])
  }
  await isUntouched()
})

test('an unknown field is named, not dropped', async t => {
  const { app, isUntouched } = await watched(t)
  for (const field of ['type', 'user_id', 'created_at', 'read', 'Title', 'expiresAt', 'to', '']) {
    const answer = await send(app, { [field]: 'x' })
    isProblem(t, answer, 'BLF_VALIDATION', field)
    t.same(answer.body.errors, [{ path: `/${field}`, message: 'is not a known field' }])
  }
  isProblem(t, await send(app, { audience: { all: true, users: ['bob'] } }), 'BLF_VALIDATION', 'in an audience')
  await isUntouched()
})

test('a field of a wrong type is 400, not made to fit', async t => {
  const { app, isUntouched } = await watched(t)
  const wrong: Record<string, unknown[]> = {
    title: [1, true, null, {}, [], ['a'], ''],
    message: [1, false, null, {}, ['a'], ''],
    priority: [1, null, 'high', 'INFO', '', ['info'], { info: true }],
    topic: [1, null, '', 'a b', 'a/b', 'ä', '*', 't'.repeat(65), ['x'], 'x\n', 'x\0'],
    id: [1, null, '', 'a b', 'a/b', '🙂', 'ä', 'i'.repeat(129), ['n1'], 'n1\n', 'n1\0', '\ud800', '.', '..', 'me', {}],
    data: [1, 'x', null, [], [1], true, { topic: 1 }, { topic: 'a b' }, { topic: null }],
    expires_at: [1, null, '', 'tomorrow', '2030-01', '9999-12-31T23:59:59-01:00', '2030-13-01T00:00:00Z', '2030-02-30T00:00:00Z', '2030-01-01T25:00:00Z', '2020-01-01T00:00:00Z', 1893456000, '2030-01-01T00:00:00Z'.repeat(9)],
    audience: [
      null, 'all', [], {}, { all: false }, { all: 'true' }, { users: [] }, { users: 'bob' }, { users: [1] }, { users: ['a\u200b'] }, { users: ['me'] }, { users: ['..'] }, { companies: ['..'] }, { roles: ['a\u0085'] }, { users: [''] }, { users: [null] }, { companies: [] },
      { companies: ['a'], roles: [] }, { roles: [] }, { roles: 'admin' }, { users: ['bob'], companies: ['a'] }, { everyone: true }, { companies: [['a']] }
    ]
  }
  for (const [field, values] of Object.entries(wrong)) {
    for (const value of values) isProblem(t, await send(app, { [field]: value }), 'BLF_VALIDATION', `${field} ${encodeURI((JSON.stringify(value) ?? '').toWellFormed().slice(0, 40))}`)
  }
  for (const body of [null, 1, 'text', [], [hello], true]) isProblem(t, await post(app, people.root, SEND, JSON.stringify(body)), 'BLF_VALIDATION', named(body))
  await isUntouched()
})

test('lengths are counted in characters, and one too many is 400', async t => {
  const { app, isUntouched } = await watched(t)
  for (const character of ['a', 'ü', '🙂']) {
    isProblem(t, await send(app, { title: character.repeat(201) }), 'BLF_VALIDATION', `title of ${character}`)
    isProblem(t, await send(app, { message: character.repeat(4001) }), 'BLF_VALIDATION', `message of ${character}`)
    isProblem(t, await broadcast(app, { title: character.repeat(201) }), 'BLF_VALIDATION', `broadcast title of ${character}`)
  }
  isProblem(t, await send(app, { data: { text: 'a'.repeat(8192) } }), 'BLF_VALIDATION', 'data')
  isProblem(t, await broadcast(app, { data: { text: 'a'.repeat(8192) } }), 'BLF_VALIDATION', 'data of a broadcast')
  isProblem(t, await send(app, { audience: { users: Array.from({ length: 1001 }, (_, n) => `u${n}`) } }), 'BLF_VALIDATION', 'users')
  isProblem(t, await send(app, { audience: { companies: Array.from({ length: 51 }, (_, n) => `c${n}`) } }), 'BLF_VALIDATION', 'companies')
  isProblem(t, await send(app, { audience: { roles: Array.from({ length: 21 }, (_, n) => `r${n}`) } }), 'BLF_VALIDATION', 'roles')
  await isUntouched()
  for (const character of ['a', 'ü', '🙂']) {
    t.equal((await send(app, { title: character.repeat(200), message: character.repeat(4000) })).status, 200, `${character}: as long as may be`)
  }
  const many = { users: Array.from({ length: 1000 }, (_, n) => `user-${n}`) }
  t.equal((await send(app, { audience: many })).status, 200, 'a thousand users')
  const grid = { companies: Array.from({ length: 50 }, (_, n) => `c${n}`), roles: Array.from({ length: 20 }, (_, n) => `r${n}`) }
  t.equal((await send(app, { audience: grid })).status, 200, 'fifty companies by twenty roles')
})

test('NUL and lone surrogates are 400 wherever there is text', async t => {
  const { app, isUntouched } = await watched(t)
  // Sent as escapes: as bytes, a lone surrogate would not be UTF-8.
  for (const odd of ['\\u0000', '\\ud800', '\\udfff', 'a\\udc00b', '\\udc00\\ud800', '\\uD83D']) {
    const text = (field: string, value = `"${odd}"`) => JSON.stringify(hello).replace('}', `,"${field}":${value}}`)
    for (const field of ['title', 'message', 'topic', 'id']) {
      const { [field as 'title']: _, ...rest } = hello
      isProblem(t, await post(app, people.root, SEND, JSON.stringify(rest).replace('}', `,"${field}":"${odd}"}`)), 'BLF_VALIDATION', `${field} ${odd}`)
    }
    const datas = [`{"a":"${odd}"}`, `{"${odd}":1}`, `{"a":[{"b":"x${odd}"}]}`, `{"a":{"${odd}x":null}}`]
    for (const data of datas) isProblem(t, await post(app, people.root, SEND, text('data', data)), 'BLF_VALIDATION', `data ${data}`)
    for (const audience of [`{"companies":["${odd}"]}`, `{"roles":["${odd}"]}`, `{"users":["${odd}"]}`]) {
      isProblem(t, await post(app, people.root, SEND, text('audience', audience)), 'BLF_VALIDATION', `audience ${audience}`)
    }
    for (const field of ['title', 'message', 'id']) {
      const body = JSON.stringify({ type: 'notification', payload: { title: 'a', message: 'b', type: 'info', [field]: '!' } }).replace('"!"', `"${odd}"`)
      isProblem(t, await post(app, people.root, BROADCAST, body), 'BLF_VALIDATION', `broadcast ${field} ${odd}`)
    }
  }
  await isUntouched()
  t.equal((await send(app, { title: '\u{1F642}', data: { '\u{1F642}': '\\u0000' } })).status, 200, 'pairs, and what only looks like an escape, are text')
})

test('keys that would change prototypes are 400, anywhere and in any spelling', async t => {
  const { app, isUntouched } = await watched(t)
  const poisons = ['"__proto__":{"admin":true}', '"\\u005f_proto__":{}', '"__proto__":null', '"constructor":{"prototype":{"admin":true}}']
  for (const poison of poisons) {
    const open = JSON.stringify(hello).slice(0, -1)
    for (const text of [`${open},${poison}}`, `${open},"data":{${poison}}}`, `${open},"data":{"a":[{${poison}}]}}`, `${open},"audience":{"all":true,${poison}}}`]) {
      isProblem(t, await post(app, people.root, SEND, text), 'BLF_BAD_JSON', text.slice(open.length))
    }
    isProblem(t, await post(app, people.root, BROADCAST, `{"type":"notification","payload":{"title":"a","message":"b","type":"info","data":{${poison}}}}`), 'BLF_BAD_JSON', poison)
  }
  t.notOk('admin' in {})
  await isUntouched()
})

test('ten thousand nested brackets are 400', async t => {
  const { app, isUntouched } = await watched(t)
  const nested = '['.repeat(10_000) + ']'.repeat(10_000)
  const objects = '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000)
  const open = JSON.stringify(hello).slice(0, -1)
  for (const [name, deep] of [['lists', nested], ['objects', objects]] as const) {
    isProblem(t, await post(app, people.root, SEND, deep), 'BLF_VALIDATION', name)
    isProblem(t, await post(app, people.root, SEND, `${open},"data":{"x":${deep}}}`), 'BLF_VALIDATION', `${name} in data`)
    isProblem(t, await post(app, people.root, SEND, `${open},"audience":${deep}}`), 'BLF_VALIDATION', `${name} as audience`)
    isProblem(t, await post(app, people.root, SEND, `${open},"title":${deep}}`), 'BLF_VALIDATION', `${name} as title`)
  }
  isProblem(t, await post(app, people.root, SEND, '['.repeat(10_000)), 'BLF_BAD_JSON', 'never closed')
  await isUntouched()
})
