import { test } from 'tap'
import { call, hello, isProblem, people, type Answer, type Person } from '../../helper.ts'
import { as, makeKey } from '../../security/accounts.ts'
import { DAY, MINUTE, pathsOf, setUp, toA } from './planning.ts'

const { root, alice, bob, dave } = people

test('a plan is changed until it is sent; its topic and audience stay', async t => {
  const { app, time, at, send, plan, inbox } = await setUp(t)
  const { body: { id } } = await send({ ...toA, send_at: at(10 * MINUTE), data: { old: 1 }, expires_at: at(DAY) })
  const sendAt = at(MINUTE)
  const changed = await plan('PATCH', id, alice, {
    send_at: sendAt,
    title: 'New',
    message: 'text',
    type: 'error',
    data: { more: 2 },
    url: 'https://shop.example/',
    icon: 'https://shop.example/i.png',
    actions: [{ id: 'go', label: 'Go' }],
    urgency: 'low',
    expires_at: at(2 * DAY),
    revision: 1
  })
  t.match(changed, { status: 200, body: { id, state: 'planned', send_at: sendAt, title: 'New', type: 'error', revision: 2, urgency: 'low', audience: toA.audience, sender: 'user:root' } })
  t.same(changed.body.data, { more: 2, topic: 'greetings' })
  isProblem(t, await plan('PATCH', id, root, { title: 'Newer', revision: 1 }), 'BLF_REVISION')
  t.equal((await plan('PATCH', id, root, { message: 'more text' })).body.revision, 3)

  const bad: [object, string][] = [
    [{ send_at: at(-1) }, '/send_at'], [{ send_at: at(91 * DAY) }, '/send_at'], [{ send_at: at(3 * DAY) }, '/send_at'], [{ send_at: 5 }, '/send_at'],
    [{ expires_at: at(30_000) }, '/expires_at'], [{ expires_at: at(-1) }, '/expires_at'], [{ data: { topic: 'other' } }, '/data/topic'],
    [{ url: 'javascript:alert(1)' }, '/url'], [{ actions: [{ id: 'a', label: 'A' }, { id: 'a', label: 'B' }] }, '/actions/1/id'],
    [{ data: { text: 'a'.repeat(8_192) } }, '/data'], [{ title: '' }, '/title'], [{ audience: { all: true } }, '/audience'], [{ state: 'sent' }, '/state'], [{ title: 'T', revision: 0 }, '/revision'], [{ revision: 1 }, '/'],
    [{ topic: 'other' }, '/topic'], [{ id: 'other' }, '/id']
  ]
  for (const [change, path] of bad) {
    const answer = await plan('PATCH', id, root, change)
    isProblem(t, answer, 'BLF_VALIDATION', JSON.stringify(change).slice(0, 60))
    t.same(pathsOf(answer), [path])
  }
  isProblem(t, await plan('PATCH', id, root, {}), 'BLF_VALIDATION', 'nothing')

  time.forward(MINUTE)
  await app.publishDue()
  t.match(await inbox(bob), [{ id, title: 'New', message: 'more text', type: 'error', data: { more: 2, topic: 'greetings' }, created_at: sendAt, url: 'https://shop.example/' }])
  isProblem(t, await plan('PATCH', id, root, { title: 'Late' }), 'BLF_ALREADY_SENT')
  isProblem(t, await plan('DELETE', id), 'BLF_ALREADY_SENT')
  isProblem(t, await plan('PATCH', 'unknown', root, { title: 'Late' }), 'BLF_NOTIFICATION_NOT_FOUND')
})

test('changes at once are all made, one after the other', async t => {
  const { at, send, plan } = await setUp(t)
  const { body: { id } } = await send({ send_at: at(MINUTE) })
  const answers = await Promise.all([{ title: 'a title' }, { message: 'a message' }, { urgency: 'high' }].map(change => plan('PATCH', id, root, change)))
  t.same(answers.map(({ status }) => status), [200, 200, 200])
  t.match((await plan('GET', id)).body, { title: 'a title', message: 'a message', urgency: 'high', revision: 4 })
})

test('a plan that is cancelled is not sent, and its text is gone', async t => {
  const { app, time, at, send, plan, inbox } = await setUp(t)
  const body = { ...toA, id: 'p', send_at: at(MINUTE) }
  await send(body, alice)
  t.match(await plan('DELETE', 'p', alice), { status: 200, body: { message: 'Notification cancelled', id: 'p' } })
  t.match((await plan('GET', 'p', alice)).body, { state: 'cancelled', title: null, message: null })
  t.match(await plan('DELETE', 'p', alice), { status: 200, body: { message: 'Notification cancelled', id: 'p' } }, 'repeating it changes nothing')
  t.equal((await send(body, alice)).status, 202, 'a retry still gets its answer')
  time.forward(MINUTE)
  await app.publishDue()
  t.same(await inbox(bob), [])
})

test('who may recall may see and change; others learn nothing', async t => {
  const { app, at, send, plan } = await setUp(t)
  const key = await makeKey(app, 'k', ['send:company:company_a'])
  const byKey = async (method: 'GET' | 'POST' | 'DELETE', url: string, body?: object) => await as(app, key, method, url, body)
  await send({ ...toA, id: 'a', send_at: at(MINUTE) }, alice)
  await send({ id: 'all', send_at: at(MINUTE) })
  await byKey('POST', '/api/notifications/send', { ...hello, ...toA, id: 'key', send_at: at(MINUTE) })
  const seen = async (person: Person) => (await call(app, person, 'GET', '/api/scheduled')).body.items.map(({ id }: { id: string }) => id)
  t.same(await Promise.all([root, alice, dave, bob].map(seen)), [['key', 'all', 'a'], ['key', 'a'], [], []])
  t.same((await byKey('GET', '/api/scheduled')).body.items.map(({ id }: { id: string }) => id), ['key'])
  for (const [person, statuses] of [[root, [200, 200, 404]], [alice, [200, 403, 403]], [dave, [403, 403, 403]], [bob, [403, 403, 403]]] as const) {
    for (const [method, body] of [['GET', undefined], ['PATCH', { message: 'm' }]] as const) {
      t.same(await Promise.all(['a', 'all', 'none'].map(async id => (await plan(method, id, person, body)).status)), statuses, `${person.sub}: ${method}`)
    }
  }
  for (const [person, id] of [[dave, 'a'], [bob, 'a'], [alice, 'all'], [bob, 'none']] as const) isProblem(t, await plan('DELETE', id, person), 'BLF_FORBIDDEN')
  t.equal((await byKey('DELETE', '/api/scheduled/a') as Answer).status, 403)
  t.equal((await byKey('DELETE', '/api/scheduled/key') as Answer).status, 200)
  isProblem(t, await plan('DELETE', 'none'), 'BLF_NOTIFICATION_NOT_FOUND')
})
