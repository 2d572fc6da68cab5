import { test } from 'tap'
import { as, makeKey } from '../../security/accounts.ts'
import { call, clock, hello, isProblem, people, populate, type App, type Person } from '../../helper.ts'

const SENT = '/api/sent'
const send = async (app: App, person: Person, id: string, rest: object = {}) => {
  const { status, body } = await call(app, person, 'POST', '/api/notifications/send', { ...hello, id, ...rest })
  if (status !== 200) throw new Error(`a send was answered ${status}: ${JSON.stringify(body)}`)
}
const idsOf = async (app: App, person: Person, query = '') => (await call(app, person, 'GET', `${SENT}${query}`)).body.items.map(({ id }: { id: string }) => id)

test('what was sent is listed as its sender sees it', async t => {
  const app = await populate(t)
  const audience = { companies: ['company_a', 'company_b'], roles: ['admin', 'user'] }
  await send(app, people.root, 'n1', { priority: 'warning', topic: 'news', audience, url: '/x', expires_at: '2199-01-01', data: { secret: 1 } })
  const payload = { title: 'Old', message: 'news', type: 'info', created_at: '2020-05-03T11:15' }
  const { body: { id } } = await call(app, people.root, 'POST', '/api/broadcast/role/user', { type: 'notification', payload })
  const { status, body } = await call(app, people.root, 'GET', SENT)
  t.equal(status, 200)
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
  const common = { sender: 'user:root', revision: 1, recalled_at: null }
  const [broadcasted, sent] = body.items
  t.match(sent, { created_at: at, sent_at: at })
  t.match(broadcasted, { sent_at: at })
  t.strictSame(body, {
    items: [
      { id, title: 'Old', message: 'news', type: 'info', topic: null, audience: { roles: ['user'] }, ...common, created_at: '2020-05-03T11:15:00.000Z', sent_at: broadcasted.sent_at, expires_at: null },
      { id: 'n1', title: 'Hello', message: 'Belfry is up', type: 'warning', topic: 'news', audience, ...common, created_at: sent.created_at, sent_at: sent.sent_at, expires_at: '2199-01-01T00:00:00.000Z' }
    ],
    next_before: null
  })
  for (const item of body.items) t.strictSame((await call(app, people.root, 'GET', `${SENT}/${item.id}`)).body, item)
})

test('its audience is the one that was asked for', async t => {
  const app = await populate(t)
  const audiences = [{ all: true }, { users: ['bob', 'auth0|1/2', 'ü', 'carol'] }, { companies: ['company_b', 'a/b', '🙂 %2F'] }, { roles: ['x/y', 'user'] }, { companies: ['a/b', 'c:d'], roles: ['x/y', 'all'] }]
  for (const url of ['/api/groups/a%2Fb?company=company_a', '/api/groups/all']) await call(app, people.root, 'PUT', url, { name: 'Group' })
  const ofGroups = [{ groups: ['a/b'], company: 'company_a', not: { users: ['bob'] } }, { groups: ['all'] }, { all: true, not: { users: ['bob', 'ü'] } }]
  for (const [index, audience] of [...audiences, ...ofGroups].entries()) {
    for (const rest of [{}, { late_joiners: true, expires_at: '2099-01-01' }]) {
      const id = `n${index}-${Object.keys(rest).length}`
      await send(app, people.root, id, { audience, ...rest })
      t.strictSame((await call(app, people.root, 'GET', `${SENT}/${id}`)).body.audience, audience, `${id}: ${JSON.stringify(audience)}`)
    }
  }
  t.ok((await idsOf(app, people.alice)).includes('n5-0'), 'what was sent to a group of the company is the company\'s')
})

test('edited, it has its newest text and revision, and stays in its place', async t => {
  const app = await populate(t)
  await send(app, people.root, 'n1')
  await send(app, people.root, 'n2')
  const { body: before } = await call(app, people.root, 'GET', `${SENT}/n1`)
  t.equal((await call(app, people.root, 'PATCH', '/api/broadcast/n1', { title: 'New', type: 'error' })).status, 200)
  const expected = { ...before, title: 'New', type: 'error', revision: 2 }
  t.strictSame((await call(app, people.root, 'GET', `${SENT}/n1`)).body, expected)
  t.strictSame((await call(app, people.root, 'GET', SENT)).body.items[1], expected)
  t.strictSame(await idsOf(app, people.root, '?q=new&type=error'), ['n1'])
  t.strictSame(await idsOf(app, people.root), ['n2', 'n1'], 'an edit is none of its own')
})

test('recalled, it has no text', async t => {
  const app = await populate(t)
  await send(app, people.root, 'n1', { audience: { companies: ['company_a'] } })
  const { body: before } = await call(app, people.root, 'GET', `${SENT}/n1`)
  await call(app, people.root, 'DELETE', '/api/broadcast/n1')
  const { status, body } = await call(app, people.root, 'GET', `${SENT}/n1`)
  t.equal(status, 200)
  t.match(body.recalled_at, /Z$/)
  t.strictSame(body, { ...before, title: null, message: null, recalled_at: body.recalled_at })
  t.strictSame((await call(app, people.root, 'GET', SENT)).body.items, [body])
})

test('who sees what', async t => {
  const app = await populate(t)
  await send(app, people.root, 'all')
  await send(app, people.root, 'a', { audience: { companies: ['company_a'] } })
  await send(app, people.root, 'role-a', { audience: { companies: ['company_a'], roles: ['user'] } })
  await send(app, people.root, 'a-and-b', { audience: { companies: ['company_a', 'company_b'] } })
  await send(app, people.alice, 'by-alice', { audience: { users: ['bob'] } })
  await send(app, people.dave, 'by-dave', { audience: { companies: ['company_b'] } })
  const key = await makeKey(app, 'k', ['send:company:company_a'])
  t.equal((await as(app, key, 'POST', '/api/notifications/send', { ...hello, id: 'by-key', audience: { companies: ['company_a'] } })).status, 200)
  const everything = ['by-key', 'by-dave', 'by-alice', 'a-and-b', 'role-a', 'a', 'all']
  const ofA = ['by-key', 'by-alice', 'role-a', 'a']
  t.strictSame(await idsOf(app, people.root), everything)
  t.strictSame(await idsOf(app, people.alice), ofA)
  t.strictSame(await idsOf(app, people.dave), ['by-dave'])
  t.strictSame((await as(app, key, 'GET', SENT)).body.items.map(({ id }: { id: string }) => id), ['by-key'])
  for (const person of [people.bob, people.erin]) t.strictSame(await idsOf(app, person), [])
  for (const id of everything) {
    for (const [person, seen] of [[people.root, everything], [people.alice, ofA], [people.dave, ['by-dave']], [people.bob, []]] as const) {
      const answer = await call(app, person, 'GET', `${SENT}/${id}`)
      if ((seen as readonly string[]).includes(id)) t.equal(answer.body.id, id, `${person.sub}: ${id}`)
      else isProblem(t, answer, 'BLF_FORBIDDEN', `${person.sub}: ${id}`)
    }
  }
  isProblem(t, await call(app, people.root, 'GET', `${SENT}/nothing`), 'BLF_NOTIFICATION_NOT_FOUND')
  isProblem(t, await call(app, people.alice, 'GET', `${SENT}/nothing`), 'BLF_FORBIDDEN', 'the same whether or not it exists')
  isProblem(t, await call(app, null, 'GET', SENT), 'BLF_UNAUTHENTICATED')
  await app.store.changeUser('alice', { role: 'user' })
  t.strictSame(await idsOf(app, people.alice), ['by-alice'], 'an admin no more')
})

test('filters', async t => {
  const { forward } = clock(t)
  const app = await populate(t)
  const start = Date.now()
  for (const [index, rest] of [{ title: 'Order 1' }, { title: 'order 2', topic: 'orders' }, { priority: 'error' }, { title: 'Re: order', topic: 'orders', priority: 'error' }].entries()) {
    await send(app, people.root, `n${index}`, rest)
    forward(60_000)
  }
  await send(app, people.alice, 'n4', { title: 'ORDER 4', audience: { companies: ['company_a'] } })
  const time = (minutes: number) => encodeURIComponent(new Date(start + minutes * 60_000).toISOString())
  const filters: [query: string, ids: string[]][] = [
    ['?q=order', ['n4', 'n1', 'n0']], ['?q=Order%201', ['n0']], ['?q=%25', []], ['?topic=orders', ['n3', 'n1']], ['?type=error', ['n3', 'n2']], ['?topic=orders&type=error', ['n3']],
    ['?sender=user:alice', ['n4']], ['?sender=user%3Aroot&q=order', ['n1', 'n0']], ['?sender=key:k', []],
    [`?from=${time(1)}`, ['n4', 'n3', 'n2', 'n1']], [`?to=${time(1.5)}`, ['n1', 'n0']], [`?from=${time(0.5)}&to=${time(2.5)}`, ['n2', 'n1']], ['?from=2199-01-01', []], ['?to=2001-01-01', []]
  ]
  for (const [query, ids] of filters) t.strictSame(await idsOf(app, people.root, query), ids, query)
  t.strictSame(await idsOf(app, people.alice, '?sender=user:root'), [], 'a filter shows nobody more')
})

test('pages', async t => {
  const app = await populate(t)
  for (let n = 0; n < 7; n++) await send(app, people.root, `n${n}`)
  const ids: string[][] = []
  let query = '?limit=3'
  while (true) {
    const { body } = await call(app, people.root, 'GET', `${SENT}${query}`)
    ids.push(body.items.map(({ id }: { id: string }) => id))
    if (body.next_before === null) break
    query = `?limit=3&before=${body.next_before}`
    await send(app, people.root, `later${ids.length}`)
  }
  t.strictSame(ids, [['n6', 'n5', 'n4'], ['n3', 'n2', 'n1'], ['n0']], 'whatever is sent meanwhile')
})

test('what is no filter is 400', async t => {
  const app = await populate(t)
  for (const query of ['limit=0', 'limit=201', 'limit=x', 'q=', `q=${'a'.repeat(201)}`, 'q=%00', 'topic=a%20b', 'type=urgent', 'sender=root', 'sender=user:', `sender=user:${'a'.repeat(300)}`, 'sender=a:b', 'from=yesterday', 'to=2026-02-30', 'audience=all', 'after=x', 'q=a&q=b']) {
    isProblem(t, await call(app, people.root, 'GET', `${SENT}?${query}`), 'BLF_VALIDATION', query)
  }
  for (const before of ['x', 'other.1', '%00']) isProblem(t, await call(app, people.root, 'GET', `${SENT}?before=${before}`), 'BLF_BAD_CURSOR', before)
})
