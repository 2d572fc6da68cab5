import { test, type Test } from 'tap'
import { call, hello, isProblem, people, populate, serve, type App, type Person } from '../helper.ts'

const actions = [{ id: 'track', label: 'Track it' }, { id: 'later', label: 'Remind me' }]
const send = (app: App, id: string, rest: object = {}) => call(app, people.root, 'POST', '/api/notifications/send', { ...hello, id, ...rest })
const mark = (app: App, as: string, ids: string[], person: Person = people.bob) => call(app, person, 'POST', '/api/notifications/mark', { as, ids })
const single = (app: App, method: 'PUT' | 'POST', id: string, verb: string) => call(app, people.bob, method, `/api/notifications/${id}/${verb}`)
const seen = (app: App, cursor: string) => call(app, people.bob, 'POST', '/api/notifications/seen', { cursor })
const list = async (app: App, query = '') => (await call(app, people.bob, 'GET', `/api/notifications/me${query}`)).body
const ids = async (app: App, query = '') => ((await list(app, query)).items as { id: string }[]).map(({ id }) => id)
const counts = async (app: App) => {
  const { unread_count: unread, unseen_count: unseen } = (await call(app, people.bob, 'GET', '/api/notifications/me/unread-count')).body
  return [unread, unseen]
}

async function filled (t: Test, ...ids: string[]): Promise<App> {
  const app = await populate(t)
  for (const id of ids) await send(app, id, { actions })
  return app
}

test('archived leaves list and counts, and keeps whether it was read', async t => {
  const app = await filled(t, 'a', 'b', 'c')
  await mark(app, 'read', ['b'])
  t.match(await single(app, 'PUT', 'a', 'archive'), { status: 200, body: { message: 'Notification archived', id: 'a', read: false, read_at: null, unread_count: 1 } })
  t.match(await mark(app, 'archived', ['b', 'unknown']), { status: 200, body: { ids: ['b'], missing: ['unknown'], unread_count: 1, cursor: /^\S+$/ } })
  t.same([await ids(app), await ids(app, '?view=archived'), await ids(app, '?view=deleted')], [['c'], ['b', 'a'], []])
  t.same(await counts(app), [1, 1])
  t.match(await call(app, people.bob, 'POST', '/api/notifications/read-all', {}), { body: { count: 1, unread_count: 0 } }, 'read-all concerns what is active')
  t.same(await ids(app, '?view=archived&unread=true'), ['a'], 'and leaves the archive as it was')
  t.same(await ids(app, '?view=archived&unread=false&topic=' + hello.topic), ['b'])
  t.match((await single(app, 'PUT', 'a', 'unarchive')).body, { message: 'Notification unarchived', read: false, unread_count: 1 })
  t.match((await single(app, 'PUT', 'b', 'unarchive')).body, { read: true, read_at: /Z$/, unread_count: 1 })
  t.same([await ids(app), await counts(app)], [['c', 'b', 'a'], [1, 3]])
  const head = await app.store.head()
  t.match((await single(app, 'PUT', 'a', 'unarchive')), { status: 200 }, 'repeating it changes nothing')
  t.equal(await app.store.head(), head)
})

test('restored is as it was before; what was not deleted is a 404', async t => {
  const app = await filled(t, 'a', 'b')
  isProblem(t, await single(app, 'POST', 'a', 'restore'), 'BLF_NOTIFICATION_NOT_FOUND', 'never deleted')
  isProblem(t, await mark(app, 'restored', ['a', 'unknown']), 'BLF_NOTIFICATION_NOT_FOUND')
  await single(app, 'PUT', 'a', 'archive')
  await mark(app, 'deleted', ['a', 'b'])
  t.same([await ids(app), await ids(app, '?view=archived'), await ids(app, '?view=deleted'), await counts(app)], [[], [], ['b', 'a'], [0, 0]])
  isProblem(t, await single(app, 'PUT', 'a', 'unarchive'), 'BLF_NOTIFICATION_NOT_FOUND', 'deleted is in no other view')
  t.match(await mark(app, 'restored', ['a', 'b', 'unknown']), { status: 200, body: { ids: ['a', 'b'], missing: ['unknown'], archived: ['a'], unread_count: 1, unseen_count: 1 } })
  t.same([await ids(app), await ids(app, '?view=archived'), await ids(app, '?view=deleted'), await counts(app)], [['b'], ['a'], [], [1, 1]])
  isProblem(t, await single(app, 'POST', 'b', 'restore'), 'BLF_NOTIFICATION_NOT_FOUND', 'again')
})

test('a mark that comes after it was taken back is too late, over REST and over sockets', async t => {
  const { app, open } = await serve(t)
  const bob = await open(people.bob)
  await send(app, 'a')
  const { cursor: since } = await list(app)
  await mark(app, 'deleted', ['a'])
  await mark(app, 'restored', ['a'])
  const late = (body: object) => call(app, people.bob, 'POST', '/api/notifications/mark', { ids: ['a'], since, ...body })
  t.match(await late({ as: 'deleted' }), { status: 200, body: { ids: ['a'], missing: [], overtaken: ['a'], unread_count: 1 } })
  t.match(await bob.ask({ id: '1', type: 'delete', payload: { ids: ['a'], since } }), { type: 'ok', payload: { ids: ['a'], overtaken: ['a'] } })
  t.match((await late({ as: 'archived' })).body, { ids: ['a'], overtaken: undefined }, 'it was not archived since')
  await mark(app, 'deleted', ['a'])
  t.match((await late({ as: 'restored' })).body, { ids: ['a'], overtaken: ['a'], archived: [] }, 'what was left says nothing of the archive')
  await mark(app, 'restored', ['a'])
  await single(app, 'PUT', 'a', 'unarchive')
  isProblem(t, await late({ as: 'read', since: 'none' }), 'BLF_BAD_CURSOR')
  t.match((await late({ as: 'deleted', since: 'another0.1' })).body, { ids: ['a'], overtaken: undefined }, 'another log says nothing')
  t.same(await ids(app), [])
})

test('a late "read all" leaves what was marked as unread since', async t => {
  const { app, open } = await serve(t)
  const bob = await open(people.bob)
  await send(app, 'a')
  const { cursor: since } = await list(app)
  await call(app, people.bob, 'POST', '/api/notifications/read-all', {})
  await mark(app, 'unread', ['a'])
  t.match(await call(app, people.bob, 'POST', '/api/notifications/read-all', { before: since, since }), { status: 200, body: { count: 0, unread_count: 1 } })
  t.match(await bob.ask({ id: '1', type: 'read_all', payload: { before: since, since } }), { type: 'ok', payload: { count: 0, unread_count: 1 } })
})

test('one notification', async t => {
  const app = await filled(t, 'a')
  await send(app, 'to-carol', { audience: { users: ['carol'] } })
  const get = (id: string) => call(app, people.bob, 'GET', `/api/notifications/me/${id}`)
  t.same((await get('a')).body, (await list(app)).items[0])
  await single(app, 'PUT', 'a', 'archive')
  t.match(await get('a'), { status: 200, body: { id: 'a', read: false, cursor: /^\S+$/ } }, 'archived or not')
  await mark(app, 'deleted', ['a'])
  for (const id of ['a', 'to-carol', 'unknown', 'unread-counts']) isProblem(t, await get(id), 'BLF_NOTIFICATION_NOT_FOUND', id)
  for (const id of ['%0A', 'a%0Ab', 'unread-count%0A']) isProblem(t, await get(id), 'BLF_VALIDATION', id)
})

test('seen: what is active after the cursor, read or not', async t => {
  const app = await filled(t, 'a', 'b', 'c')
  const [newest, middle] = (await list(app)).items as { cursor: string }[]
  t.equal((await list(app)).unseen_count, 3)
  t.match(await seen(app, middle!.cursor), { status: 200, body: { unseen_count: 1, unread_count: 3 } }, 'seeing is not reading')
  const head = await app.store.head()
  t.match(await seen(app, `${app.store.epoch}.1`), { status: 200, body: { unseen_count: 1 } }, 'a lower one changes nothing')
  t.equal(await app.store.head(), head)
  await mark(app, 'read', ['c'])
  t.same(await counts(app), [2, 1], 'reading is not seeing')
  t.match((await seen(app, newest!.cursor)).body, { unseen_count: 0 })
  isProblem(t, await seen(app, `${app.store.epoch}.${await app.store.head() + 1}`), 'BLF_BAD_CURSOR', 'beyond the head')
  isProblem(t, await seen(app, 'other.1'), 'BLF_BAD_CURSOR')
  await send(app, 'd')
  t.same(await counts(app), [3, 1])
})

test('acting: the first action counts', async t => {
  const app = await filled(t, 'a')
  const act = (id: string, action: string) => call(app, people.bob, 'POST', `/api/notifications/${id}/actions/${action}`)
  isProblem(t, await act('a', 'unknown'), 'BLF_ACTION_NOT_FOUND')
  isProblem(t, await act('unknown', 'track'), 'BLF_NOTIFICATION_NOT_FOUND')
  const { status, body } = await act('a', 'track')
  t.match({ status, body }, { status: 200, body: { id: 'a', action: 'track', at: /Z$/, unread_count: 1 } })
  t.same((await act('a', 'later')).body, body, 'a second one is answered by it')
  t.same((await list(app)).items[0].acted, { action: 'track', at: body.at }, 'the list shows it')
  await mark(app, 'archived', ['a'])
  t.match((await call(app, people.bob, 'GET', '/api/notifications/me/a')).body, { archived: true, acted: { action: 'track', at: body.at } })
  await mark(app, 'unarchived', ['a'])
  t.strictSame(Object.keys((await list(app)).items[0]).filter(field => field === 'archived'), [])
  await call(app, people.root, 'PATCH', '/api/broadcast/a', { actions: [{ id: 'other', label: 'Other' }] })
  t.match((await act('a', 'track')).body, { action: 'track', at: body.at }, 'a retry, after an edit')
  t.match((await act('a', 'other')).body, { action: 'track', at: body.at }, 'and what is there now')
  isProblem(t, await act('a', 'later'), 'BLF_ACTION_NOT_FOUND')
  t.same(await counts(app), [1, 1], 'it implies nothing')
})

test('bad input', async t => {
  const app = await filled(t, 'a')
  const hundred = Array.from({ length: 101 }, (_, number) => `n-${number}`)
  isProblem(t, await mark(app, 'archived', hundred), 'BLF_VALIDATION', '101 ids')
  isProblem(t, await mark(app, 'archived', []), 'BLF_VALIDATION')
  isProblem(t, await mark(app, 'delete', ['a']), 'BLF_VALIDATION', 'no such state')
  isProblem(t, await call(app, people.bob, 'GET', '/api/notifications/me?view=all'), 'BLF_VALIDATION')
  isProblem(t, await call(app, people.bob, 'POST', '/api/notifications/seen', {}), 'BLF_VALIDATION')
})

test('on sockets: verbs, their answers, other devices, resume and the welcome', async t => {
  const { app, open } = await serve(t)
  const bob = await open(people.bob)
  for (const id of ['a', 'b']) await send(app, id, { actions })
  await bob.settled()
  const other = await open(people.bob)
  const since = other.frames[0]!.cursor!
  t.match(other.frames[0]!.payload, { unread_count: 2, unseen_count: 2 })
  const ask = async (type: string, payload: object) => await bob.ask({ id: type, type, payload })

  const told: [type: string, answer: object, frame: object][] = [
    ['archive', { ids: ['a'], missing: [], unread_count: 1 }, { type: 'notification.archived', payload: { ids: ['a'], unread_count: 1 } }],
    ['unarchive', { ids: ['a'], missing: [], unread_count: 2 }, { type: 'notification.unarchived', payload: { ids: ['a'], unread_count: 2 } }],
    ['delete', { ids: ['a'], missing: [], unread_count: 1 }, { type: 'notification.deleted', payload: { ids: ['a'], unread_count: 1 } }],
    ['restore', { ids: ['a'], missing: [], unread_count: 2 }, { type: 'notification.restored', payload: { ids: ['a'], archived: [], unread_count: 2, unseen_count: 2 } }]
  ]
  for (const [verb, answer] of told) t.match(await ask(verb, { ids: ['a'] }), { type: 'ok', reply_to: verb, payload: answer })
  t.match(await ask('archive', { ids: ['a'] }), { payload: { unseen_count: 1 } })
  t.match(await ask('delete', { ids: ['a'] }), { payload: { unseen_count: 1 } })
  t.match(await ask('restore', { ids: ['a'] }), { payload: { ids: ['a'], archived: ['a'], unseen_count: 1 } })
  t.match(await ask('unarchive', { ids: ['a'] }), { payload: { unseen_count: 2 } })
  t.match(await ask('seen', { cursor: since }), { type: 'ok', payload: { unseen_count: 0, unread_count: 2 } })
  t.match(await ask('act', { id: 'b', action: 'later' }), { type: 'ok', payload: { id: 'b', action: 'later', at: /Z$/, unread_count: 2 } })
  t.match(await ask('restore', { ids: ['b'] }), { type: 'error', payload: { code: 'BLF_NOTIFICATION_NOT_FOUND' } })
  t.match(await ask('seen', { cursor: `${app.store.epoch}.999` }), { type: 'error', payload: { code: 'BLF_BAD_CURSOR' } })

  const frames = [
    ...told.map(([, , frame]) => frame),
    { type: 'notification.archived', payload: { ids: ['a'], unread_count: 1, unseen_count: 1 } },
    { type: 'notification.deleted', payload: { ids: ['a'], unread_count: 1, unseen_count: 1 } },
    { type: 'notification.restored', payload: { ids: ['a'], archived: ['a'], unread_count: 1, unseen_count: 1 } },
    { type: 'notification.unarchived', payload: { ids: ['a'], unread_count: 2, unseen_count: 2 } },
    { type: 'inbox.seen', payload: { cursor: since, unseen_count: 0, unread_count: 2 } },
    { type: 'notification.acted', payload: { id: 'b', action: 'later', at: /Z$/, unread_count: 2 } }
  ]
  t.match((await other.settled()).slice(1, 1 + frames.length), frames, 'other devices')
  const late = await open(people.bob, `?since=${since}`)
  t.match((await late.settled()).slice(1, 1 + frames.length), frames, 'resume')
  t.match((await open(people.bob)).frames[0]!.payload, { unread_count: 2, unseen_count: 0 })
})
