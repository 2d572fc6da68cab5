import { test } from 'tap'
import { call, clock, hello, isProblem, listen, people, populate, readersOf, subscribe, type App, type Person } from '../../helper.ts'

const SEND = '/api/notifications/send'
const send = (app: App, body: object, person: Person = people.root, query = '') => call(app, person, 'POST', `${SEND}${query}`, { ...hello, ...body })

test('a notification is sent to everyone unless it says otherwise', async t => {
  const app = await populate(t)
  const { status, body } = await send(app, {})
  t.match({ status, body }, { status: 200, body: { message: 'Notification sent successfully', id: /^[\w-]{36}$/, cursor: /^\S+$/ } })
  t.same(Object.keys(body).sort(), ['cursor', 'id', 'message'])
  t.same(await readersOf(app, body.id), Object.keys(people))
})

test('an audience is everyone, users, companies, roles, or roles in companies', async t => {
  const app = await populate(t)
  const audiences: [object, string[]][] = [
    [{ all: true }, ['root', 'alice', 'bob', 'carol', 'dave', 'erin']],
    [{ users: ['bob', 'erin', 'nobody', 'bob'] }, ['bob', 'erin']],
    [{ companies: ['company_a'] }, ['alice', 'bob']],
    [{ companies: ['company_b', 'company_a'] }, ['alice', 'bob', 'carol', 'dave']],
    [{ roles: ['admin'] }, ['root', 'alice', 'dave']],
    [{ roles: ['user', 'admin'] }, ['root', 'alice', 'bob', 'carol', 'dave', 'erin']],
    [{ companies: ['company_a'], roles: ['admin'] }, ['alice']],
    [{ companies: ['company_a', 'company_b'], roles: ['user', 'editor'] }, ['bob', 'carol']],
    [{ companies: ['company_z'] }, []]
  ]
  for (const [audience, expected] of audiences) {
    const { body } = await send(app, { audience })
    t.same(await readersOf(app, body.id), expected, JSON.stringify(audience))
    const dry = await send(app, { audience }, people.root, '?dry_run=true')
    t.match(dry, { status: 200, body: { recipients: { users: new Set('users' in audience ? audience.users as string[] : expected).size, connected: 0 } } })
  }
})

test('who may send to whom', async t => {
  const app = await populate(t)
  const everyone = [{ all: true }, { roles: ['user'] }, { users: ['carol'] }, { companies: ['company_b'] }, { companies: ['company_a', 'company_b'] }, { companies: ['company_b'], roles: ['user'] }]
  const ofA = [{ companies: ['company_a'] }, { companies: ['company_a'], roles: ['user', 'x'] }, { users: ['bob'] }, { users: ['alice', 'bob'] }]
  for (const audience of [...everyone, ...ofA]) {
    t.equal((await send(app, { audience })).status, 200, `root to ${JSON.stringify(audience)}`)
    for (const person of [people.bob, people.erin]) isProblem(t, await send(app, { audience }, person), 'BLF_FORBIDDEN', `${person.sub} to ${JSON.stringify(audience)}`)
  }
  for (const audience of ofA) t.equal((await send(app, { audience }, people.alice)).status, 200, `alice to ${JSON.stringify(audience)}`)
  for (const audience of [...everyone, { users: ['bob', 'carol'] }, { users: ['root'] }, { users: ['erin'] }, { users: ['nobody'] }]) {
    isProblem(t, await send(app, { audience }, people.alice), 'BLF_FORBIDDEN', `alice to ${JSON.stringify(audience)}`)
  }
  isProblem(t, await call(app, people.alice, 'POST', SEND, hello), 'BLF_FORBIDDEN', 'alice to everyone, by leaving it out')
})

test('a dry run says who would get it, and stores and sends nothing', async t => {
  const app = await populate(t)
  const base = await listen(app)
  const bob = await subscribe(t, base, people.bob)
  await subscribe(t, base, people.bob)
  await subscribe(t, base, people.carol)
  const head = await app.store.head()
  const { status, body } = await send(app, { id: 'n1', audience: { companies: ['company_a'] } }, people.alice, '?dry_run=true')
  t.same({ status, body }, { status: 200, body: { message: 'Dry run: nothing was sent', recipients: { users: 2, connected: 1, unknown: 0 } } })
  t.match(await send(app, {}, people.root, '?dry_run=true'), { body: { recipients: { users: 6, connected: 2, unknown: 0 } } })
  t.match(await send(app, { audience: { users: ['bob', 'nobody'] } }, people.root, '?dry_run=true'), { body: { recipients: { users: 2, connected: 1, unknown: 1 } } })
  isProblem(t, await send(app, {}, people.alice, '?dry_run=true'), 'BLF_FORBIDDEN', 'it authorises')
  isProblem(t, await send(app, { title: '' }, people.root, '?dry_run=true'), 'BLF_VALIDATION', 'and validates')
  isProblem(t, await send(app, { expires_at: '2020-01-01T00:00:00Z' }, people.root, '?dry_run=true'), 'BLF_VALIDATION', 'all of it')
  t.equal(await app.store.head(), head)
  t.equal((await bob.settled()).length, 1, 'only the welcome')
  t.equal((await send(app, { id: 'n1' })).status, 200, 'its id is free')
  t.equal((await send(app, {}, people.root, '?dry_run=false')).body.recipients, undefined)
  for (const query of ['?dry_run=yes', '?dry_run=', '?dry_run', '?dry_run=true&dry_run=true', '?dryRun=true', '?simulate=true']) {
    isProblem(t, await send(app, {}, people.root, query), 'BLF_VALIDATION', query)
  }
})

test('a send to users says how many of them nobody has yet, a retry as the first time', async t => {
  const app = await populate(t)
  const first = await send(app, { id: 'n1', audience: { users: ['bob', 'nobody', 'nobody-else', 'nobody'] } })
  t.match(first, { status: 200, body: { id: 'n1', unknown_users: 2 } })
  await call(app, { sub: 'nobody' }, 'GET', '/api/auth/me')
  t.same((await send(app, { id: 'n1', audience: { users: ['nobody-else', 'nobody', 'bob'] } })).body, first.body)
  t.match((await send(app, { audience: { users: ['bob', 'nobody', 'nobody-else'] } })).body, { unknown_users: 1 })
  t.equal((await send(app, { audience: { users: ['bob'] } })).body.unknown_users, 0)
  for (const audience of [undefined, { all: true }, { roles: ['user'] }, { companies: ['nowhere'] }]) t.notOk('unknown_users' in (await send(app, { audience })).body)
  const root = await subscribe(t, await listen(app), people.root)
  t.match(await root.ask({ id: '1', type: 'send', payload: { ...hello, audience: { users: ['misspelt'] } } }), { type: 'ok', payload: { unknown_users: 1 } })
})

test('what was sent is read as it was sent', async t => {
  const app = await populate(t)
  const data = { link: 'https://example.com/a?b=c', n: 1.5, deep: { list: [1, null, true, { x: 'y' }] }, 'Größe 🙂': '\u2028', constructor: 'fine' }
  const text = { title: 'Zeile "eins"\n\t<b>🙂</b>', message: 'ü'.repeat(4000) }
  const { body: { id, cursor } } = await send(app, { ...text, priority: 'error', data, expires_at: '2199-01-31T12:00:00+01:00' })
  const { body } = await call(app, people.bob, 'GET', '/api/notifications/me')
  t.match(body.items[0].created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const { created_at: _, ...item } = body.items[0]
  t.strictSame(item, { id, ...text, type: 'error', read: false, expires_at: '2199-01-31T11:00:00.000Z', data: { ...data, topic: 'greetings' }, reason: { via: 'all' }, cursor })
})

test('the topic may stand in the data too, if it is the same', async t => {
  const app = await populate(t)
  t.equal((await send(app, { topic: 'x', data: { topic: 'x' } })).status, 200)
  const answer = await send(app, { topic: 'x', data: { topic: 'y' } })
  isProblem(t, answer, 'BLF_VALIDATION')
  t.match(answer.body.errors, [{ path: '/data/topic' }])
})

test('a notification that has expired is gone from the inbox', async t => {
  const { forward } = clock(t)
  const app = await populate(t)
  const { body: { id } } = await send(app, { expires_at: new Date(Date.now() + 600_000).toISOString() })
  t.same(await readersOf(app, id), Object.keys(people))
  forward(600_000)
  t.same(await readersOf(app, id), [])
  t.match(await call(app, people.bob, 'GET', '/api/notifications/me/unread-count'), { body: { unread_count: 0 } })
  isProblem(t, await call(app, people.bob, 'PUT', `/api/notifications/${id}/read`), 'BLF_NOTIFICATION_NOT_FOUND')
})
