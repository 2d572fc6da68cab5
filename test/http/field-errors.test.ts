import tap, { test } from 'tap'
import { build, call, hello, people, serve } from '../helper.ts'

const app = await build(tap)
const SEND = '/api/notifications/send'
const said = async (body: object, url = SEND) => (await call(app, people.root, 'POST', url, body)).body.errors as { path: string, message: string }[]

test('a wrong audience gets one message, about the form that was meant', async t => {
  const FIELDS = 'all, users, companies, roles, groups'
  const cases: [unknown, string, string][] = [
    [{}, '/audience', `must have one of these: ${FIELDS}`],
    [{ everyone: true }, '/audience', `must have one of these: ${FIELDS}`],
    ['all', '/audience', 'must be an object'],
    [null, '/audience', 'must be an object'],
    [['bob'], '/audience', 'must be an object'],
    [{ all: false }, '/audience/all', 'must be true'],
    [{ users: [] }, '/audience/users', 'must not be empty'],
    [{ users: 'bob' }, '/audience/users', 'must be a list'],
    [{ users: [1] }, '/audience/users/0', 'must be a text'],
    [{ users: ['bob'], typo: 1 }, '/audience/typo', 'is not a known field'],
    [{ companies: ['a'], roles: [] }, '/audience/roles', 'must not be empty'],
    [{ companies: [], roles: ['a'] }, '/audience/companies', 'must not be empty'],
    [{ companies: ['a'], roles: ['b'], rolls: ['c'] }, '/audience/rolls', 'is not a known field'],
    [{ roles: 'admin' }, '/audience/roles', 'must be a list'],
    [{ groups: ['a'], company: 'b', roles: ['c'] }, '/audience', `must be of one form, not several at once: ${FIELDS}`],
    [{ not: { users: ['bob'] } }, '/audience', `must have one of these: ${FIELDS}`],
    [{ all: true, not: {} }, '/audience/not/users', 'is required'],
    [{ all: true, users: ['bob'] }, '/audience', `must be of one form, not several at once: ${FIELDS}`],
    [{ users: ['bob'], companies: ['a'] }, '/audience', `must be of one form, not several at once: ${FIELDS}`]
  ]
  for (const [audience, path, message] of cases) t.strictSame(await said({ ...hello, audience }), [{ path, message }], JSON.stringify(audience))
})

test('what is beside a wrong audience is still said', async t => {
  t.strictSame(await said({ ...hello, title: '', audience: {} }), [
    { path: '/title', message: 'must not be empty' },
    { path: '/audience', message: 'must have one of these: all, users, companies, roles, groups' }
  ])
})

test('every kind of mistake is told what to do', async t => {
  const cases: [object, string, string][] = [
    [{ priority: 'high' }, '/priority', 'must be one of info, success, warning, error'],
    [{ priority: 1 }, '/priority', 'must be one of info, success, warning, error'],
    [{ priority: undefined }, '/priority', 'is required'],
    [{ priorty: 'info' }, '/priorty', 'is not a known field'],
    [{ title: 1 }, '/title', 'must be a text'],
    [{ title: '' }, '/title', 'must not be empty'],
    [{ title: 'a'.repeat(201) }, '/title', 'must have at most 200 characters'],
    [{ title: 'a\0' }, '/title', 'must not contain NUL or lone surrogates'],
    [{ topic: 'a b' }, '/topic', 'must be 1 to 64 letters, digits, _ . or -'],
    [{ id: 'a b' }, '/id', 'must consist of letters, digits and . _ : -, and be neither . nor .. nor me'],
    [{ id: '' }, '/id', 'must not be empty'],
    [{ data: [] }, '/data', 'must be an object'],
    [{ expires_at: 'tomorrow' }, '/expires_at', 'must be an ISO 8601 date and time, such as 2025-05-03T11:15Z'],
    [{ audience: { users: Array.from({ length: 1001 }, (_, n) => `u${n}`) } }, '/audience/users', 'must have at most 1000 entries']
  ]
  for (const [change, path, message] of cases) t.strictSame(await said({ ...hello, ...change }), [{ path, message }], `${path} ${message}`)
  t.strictSame(await said({ type: 'message', payload: { title: 'a', message: 'b', type: 'info', read: 'no' } }, '/api/broadcast/role/user'), [
    { path: '/type', message: 'must be "notification"' },
    { path: '/payload/read', message: 'must be true or false' }
  ])
  t.strictSame(await said({ name: 'a', scopes: ['send', 'send'] }, '/api/keys'), [
    { path: '/scopes/0', message: 'must be inbox:read, send:all, send:company:<company>, users:write, groups:write, groups:write:<company>, topics:write, reports:read, events:read, events:read:<company> or metrics:read' },
    { path: '/scopes/1', message: 'must be inbox:read, send:all, send:company:<company>, users:write, groups:write, groups:write:<company>, topics:write, reports:read, events:read, events:read:<company> or metrics:read' },
    { path: '/scopes', message: 'must not have the same entry twice' }
  ])
  const { body } = await call(app, people.root, 'GET', '/api/notifications/me?limit=0&type=high&unread=1&size=3')
  t.strictSame(body.errors, [
    { path: '/querystring/size', message: 'is not a known field' },
    { path: '/querystring/limit', message: 'must be 1 or more' },
    { path: '/querystring/unread', message: 'must be true or false' },
    { path: '/querystring/type', message: 'must be one of info, success, warning, error' }
  ])
})

test('no message names what the validator calls its own', async t => {
  const wrong = [{}, { title: {}, message: [], priority: 1, topic: null, id: [], data: 1, expires_at: true, audience: 1 }, { ...hello, audience: { users: [''] } }, { ...hello, x: 1 }]
  for (const body of wrong) for (const { message } of await said(body)) t.notMatch(message, /must NOT|pattern|schema|anyOf|must match|constant|allowed values/)
})

test('a frame is told in the same words', async t => {
  const { open } = await serve(t)
  const root = await open(people.root)
  const answer = await root.ask({ id: '1', type: 'subscribe', payload: { topics: ['a b'] } })
  t.strictSame(answer.payload.errors, [{ path: '/payload/topics/0', message: 'must be 1 to 64 letters, digits, _ . or -, or must be "*"' }])
  const { payload } = await root.ask({ id: '2', type: 'send', payload: { ...hello, audience: { all: 1 } } })
  t.strictSame(payload.errors, [{ path: '/payload/audience/all', message: 'must be true' }])
})
