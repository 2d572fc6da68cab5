import { test } from 'tap'
import { call, isProblem, listen, people, populate, post, readersOf, subscribe, type App, type Person } from '../../helper.ts'

const body = (payload: object = {}, rest: object = {}) => ({ type: 'notification', payload: { title: 'a', message: 'b', type: 'info', ...payload }, ...rest })
const broadcast = (app: App, path: string, person: Person = people.root, sent: object = body()) => call(app, person, 'POST', `/api/broadcast/${path}`, sent)
const recall = (app: App, id: string, person: Person = people.root) => call(app, person, 'DELETE', `/api/broadcast/${id}`)

// The three calls of the service that Belfry replaces, as its callers send them.
const calls = [{
  path: 'company/company_a/role/user',
  text: '{"id": "notif_1746245726.463395", "type": "notification", "payload": {"id": "notif_1746245726.463395", "title": "User Update", "message": "New features are available for Company A users", "type": "info", "created_at": "2025-05-03T11:15:26.463425", "read": false, "data": {"topic": "new_features"}}}',
  target: 'company company_a and role user',
  readers: ['bob'],
  shown: { title: 'User Update', message: 'New features are available for Company A users', type: 'info', data: { topic: 'new_features' } }
}, {
  path: 'role/admin',
  text: '{"id": "notif_1746245726.463395", "type": "notification", "payload": {"id": "notif_1746245726.463395", "title": "Admin Alert", "message": "System maintenance will be performed tonight", "type": "warning", "created_at": "2025-05-03T11:15:26.463425", "read": false, "data": {"topic": "system_maintenance"}}}',
  target: 'role admin',
  readers: ['root', 'alice', 'dave'],
  shown: { title: 'Admin Alert', message: 'System maintenance will be performed tonight', type: 'warning', data: { topic: 'system_maintenance' } }
}, {
  path: 'company/company_a',
  text: '{"id": "notif_1746245726.463395", "type": "notification", "payload": {"id": "notif_1746245726.463395", "title": "Announcement for Company A", "message": "This is a special announcement for all Company A employees", "type": "info", "created_at": "2025-05-03T11:15:26.463425", "read": false, "data": {"topic": "company_announcement"}}}',
  target: 'company company_a',
  readers: ['alice', 'bob'],
  shown: { title: 'Announcement for Company A', message: 'This is a special announcement for all Company A employees', type: 'info', data: { topic: 'company_announcement' } }
}]

for (const { path, text, target, readers: expected, shown } of calls) {
  test(`the call to ${target} works as it stands`, async t => {
    const app = await populate(t)
    const answer = await post(app, people.root, `/api/broadcast/${path}`, text)
    const id = 'notif_1746245726.463395'
    t.match(answer, { status: 200, body: { status: 'success', message: `Message broadcasted to ${target}`, id, cursor: /^\S+$/ } })
    t.same(await readersOf(app, id), expected)
    const reader = Object.values(people).find(({ sub }) => sub === expected[0])!
    const { body: { items: [item] } } = await call(app, reader, 'GET', '/api/notifications/me')
    const { reason, ...rest } = item
    t.match(reason, { via: /^(company|role|company_role)$/ })
    t.strictSame(rest, { id, ...shown, created_at: '2025-05-03T11:15:26.463Z', read: false, cursor: answer.body.cursor })
    t.match(await post(app, people.root, `/api/broadcast/${path}`, text), { status: 200, body: answer.body }, 'and sent again changes nothing')
  })
}

test('what an envelope may leave out', async t => {
  const app = await populate(t)
  t.match(await broadcast(app, 'role/user'), { status: 200, body: { id: /^[\w-]{36}$/ } })
  t.equal((await broadcast(app, 'role/user', people.root, body({}, { id: 'outer' }))).body.id, 'outer')
  t.equal((await broadcast(app, 'role/user', people.root, body({ id: 'inner' }))).body.id, 'inner')
  const { body: { items } } = await call(app, people.bob, 'GET', '/api/notifications/me')
  t.same(items.map(({ data }: { data: object }) => data), [{}, {}, {}], 'without data it is empty')
  t.equal((await broadcast(app, 'role/user', people.root, body({ read: true, id: 'not-read' }))).status, 200)
  t.match(await call(app, people.bob, 'GET', '/api/notifications/me?limit=1'), { body: { items: [{ id: 'not-read', read: false }] } })
})

test('an envelope that is not valid is 400', async t => {
  const app = await populate(t)
  const head = await app.store.head()
  const bad: [string, object][] = [
    ['no payload', { type: 'notification' }],
    ['no type', { payload: body().payload }],
    ['another type', { ...body(), type: 'message' }],
    ['ids that differ', body({ id: 'n1' }, { id: 'n2' })],
    ['an unknown field', body({}, { priority: 'high' })],
    ['an unknown field inside', body({ priority: 'info' })],
    ['an audience', body({ audience: { all: true } })],
    ['no title', body({ title: undefined })],
    ['no type inside', body({ type: undefined })],
    ['an unknown type inside', body({ type: 'critical' })],
    ['a topic that is none', body({ data: { topic: 'a b' } })],
    ['data that is a list', body({ data: [] })],
    ['data that is null', body({ data: null })],
    ['read that is a text', body({ read: 'false' })],
    ['a day that does not exist', body({ created_at: '2025-02-30T00:00:00' })],
    ['a time that is a number', body({ created_at: 1746245726 })],
    ['a week', body({ created_at: '2025-W18-6' })],
    ['a year that RFC 3339 cannot write', body({ created_at: '9999-12-31T23:59:59-12:00' })],
    ['an expiry in the past', body({ expires_at: '2025-05-03T11:15:26' })],
    ['an id with a space', body({ id: 'a b' })],
    ['a payload that is a text', { type: 'notification', payload: '{}' }]
  ]
  for (const path of ['company/company_a/role/user', 'role/user', 'company/company_a']) {
    for (const [name, sent] of bad) isProblem(t, await broadcast(app, path, people.root, sent), 'BLF_VALIDATION', `${path}: ${name}`)
  }
  t.equal(await app.store.head(), head)
})

test('who may broadcast where', async t => {
  const app = await populate(t)
  const paths = ['company/company_a', 'company/company_a/role/user', 'company/company_a/role/x', 'company/company_b', 'company/company_b/role/user', 'role/user', 'role/admin', 'company/none']
  for (const path of paths) {
    t.equal((await broadcast(app, path)).status, 200, `root: ${path}`)
    for (const person of [people.bob, people.erin]) isProblem(t, await broadcast(app, path, person), 'BLF_FORBIDDEN', `${person.sub}: ${path}`)
    const answer = await broadcast(app, path, people.alice)
    if (path.startsWith('company/company_a')) t.equal(answer.status, 200, `alice: ${path}`)
    else isProblem(t, answer, 'BLF_FORBIDDEN', `alice: ${path}`)
  }
})

test('a dry run of a broadcast says who would get it', async t => {
  const app = await populate(t)
  await subscribe(t, await listen(app), people.bob)
  const head = await app.store.head()
  const dry = await broadcast(app, 'company/company_a?dry_run=true', people.alice)
  t.match(dry, { status: 200, body: { status: 'success', message: 'Message would be broadcasted to company company_a', recipients: { users: 2, connected: 1 } } })
  t.notOk('id' in dry.body)
  t.equal(await app.store.head(), head)
  isProblem(t, await broadcast(app, 'role/user?dry_run=true', people.alice), 'BLF_FORBIDDEN')
  isProblem(t, await broadcast(app, 'role/user?dry_run=1.5'), 'BLF_VALIDATION')
})

test('a recall takes a notification out of every inbox and tells the open sockets of its audience', async t => {
  const app = await populate(t)
  const base = await listen(app)
  const [bob, carol] = await Promise.all([people.bob, people.carol].map(person => subscribe(t, base, person)))
  await broadcast(app, 'company/company_a', people.root, body({ id: 'n1', data: { topic: 'x' } }))
  await call(app, people.bob, 'PUT', '/api/notifications/n1/read')
  const { status, body: answer } = await recall(app, 'n1')
  t.same({ status, answer }, { status: 200, answer: { message: 'Notification recalled', id: 'n1' } })
  t.same(await readersOf(app, 'n1'), [])
  t.match(await call(app, people.alice, 'GET', '/api/notifications/me/unread-count'), { body: { unread_count: 0 } })
  t.match((await bob!.settled()).slice(1), [{ type: 'notification', id: 'n1' }, { type: 'notification.read' }, { type: 'notification.recalled', payload: { ids: ['n1'] } }])
  t.equal((await carol!.settled()).length, 1)
  isProblem(t, await recall(app, 'n1'), 'BLF_NOTIFICATION_NOT_FOUND', 'again')
  isProblem(t, await call(app, people.bob, 'PUT', '/api/notifications/n1/unread'), 'BLF_NOTIFICATION_NOT_FOUND')
})

test('who may recall what', async t => {
  const app = await populate(t)
  await broadcast(app, 'role/admin', people.root, body({ id: 'everywhere' }))
  await broadcast(app, 'company/company_a', people.root, body({ id: 'to-a' }))
  await broadcast(app, 'company/company_b', people.dave, body({ id: 'to-b' }))
  await call(app, people.alice, 'POST', '/api/notifications/send', { id: 'to-bob', title: 'a', message: 'b', priority: 'info', topic: 'x', audience: { users: ['bob'] } })
  for (const person of [people.bob, people.erin, people.carol]) {
    for (const id of ['everywhere', 'to-a', 'to-b', 'to-bob', 'nowhere']) isProblem(t, await recall(app, id, person), 'BLF_FORBIDDEN', `${person.sub}: ${id}`)
  }
  for (const id of ['everywhere', 'to-b', 'nowhere']) isProblem(t, await recall(app, id, people.alice), 'BLF_FORBIDDEN', `alice: ${id}`)
  for (const id of ['to-a', 'to-bob']) t.equal((await recall(app, id, people.alice)).status, 200, `alice: ${id}`)
  for (const id of ['everywhere', 'to-b']) t.equal((await recall(app, id)).status, 200, `root: ${id}`)
  isProblem(t, await recall(app, 'nowhere'), 'BLF_NOTIFICATION_NOT_FOUND', 'root: nowhere')
  for (const id of ['a%20b', 'a%00', 'a'.repeat(129)]) isProblem(t, await recall(app, id), 'BLF_VALIDATION', id.slice(0, 10))
})

test('who was an admin may still recall what it sent', async t => {
  const app = await populate(t)
  await broadcast(app, 'company/company_a', people.alice, body({ id: 'mine' }))
  await broadcast(app, 'company/company_a', people.root, body({ id: 'another' }))
  await call(app, people.root, 'PATCH', '/api/users/alice', { role: 'user' })
  isProblem(t, await recall(app, 'another', people.alice), 'BLF_FORBIDDEN')
  t.equal((await recall(app, 'mine', people.alice)).status, 200)
})
