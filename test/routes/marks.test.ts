import { test, type Test } from 'tap'
import { call, isProblem, listen, people, populate, post, subscribe, type App, type Person } from '../helper.ts'

const put = (app: App, id: string, verb: 'read' | 'unread', person: Person = people.bob) => call(app, person, 'PUT', `/api/notifications/${id}/${verb}`)
const remove = (app: App, id: string, person: Person = people.bob) => call(app, person, 'DELETE', `/api/notifications/${id}`)
const readAll = (app: App, body: object = {}, person: Person = people.bob) => call(app, person, 'POST', '/api/notifications/read-all', body)
const unread = async (app: App, person: Person = people.bob) => (await call(app, person, 'GET', '/api/notifications/me/unread-count')).body.unread_count as number
const items = async (app: App, person: Person = people.bob) => (await call(app, person, 'GET', '/api/notifications/me')).body.items as Record<string, unknown>[]

/** An application in which everybody is known and some notifications went to everyone. */
async function filled (t: Test, ...ids: string[]): Promise<App> {
  const app = await populate(t)
  for (const id of ids) await call(app, people.root, 'POST', '/api/notifications/send', { id, title: id, message: 'b', priority: 'info', topic: id.slice(0, 1) })
  return app
}

test('read marks one notification, for its reader alone', async t => {
  const app = await filled(t, 'a1', 'a2')
  const answer = await put(app, 'a1', 'read')
  t.match(answer, { status: 200, body: { message: 'Notification marked as read', id: 'a1', read: true, read_at: /^\d{4}-.*\.\d{3}Z$/, unread_count: 1 } })
  t.match((await items(app))[1], { id: 'a1', read: true, read_at: answer.body.read_at })
  t.equal(await unread(app), 1)
  t.equal(await unread(app, people.carol), 2)
})

test('reading again changes nothing, not even the time', async t => {
  const app = await filled(t, 'a1')
  const first = await put(app, 'a1', 'read')
  const head = await app.store.head()
  t.same((await put(app, 'a1', 'read')).body, first.body)
  t.equal(await app.store.head(), head, 'and tells nobody')
})

test('unread takes a read back, again changes nothing', async t => {
  const app = await filled(t, 'a1')
  t.match((await put(app, 'a1', 'unread')).body, { message: 'Notification marked as unread', read: false, read_at: null, unread_count: 1 }, 'what was never read is unread')
  t.equal(await app.store.head(), 7, 'six users and one notification, no event for it')
  await put(app, 'a1', 'read')
  t.match((await put(app, 'a1', 'unread')).body, { id: 'a1', read: false, read_at: null, unread_count: 1 })
  t.match((await put(app, 'a1', 'unread')).body, { read: false, unread_count: 1 })
  const [item] = await items(app)
  t.match(item, { read: false })
  t.notOk('read_at' in item!)
})

test('delete takes a notification out of one inbox, once', async t => {
  const app = await filled(t, 'a1', 'a2')
  const { status, body } = await remove(app, 'a1')
  t.same({ status, body }, { status: 200, body: { message: 'Notification deleted', id: 'a1', unread_count: 1, unseen_count: body.unseen_count, cursor: body.cursor } })
  isProblem(t, await remove(app, 'a1'), 'BLF_NOTIFICATION_NOT_FOUND', 'again')
  isProblem(t, await put(app, 'a1', 'read'), 'BLF_NOTIFICATION_NOT_FOUND', 'nor can it be read')
  isProblem(t, await put(app, 'a1', 'unread'), 'BLF_NOTIFICATION_NOT_FOUND')
  t.same((await items(app)).map(({ id }) => id), ['a2'])
  t.equal(await unread(app), 1)
  t.equal((await items(app, people.carol)).length, 2)
})

test('what is not in the caller\'s inbox is 404, whether or not it is elsewhere', async t => {
  const app = await filled(t)
  await call(app, people.root, 'POST', '/api/notifications/send', { id: 'to-carol', title: 'a', message: 'b', priority: 'info', topic: 'x', audience: { users: ['carol'] } })
  for (const id of ['to-carol', 'nowhere']) {
    // Platform admins may read others' inboxes, and change none but their own.
    for (const person of [people.bob, people.root]) {
      isProblem(t, await put(app, id, 'read', person), 'BLF_NOTIFICATION_NOT_FOUND', `${person.sub} reads ${id}`)
      isProblem(t, await put(app, id, 'unread', person), 'BLF_NOTIFICATION_NOT_FOUND', `${person.sub} unreads ${id}`)
      isProblem(t, await remove(app, id, person), 'BLF_NOTIFICATION_NOT_FOUND', `${person.sub} deletes ${id}`)
    }
  }
  t.equal(await unread(app, people.carol), 1)
})

test('an id that cannot be one is 400', async t => {
  const app = await filled(t, 'a1')
  for (const id of ['a%201', 'a%2F1', '%F0%9F%99%82', 'a1%00', 'a'.repeat(129), '\'%20OR%201=1', '*']) {
    isProblem(t, await put(app, id, 'read'), 'BLF_VALIDATION', `read ${id.slice(0, 20)}`)
    isProblem(t, await put(app, id, 'unread'), 'BLF_VALIDATION', `unread ${id.slice(0, 20)}`)
    isProblem(t, await remove(app, id), 'BLF_VALIDATION', `delete ${id.slice(0, 20)}`)
  }
  isProblem(t, await call(app, people.root, 'GET', '/api/notifications/a1%00'), 'BLF_VALIDATION', 'an inbox of nobody')
  for (const id of ['__proto__', 'constructor', 'a'.repeat(128), '...']) isProblem(t, await put(app, id, 'read'), 'BLF_NOTIFICATION_NOT_FOUND', id.slice(0, 20))
  t.equal(await unread(app), 1)
})

test('read-all marks everything there is, again nothing', async t => {
  const app = await filled(t, 'a1', 'a2', 'b1')
  await put(app, 'a1', 'read')
  t.match(await readAll(app), { status: 200, body: { count: 2, unread_count: 0 } })
  const head = await app.store.head()
  t.match(await readAll(app), { status: 200, body: { count: 0, unread_count: 0 } })
  t.equal(await app.store.head(), head, 'and tells nobody')
  t.ok((await items(app)).every(({ read, read_at: readAt }) => read === true && typeof readAt === 'string'))
  t.equal(await unread(app, people.carol), 3)
})

test('read-all up to a cursor and of one topic', async t => {
  const app = await filled(t, 'a1', 'b1', 'a2', 'b2')
  const cursorOf = async (id: string) => (await items(app)).find(item => item['id'] === id)!['cursor']
  t.match((await readAll(app, { before: await cursorOf('b1'), topic: 'a' })).body, { count: 1, unread_count: 3 })
  t.match((await readAll(app, { before: await cursorOf('b1') })).body, { count: 1, unread_count: 2 }, 'including the notification at the cursor')
  t.match((await readAll(app, { topic: 'b' })).body, { count: 1, unread_count: 1 })
  t.match((await readAll(app, { topic: 'z' })).body, { count: 0, unread_count: 1 })
  t.same((await items(app)).filter(({ read }) => read === false).map(({ id }) => id), ['a2'])
})

test('what is marked unread after a read-all is unread, until the next one', async t => {
  const app = await filled(t, 'a1', 'a2')
  await readAll(app)
  t.match((await put(app, 'a1', 'unread')).body, { unread_count: 1 })
  t.same((await items(app)).map(({ read }) => read), [true, false])
  t.match((await readAll(app)).body, { count: 1, unread_count: 0 })
})

test('read-all without a body is about everything', async t => {
  const app = await filled(t, 'a1')
  t.match(await call(app, people.bob, 'POST', '/api/notifications/read-all'), { status: 200, body: { count: 1 } })
})

test('a read-all that is not valid is 400', async t => {
  const app = await filled(t, 'a1')
  for (const body of [{ until: 'now' }, { topic: 'a b' }, { topic: '' }, { topic: null }, { before: 7 }, { before: '' }, { before: 'c'.repeat(65) }, [], { ids: ['a1'] }]) {
    isProblem(t, await readAll(app, body), 'BLF_VALIDATION', JSON.stringify(body).slice(0, 30))
  }
  isProblem(t, await post(app, people.bob, '/api/notifications/read-all', '"all"'), 'BLF_VALIDATION')
  isProblem(t, await post(app, people.bob, '/api/notifications/read-all', 'null'), 'BLF_VALIDATION', 'null is not the absence of a body')
  t.equal(await unread(app), 1)
})

test('open sockets of the same user are told, once for each change', async t => {
  const app = await filled(t, 'a1', 'a2', 'a3')
  const base = await listen(app)
  const bob = await subscribe(t, base, people.bob)
  const carol = await subscribe(t, base, people.carol)
  for (const change of ['read', 'read', 'unread', 'unread'] as const) await put(app, 'a1', change)
  await remove(app, 'a2')
  await readAll(app)
  await readAll(app)
  const frames = (await bob.settled()).slice(1)
  t.match(frames, [
    { type: 'notification.read', payload: { ids: ['a1'] } },
    { type: 'notification.unread', payload: { ids: ['a1'] } },
    { type: 'notification.deleted', payload: { ids: ['a2'] } },
    { type: 'inbox.read_all', payload: { before: /^\S+$/ } }
  ])
  t.equal(frames.length, 4)
  t.equal(new Set(frames.map(({ cursor }) => cursor)).size, 4, 'each at its own place')
  t.equal((await carol.settled()).length, 1, 'others are not')
})
