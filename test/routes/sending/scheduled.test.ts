import { test } from 'tap'
import { build, call, clock, hello, isProblem, people, serve, type Answer, type App } from '../../helper.ts'
import { makeKey } from '../../security/accounts.ts'
import { DAY, MINUTE, pathsOf, setUp, toA } from './planning.ts'

const { root, alice, bob, carol, dave } = people

test('what is sent later is in no inbox until then, and then everywhere', async t => {
  const { app, time, at, send, plan, inbox } = await setUp(t)
  const sendAt = at(MINUTE)
  const planned = await send({ ...toA, send_at: sendAt, url: '/orders/1', urgency: 'high' })
  t.same([planned.status, planned.body], [202, { message: 'Notification scheduled', id: planned.body.id, send_at: sendAt }])
  const { id } = planned.body
  t.same(await inbox(bob), [])
  const { body: shown } = await plan('GET', id)
  t.same(shown, {
    id,
    state: 'planned',
    send_at: sendAt,
    title: hello.title,
    message: hello.message,
    type: 'info',
    data: { topic: 'greetings' },
    url: '/orders/1',
    urgency: 'high',
    audience: { companies: ['company_a'] },
    sender: 'user:root',
    created_at: shown.created_at,
    revision: 1
  })
  await app.publishDue()
  t.equal((await plan('GET', id)).body.state, 'planned')

  time.forward(MINUTE)
  await app.publishDue()
  const [item] = await inbox(bob)
  t.match(item, { id, title: hello.title, read: false, created_at: sendAt, url: '/orders/1', urgency: 'high', data: { topic: 'greetings' } })
  t.same(await inbox(carol), [])
  const { body: sent } = await plan('GET', id)
  t.match(sent, { state: 'sent', cursor: item.cursor, title: hello.title, ended_at: /Z$/ })
  await app.publishDue()
  t.equal((await inbox(bob)).length, 1, 'once')
  t.equal((await call(app, root, 'DELETE', `/api/broadcast/${id}`)).status, 200)
  t.match((await plan('GET', id)).body, { state: 'sent', title: null, message: null })
})

test('every way of sending takes send_at; a retry gets the same 202, also after it was sent', async t => {
  const { app, time, at, send, inbox } = await setUp(t)
  const sendAt = at(MINUTE)
  const envelope = { id: 'notif_1', type: 'notification', payload: { title: 'T', message: 'm', type: 'info', send_at: sendAt } }
  const ways: (() => Promise<Answer>)[] = [
    () => send({ ...toA, id: 'own-id', send_at: sendAt }),
    () => send({ ...toA, title: 'key', send_at: sendAt }, root, '', { 'idempotency-key': 'key' }),
    ...['company/company_a', 'company/company_a/role/user', 'role/user'].map(target => () => call(app, root, 'POST', `/api/broadcast/${target}`, envelope))
  ]
  const first: Answer[] = []
  for (const way of ways) first.push(await way())
  for (const { status, body } of first) t.same([status, body], [202, { message: 'Notification scheduled', id: body.id, send_at: sendAt }])
  t.same([first[0]!.body.id, first[2]!.body.id], ['own-id', 'notif_1'])
  t.equal(new Set(first.map(({ body }) => body.id)).size, ways.length, 'a label is no id: another target is another notification')
  const retry = async (about: string) => {
    for (const [index, way] of ways.entries()) t.same((await way()).body, first[index]!.body, about)
  }
  await retry('planned')
  time.forward(MINUTE)
  await app.publishDue()
  await retry('sent, and send_at is past')
  t.equal((await inbox(bob)).length, ways.length)
  await app.publishDue()
  time.forward(31 * DAY)
  await app.store.tidy(1_000)
  await retry('and when the plan is tidied away')
})

test('items of a batch are planned beside others that are sent', async t => {
  const { app, time, at, send, inbox } = await setUp(t)
  const sendAt = at(MINUTE)
  const items = [{ ...hello, id: 'now' }, { ...hello, id: 'later', send_at: sendAt }, { ...hello, send_at: at(-1) }]
  const batch = async () => await call(app, root, 'POST', '/api/notifications/batch', { items })
  const { status, body } = await batch()
  t.equal(status, 200)
  t.same(body.items[1], { id: 'later', send_at: sendAt })
  t.match(body.items, [{ id: 'now', cursor: /./ }, {}, { code: 'BLF_VALIDATION', errors: [{ path: '/items/2/send_at' }] }])
  time.forward(MINUTE)
  await app.publishDue()
  t.same((await batch()).body.items.slice(0, 2), body.items.slice(0, 2), 'a retry')
  t.same((await inbox(bob)).map(({ id }) => id), ['later', 'now'])
  isProblem(t, await send({ id: 'later' }), 'BLF_ID_CONFLICT')
})

test('an id is taken at once', async t => {
  const { at, send } = await setUp(t)
  await send({ id: 'mine', send_at: at(MINUTE) })
  isProblem(t, await send({ id: 'mine' }), 'BLF_ID_CONFLICT', 'sent now')
  isProblem(t, await send({ id: 'mine', send_at: at(2 * MINUTE) }), 'BLF_ID_CONFLICT', 'at another time')
  isProblem(t, await send({ id: 'mine', ...toA }, alice), 'BLF_ID_CONFLICT', 'by somebody else')
  await send({ id: 'sent' })
  isProblem(t, await send({ id: 'sent', send_at: at(MINUTE) }), 'BLF_ID_CONFLICT')
})

test('a time that cannot be is refused, and says why', async t => {
  const { app, at, send } = await setUp(t, { MAX_SCHEDULE_DAYS: '90' })
  for (const sendAt of ['2020-01-01T00:00:00Z', at(0), at(91 * DAY), at(90 * DAY + MINUTE), '2026-02-30T00:00:00Z', 'tomorrow', '', 0, 1_900_000_000_000, null, true, {}, [at(MINUTE)]]) {
    for (const query of ['', '?dry_run=true']) {
      const answer = await send({ send_at: sendAt }, root, query)
      isProblem(t, answer, 'BLF_VALIDATION', `${String(sendAt)} ${query}`)
      t.same(pathsOf(answer), ['/send_at'])
    }
  }
  for (const expiresAt of [MINUTE, MINUTE - 1]) t.same(pathsOf(await send({ send_at: at(MINUTE), expires_at: at(expiresAt - 10) })), ['/send_at'], 'not before it expires')
  const envelope = { type: 'notification', payload: { title: 'T', message: 'm', type: 'info', send_at: at(-1) } }
  t.same(pathsOf(await call(app, root, 'POST', '/api/broadcast/company/company_a', envelope)), ['/payload/send_at'])
  isProblem(t, await call(app, root, 'POST', '/api/broadcast/company/company_a', { ...envelope, send_at: at(MINUTE) }), 'BLF_VALIDATION', 'it stands in the payload')
  t.equal((await send({ send_at: at(90 * DAY - MINUTE), expires_at: at(90 * DAY) })).status, 202, 'the last day')
  t.equal((await call(app, root, 'GET', '/api/scheduled')).body.items.length, 1)
  isProblem(t, await send({ ...toA, send_at: at(MINUTE) }, bob), 'BLF_FORBIDDEN')
  isProblem(t, await send({ send_at: at(MINUTE) }, alice), 'BLF_FORBIDDEN')
})

test('a time without an offset is UTC, in hours that a change to summer time skips too', async t => {
  const time = clock(t)
  time.forward(Date.parse('2027-03-01T00:00:00Z') - Date.now())
  const app = await build(t)
  const zone = process.env['TZ']
  t.teardown(() => { if (zone === undefined) delete process.env['TZ']; else process.env['TZ'] = zone })
  process.env['TZ'] = 'Europe/Berlin'
  // 02:30 does not exist in Berlin on this day, and 02:30 in autumn is there twice.
  for (const [given, expected] of [
    ['2027-03-28T02:30:00', '2027-03-28T02:30:00.000Z'],
    ['2027-03-28T02:30:00+01:00', '2027-03-28T01:30:00.000Z'],
    ['2027-03-28T02:30:00+02:00', '2027-03-28T00:30:00.000Z'],
    ['20270328T0230', '2027-03-28T02:30:00.000Z'],
    ['2027-03-28', '2027-03-28T00:00:00.000Z']
  ] as const) t.match(await call(app, root, 'POST', '/api/notifications/send', { ...hello, send_at: given }), { status: 202, body: { send_at: expected } }, given)
})

test('a dry run counts recipients and plans nothing', async t => {
  const { app, at, send } = await setUp(t)
  t.match(await send({ ...toA, send_at: at(MINUTE) }, root, '?dry_run=true'), { status: 200, body: { recipients: { users: 2, unknown: 0 } } })
  t.same((await call(app, root, 'GET', '/api/scheduled')).body, { items: [], next_before: null })
})

test('a sender who is demoted or removed is refused when it is due, and what expired is not sent', async t => {
  const { app, time, at, send, plan, inbox } = await setUp(t)
  await send({ ...toA, id: 'demoted', send_at: at(MINUTE) }, alice)
  await send({ audience: { companies: ['company_b'] }, id: 'removed', send_at: at(MINUTE) }, dave)
  await send({ ...toA, id: 'short', send_at: at(MINUTE), expires_at: at(2 * MINUTE) })
  await send({ ...toA, id: 'long', send_at: at(MINUTE), expires_at: at(2 * DAY) })
  await app.store.changeUser('alice', { role: 'user' })
  await app.store.removeUser('dave')
  // As after a downtime.
  time.forward(DAY)
  await app.publishDue()
  t.same((await inbox(bob)).map(({ id }) => id), ['long'])
  t.same(await Promise.all(['demoted', 'removed', 'short', 'long'].map(async id => (await plan('GET', id)).body.state)), ['refused', 'refused', 'expired', 'sent'])
  t.match((await plan('GET', 'demoted')).body, { refusal: 'BLF_FORBIDDEN', title: hello.title })
  for (const id of ['demoted', 'short']) isProblem(t, await plan('PATCH', id, root, { send_at: at(MINUTE) }), 'BLF_ALREADY_SENT')
  const metrics = (await app.inject({ url: '/metrics', headers: { authorization: `Bearer ${await makeKey(app, 'm', ['metrics:read'])}` } })).body
  t.match(metrics, /belfry_schedule_unsent_total\{state="refused"\} 2\n/)
  t.match(metrics, /belfry_schedule_unsent_total\{state="expired"\} 1\n/)
  t.match(metrics, /belfry_schedule_lateness_seconds_bucket\{le="3600"\} 0\n/)
  t.match(metrics, /belfry_schedule_lateness_seconds_count 1\n/)
  t.match(metrics, /belfry_schedule_waiting 0\n/)
})

test('no more plans wait than MAX_SCHEDULED', async t => {
  const { at, send, plan } = await setUp(t, { MAX_SCHEDULED: '2' })
  for (const id of ['p1', 'p2']) t.equal((await send({ id, send_at: at(MINUTE) })).status, 202)
  isProblem(t, await send({ id: 'p3', send_at: at(MINUTE) }), 'BLF_SCHEDULE_FULL')
  t.equal((await send({ id: 'p3' })).status, 200, 'what is sent at once needs no room')
  await plan('DELETE', 'p1')
  t.equal((await send({ id: 'p4', send_at: at(MINUTE) })).status, 202)
})

test('plans are paged, the newest first', async t => {
  const { app, at, send, plan } = await setUp(t)
  for (let number = 1; number <= 5; number++) await send({ id: `p${number}`, send_at: at(number % 2 === 0 ? MINUTE : DAY) })
  await plan('DELETE', 'p4')
  const pages: string[][] = []
  let before: string | null = ''
  while (before !== null) {
    t.match(before, /^$|^[a-z0-9]{8}\.plan\./)
    const { body }: Answer = await call(app, root, 'GET', `/api/scheduled?limit=2${before && `&before=${before}`}`)
    pages.push(body.items.map(({ id }: { id: string }) => id))
    before = body.next_before
  }
  t.same(pages, [['p5', 'p4'], ['p3', 'p2'], ['p1']])
  const ids = async (query: string) => (await call(app, root, 'GET', `/api/scheduled?${query}`)).body.items.map(({ id }: { id: string }) => id)
  t.same([await ids('state=cancelled'), await ids('state=planned&limit=3'), await ids('state=sent')], [['p4'], ['p5', 'p3', 'p2'], []])
  for (const query of ['limit=0', 'limit=201', 'before=', 'state=unknown', 'topic=x']) isProblem(t, await call(app, root, 'GET', `/api/scheduled?${query}`), 'BLF_VALIDATION', query)
  const cursors = ['2', 'x', '..', `${app.store.epoch}.2`, 'epoch000.plan.2', `${app.store.epoch}.plan.`, `${app.store.epoch}.plan.02`, `${app.store.epoch}.plan.zzzzzzzzzzzz`]
  for (const cursor of cursors) isProblem(t, await call(app, root, 'GET', `/api/scheduled?before=${cursor}`), 'BLF_BAD_CURSOR', cursor)
})

test('sockets plan too, and get what is published when it is due', async t => {
  const { app, open } = await serve(t)
  for (const person of [root, bob]) await call(app, person, 'GET', '/api/auth/me')
  const [sender, reader] = [await open(root), await open(bob)]
  const sendAt = new Date(Date.now() + 1_500).toISOString()
  const ok = await sender.ask({ id: '1', type: 'send', payload: { ...hello, id: 'soon', send_at: sendAt } })
  t.same(ok, { type: 'ok', reply_to: '1', payload: { id: 'soon', send_at: sendAt } })
  const frame = await reader.next('notification')
  t.match(frame, { id: 'soon', payload: { title: hello.title, created_at: sendAt } })
  t.ok(Date.now() >= Date.parse(sendAt), 'not before')
  t.match(await sender.ask({ id: '2', type: 'send', payload: { ...hello, send_at: '2020-01-01' } }), { type: 'error', payload: { code: 'BLF_VALIDATION', errors: [{ path: '/payload/send_at' }] } })
})

test('nothing is published once the server shuts down', async t => {
  const time = clock(t)
  const app: App = await build(t, {}, { schedulePollMs: 3_600_000 })
  await call(app, root, 'POST', '/api/notifications/send', { ...hello, send_at: new Date(Date.now() + MINUTE).toISOString() })
  let published = 0
  app.store.onCommit(events => { published += events.filter(({ kind }) => kind === 'notification').length })
  time.forward(MINUTE)
  await app.close()
  await app.publishDue()
  t.equal(published, 0)
})
