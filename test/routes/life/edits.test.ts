import { test, type Test } from 'tap'
import { build, call, clock, hello, isProblem, people, populate, type App, type Person } from '../../helper.ts'
import { makeKey, as } from '../../security/accounts.ts'

const { root, alice, bob, carol, dave, erin } = people
const send = async (app: App, rest: object = {}, person: Person = root) => {
  const { status, body } = await call(app, person, 'POST', '/api/notifications/send', { ...hello, ...rest })
  if (status !== 200) throw new Error(JSON.stringify(body))
  return body.id as string
}
const edit = (app: App, id: string, body: unknown, person: Person | null = root) => call(app, person, 'PATCH', `/api/broadcast/${id}`, body)
const items = async (app: App, person: Person = bob, query = '') => (await call(app, person, 'GET', `/api/notifications/me${query}`)).body.items

test('an edit is in every inbox that has the notification, and its read state stays', async t => {
  const app = await populate(t)
  const id = await send(app, { data: { more: 1 }, url: '/old', urgency: 'high', expires_at: '2099-12-31T12:00:00Z' })
  await call(app, bob, 'PUT', `/api/notifications/${id}/read`)
  const [before] = await items(app)
  const { status, body } = await edit(app, id, {
    title: 'New', priority: undefined, type: 'error', data: { other: 2 }, url: null, icon: 'https://shop.example/i.png', actions: [{ id: 'a', label: 'A' }], urgency: null, expires_at: null
  })
  t.equal(status, 200)
  t.same(body, { id, revision: 2, cursor: body.cursor })
  t.not(body.cursor, before.cursor)
  const [after] = await items(app)
  const { url, urgency, expires_at: expiry, ...kept } = before
  t.strictSame(after, {
    ...kept, title: 'New', type: 'error', data: { other: 2, topic: hello.topic }, icon: 'https://shop.example/i.png', actions: [{ id: 'a', label: 'A' }], revision: 2, updated_at: after.updated_at
  })
  t.match(after, { read: true, updated_at: /^\d{4}-.*Z$/ })
  t.equal((await items(app, bob, '?type=error')).length, 1)
  t.equal((await items(app, bob, '?type=info')).length, 0)
})

test('what is not an edit is told what to do', async t => {
  const app = await populate(t)
  const id = await send(app)
  const refused: [body: unknown, path: string][] = [
    [{}, '/'],
    [{ revision: 1 }, '/'],
    [{ audience: { all: true } }, '/audience'],
    [{ topic: 'x' }, '/topic'],
    [{ priority: 'error' }, '/priority'],
    [{ data: { topic: 'x' } }, '/data/topic'],
    [{ title: '' }, '/title'],
    [{ title: null }, '/title'],
    [{ type: 'fatal' }, '/type'],
    [{ url: 'javascript:alert(1)' }, '/url'],
    [{ url: '//evil' }, '/url'],
    [{ actions: [{ id: 'a', label: 'A' }, { id: 'a', label: 'B' }] }, '/actions/1/id'],
    [{ urgency: 'now' }, '/urgency'],
    [{ expires_at: '2020-01-01T00:00:00Z' }, '/expires_at'],
    [{ expires_at: '2099-02-30T00:00:00Z' }, '/expires_at'],
    [{ data: { text: 'x'.repeat(8192) } }, '/data'],
    [{ title: 'New', revision: 0 }, '/revision'],
    [{ title: 'New', revision: '1' }, '/revision']
  ]
  for (const [body, path] of refused) {
    const answer = await edit(app, id, body)
    isProblem(t, answer, 'BLF_VALIDATION', JSON.stringify(body).slice(0, 80))
    t.equal(answer.body.errors[0].path, path, JSON.stringify(answer.body.errors))
  }
  t.notHas((await items(app))[0], { revision: 2 }, 'nothing has changed')
  t.equal((await edit(app, id, { data: { topic: hello.topic, a: 1 } })).status, 200, 'the same topic is fine')
  const without = (await call(app, root, 'POST', '/api/broadcast/role/user', { type: 'notification', payload: { title: 'T', message: 'm', type: 'info' } })).body.id
  isProblem(t, await edit(app, without, { data: { topic: 'x' } }), 'BLF_VALIDATION', 'no topic stays none')
})

test('a stale revision, the 51st, a recalled one, an expired one', async t => {
  const time = clock(t)
  const app = await populate(t)
  const id = await send(app)
  t.match(await edit(app, id, { title: 'Two', revision: 1 }), { body: { revision: 2 } })
  const stale = await edit(app, id, { title: 'Two of somebody else', revision: 1 })
  isProblem(t, stale, 'BLF_REVISION')
  t.match(stale.body.detail, /2/, 'and says which is the newest')
  for (let revision = 2; revision < 50; revision++) t.equal((await edit(app, id, { title: `${revision}`, revision })).status, 200)
  isProblem(t, await edit(app, id, { title: 'One more' }), 'BLF_REVISIONS_FULL')
  t.match((await items(app))[0], { title: '49', revision: 50 })
  await call(app, root, 'DELETE', `/api/broadcast/${id}`)
  isProblem(t, await edit(app, id, { title: 'New' }), 'BLF_NOTIFICATION_NOT_FOUND')
  isProblem(t, await edit(app, 'nothing', { title: 'New' }), 'BLF_NOTIFICATION_NOT_FOUND')

  const expiring = await send(app, { expires_at: new Date(Date.now() + 60_000).toISOString() })
  const expiresAt = new Date(Date.now() + 600_000).toISOString()
  t.equal((await edit(app, expiring, { expires_at: expiresAt })).status, 200)
  time.forward(120_000)
  t.match((await items(app, { ...bob }))[0], { id: expiring, expires_at: expiresAt })
  t.equal((await call(app, bob, 'GET', '/api/notifications/me/unread-count')).body.unread_count, 1)
  time.forward(500_000)
  t.same(await items(app), [])
  isProblem(t, await edit(app, expiring, { expires_at: null }), 'BLF_NOT_EDITABLE')
})

test('by those who may recall it', async t => {
  const app = await populate(t)
  const [ofA, ofAll] = [await send(app, { audience: { companies: ['company_a'] } }, alice), await send(app)]
  const key = await makeKey(app, 'backend', ['send:all'])
  const ofKey = (await as(app, key, 'POST', '/api/notifications/send', hello)).body.id as string
  const may = async (id: string) => {
    const editors: string[] = []
    for (const person of [root, alice, bob, carol, dave, erin]) {
      const answer = await edit(app, id, { title: person.sub, data: { topic: hello.topic } }, person)
      if (answer.status === 200) editors.push(person.sub)
      else isProblem(t, answer, 'BLF_FORBIDDEN', `${person.sub} and ${id}`)
    }
    return editors
  }
  t.same([await may(ofA), await may(ofAll), await may(ofKey)], [['root', 'alice'], ['root'], ['root']])
  isProblem(t, await edit(app, 'nothing', { title: 'T' }, bob), 'BLF_FORBIDDEN', 'the same, whether or not there is one')
  isProblem(t, await edit(app, ofAll, { title: 'T', data: { topic: 'x' } }, bob), 'BLF_FORBIDDEN', 'nor is its topic told')
  isProblem(t, await edit(app, ofA, { title: 'T' }, null), 'BLF_UNAUTHENTICATED')
  t.equal((await as(app, key, 'PATCH', `/api/broadcast/${ofKey}`, { title: 'Ours' })).status, 200)
  t.equal((await as(app, key, 'PATCH', `/api/broadcast/${ofAll}`, { title: 'Ours' })).status, 403)
})

test('a retry of the send of what was edited is still one', async (t: Test) => {
  const app = await build(t)
  await call(app, bob, 'GET', '/api/auth/me')
  const first = await call(app, root, 'POST', '/api/notifications/send', { ...hello, id: 'once' })
  await edit(app, 'once', { title: 'New' })
  t.same((await call(app, root, 'POST', '/api/notifications/send', { ...hello, id: 'once' })).body, first.body)
  t.match(await items(app), [{ id: 'once', title: 'New' }])
})
