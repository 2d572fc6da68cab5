import t from 'tap'
import { HandWheel } from '../../hand-wheel.ts'
import { build, call, clock, hello, isProblem, listen, people, subscribe, type Person } from '../../helper.ts'

const { root, alice, bob, carol } = people
const HOUR = 3_600_000
const time = clock(t)
// Tokens of open sockets last, whatever the clock says.
const app = await build(t, {}, { wheel: new HandWheel() })
const base = await listen(app)
for (const person of Object.values(people)) await call(app, person, 'GET', '/api/auth/me')

const later = (ms: number) => new Date(Date.now() + ms).toISOString()
const send = (person: Person, body: object) => call(app, person, 'POST', '/api/notifications/send', { ...hello, audience: { companies: ['company_a'] }, ...body })
const put = (person: Person, id: string, what = 'acknowledge') => call(app, person, 'PUT', `/api/notifications/${id}/${what}`)

t.test('what cannot be asked for', async t => {
  const wrong: [acknowledge: object, more?: object][] = [
    [{ by: 'tomorrow' }], [{ by: later(-1) }], [{ by: later(31 * 24 * HOUR) }], [{ by: later(2 * HOUR) }, { expires_at: later(HOUR) }],
    [{ by: later(HOUR) }, { send_at: later(2 * HOUR) }], [{ remind_every: 3_599 }], [{ remind_every: 3_600, reminders: 7 }], [{ reminders: 1 }],
    [{ escalate_to: { all: true } }], [{ by: later(HOUR), escalate_to: { nobody: true } }], [{ unknown: 1 }],
    [{ by: later(HOUR), escalate_to: { users: ['alice'] } }, { id: 'x'.repeat(118) }]
  ]
  for (const [acknowledge, more] of wrong) isProblem(t, await send(root, { acknowledge, ...more }), 'BLF_VALIDATION', JSON.stringify(acknowledge))
  isProblem(t, await send(alice, { acknowledge: { by: later(HOUR), escalate_to: { companies: ['company_b'] } } }), 'BLF_FORBIDDEN', 'an escalation to whom the sender may not address')
  isProblem(t, await send(alice, { acknowledge: { by: later(HOUR), escalate_to: { users: ['carol'] } } }), 'BLF_FORBIDDEN')
  isProblem(t, await send(root, { acknowledge: { by: later(HOUR), escalate_to: { groups: ['none'] } } }), 'BLF_GROUP_NOT_FOUND')
})

t.test('it is acknowledged before it is put away, over REST and by a socket', async t => {
  const socket = await subscribe(t, base, bob)
  const by = later(HOUR)
  const body = { id: 'must', acknowledge: { by, remind_every: 3_600, reminders: 2, escalate_to: { users: ['alice'] } } }
  t.equal((await send(alice, body)).status, 200)
  t.equal((await send(alice, body)).status, 200, 'a retry')
  isProblem(t, await send(alice, { ...body, acknowledge: { by } }), 'BLF_ID_CONFLICT')
  t.same((await socket.next('notification')).payload.acknowledge, { by }, 'readers see until when, and no more')
  t.equal((await send(alice, { id: 'free' })).status, 200)
  for (const [method, path] of [['PUT', 'must/archive'], ['DELETE', 'must']] as const) isProblem(t, await call(app, bob, method, `/api/notifications/${path}`), 'BLF_ACKNOWLEDGE_REQUIRED')
  const refused = [{ id: 'must', code: 'BLF_ACKNOWLEDGE_REQUIRED' }]
  t.match(await call(app, bob, 'POST', '/api/notifications/mark', { as: 'archived', ids: ['must'] }), { status: 200, body: { ids: [], missing: [], refused } })
  t.match((await socket.ask({ id: 'd', type: 'delete', payload: { ids: ['must', 'free'] } })).payload, { ids: ['free'], missing: [], refused })
  t.equal((await put(bob, 'must', 'read')).status, 200)
  isProblem(t, await put(carol, 'must'), 'BLF_NOTIFICATION_NOT_FOUND', 'somebody outside')
  isProblem(t, await put(alice, 'free'), 'BLF_NOT_ACKNOWLEDGEABLE')
  const { body: done } = await put(bob, 'must')
  t.match(done, { message: 'Notification acknowledged', id: 'must', acknowledged_at: /Z$/, late: false, unread_count: 0 })
  t.match((await socket.next('notification.acknowledged')).payload, { ids: ['must'], at: done.acknowledged_at, late: [] })
  t.match((await put(bob, 'must')).body, { acknowledged_at: done.acknowledged_at }, 'for good')
  t.equal((await call(app, bob, 'GET', '/api/notifications/me/must')).body.acknowledged_at, done.acknowledged_at)
  t.equal((await call(app, bob, 'GET', '/api/notifications/me')).body.items[0].acknowledged_at, done.acknowledged_at)
  t.equal((await put(bob, 'must', 'archive')).status, 200)
  t.match((await call(app, alice, 'GET', '/api/reports/must')).body, { recipients: 2, acknowledged: 1, late: 0 })
  t.same((await call(app, alice, 'GET', '/api/reports/must/users?state=outstanding')).body.items.map((item: { user_id: string }) => item.user_id), ['alice'])
})

t.test('reminded by its sender, now and not again within the hour', async t => {
  const socket = await subscribe(t, base, bob)
  const by = later(5 * HOUR)
  await send(alice, { id: 'now', acknowledge: { by, remind_every: 3 * 3_600, reminders: 1, escalate_to: { users: ['alice'] } } })
  await socket.next('notification')
  t.match((await call(app, alice, 'GET', '/api/reports/now')).body.acknowledge, { by, outstanding: 2, reminded: 0, reminded_at: null, remind_from: null, escalate_to: { users: ['alice'] }, escalation: 'planned' })
  for (const person of [bob, carol]) isProblem(t, await call(app, person, 'POST', '/api/reports/now/remind'), 'BLF_FORBIDDEN')
  isProblem(t, await call(app, alice, 'POST', '/api/reports/free/remind'), 'BLF_NOT_ACKNOWLEDGEABLE')
  isProblem(t, await call(app, root, 'POST', '/api/reports/unknown/remind'), 'BLF_NOTIFICATION_NOT_FOUND')
  const { body: first } = await call(app, alice, 'POST', '/api/reports/now/remind')
  t.match(first, { message: 'Reminder begun', id: 'now', remind_from: new Date(Date.parse(first.reminded_at) + HOUR).toISOString() })
  t.same((await call(app, root, 'POST', '/api/reports/now/remind')).body, { ...first, message: 'Reminded within the hour' })
  await app.remindDue()
  t.match((await socket.next('notification.reminder')).payload, { id: 'now', number: 1, by })
  t.match((await call(app, alice, 'GET', '/api/reports/now')).body.acknowledge, { reminded: 1, reminded_at: first.reminded_at, remind_from: first.remind_from, next_reminder_at: /Z$/ })
  t.notOk('acknowledge' in (await call(app, alice, 'GET', '/api/reports/free')).body)
  await call(app, root, 'DELETE', '/api/broadcast/now')
})

t.test('reminded, escalated, and late', async t => {
  const [first, second] = [await subscribe(t, base, alice), await subscribe(t, base, bob)]
  await send(alice, { id: 'due', acknowledge: { by: later(2 * HOUR), remind_every: 3_600, escalate_to: { users: ['alice'] } } })
  const seen = await second.next('notification')
  t.equal((await second.ask({ id: 'a', type: 'acknowledge', payload: { ids: ['due', 'free'] } })).payload.acknowledged[0].id, 'due')
  time.forward(HOUR + 1)
  await app.remindDue()
  t.equal((await first.next('notification')).id, 'due')
  t.equal((await first.next('notification')).id, 'must.escalation')
  t.match((await first.next('notification.reminder')).payload, { id: 'due', number: 1, by: seen.payload.acknowledge.by })
  time.forward(HOUR)
  await app.remindDue()
  t.match(await first.next('notification'), { id: 'due.escalation', payload: { type: 'warning', title: 'Not acknowledged: Hello', message: /^1 of 2 had not/, data: { key: 'escalation', args: { outstanding: 1, recipients: 2 } } } })
  t.match((await put(alice, 'due')).body, { late: true })
  t.notOk((await second.settled()).some(({ type }) => type === 'notification.reminder'))
  t.match((await call(app, root, 'GET', '/api/reports/due')).body, { acknowledged: 2, late: 1 })
  await call(app, root, 'DELETE', '/api/broadcast/due')
  isProblem(t, await put(bob, 'due'), 'BLF_NOTIFICATION_NOT_FOUND', 'after a recall')
})
