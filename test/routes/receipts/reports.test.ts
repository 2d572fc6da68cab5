import t from 'tap'
import { call, hello, isProblem, people, serve, type Answer, type Person } from '../../helper.ts'

const { root, alice, bob, carol, dave, erin } = people
const { app, open } = await serve(t)
for (const person of Object.values(people)) await call(app, person, 'GET', '/api/auth/me')

const send = async (person: Person, id: string, body: object = {}) => (await call(app, person, 'POST', '/api/notifications/send', { ...hello, id, ...body })).body.cursor as string
const get = (person: Person, path: string): Promise<Answer> => call(app, person, 'GET', `/api/reports/${path}`)

t.test('a report in three depths', async t => {
  const socket = await open(bob, '?device=phone')
  const cursor = await send(alice, 'r1', { audience: { companies: ['company_a'] } })
  await socket.next('notification')
  t.match(await get(alice, 'r1'), { status: 200, body: { id: 'r1', recipients: 2, connected: 1, delivered: 0, seen: 0, read: 0, acknowledged: 0, late: 0, acted: 0, muted: 0, cursor, as_of: /Z$/ } })
  await socket.ask({ id: 'a', type: 'ack', payload: { cursor } })
  await call(app, alice, 'PUT', '/api/notifications/r1/read')
  t.match((await get(alice, 'r1')).body, { delivered: 2, read: 1 }, 'at once')
  t.match((await get(root, 'r1/users')).body, { items: [{ user_id: 'alice', delivered: true, read: true }, { user_id: 'bob', delivered: true, read: false, seen: false, acted: false, muted: false, acknowledged_at: null, late: false }], next_after: null })
  t.match((await get(root, 'r1/users?state=read&limit=1')).body.items, [{ user_id: 'alice' }])
  const first = (await get(root, 'r1/users?limit=1')).body
  t.equal(first.items.length, 1)
  t.same((await get(root, `r1/users?limit=1&after=${encodeURIComponent(first.next_after)}`)).body.items.map((item: { user_id: string }) => item.user_id), ['bob'])
  t.match((await get(alice, 'r1/users/bob')).body, { user_id: 'bob', matched: true, reasons: [], delivered: true, seen_at: null, read_at: null, channels: [] })
  t.match((await get(alice, 'r1/users/alice')).body, { read_at: /Z$/ })
  t.match((await get(alice, 'r1/users/carol')).body, { matched: false, reasons: ['not_in_audience'], delivered: false })
})

t.test('who was not there is not connected', async t => {
  await send(root, 'r2', { audience: { users: ['carol', 'nobody-yet'], not: { users: ['erin'] } } })
  t.same((await get(root, 'r2/users/carol')).body.reasons, ['not_connected'])
  t.same((await get(root, 'r2/users/nobody-yet')).body.reasons, ['not_connected'])
  t.same((await get(root, 'r2/users/erin')).body.reasons, ['excluded'])
  await send(root, 'r3', { audience: { users: ['carol', 'erin'] }, acknowledge: {}, actions: [{ id: 'open', label: 'Open' }] })
  await call(app, carol, 'PUT', '/api/notifications/r3/acknowledge')
  await call(app, erin, 'POST', '/api/notifications/r3/actions/open')
  for (const user of ['carol', 'erin']) t.match((await get(root, `r3/users/${user}`)).body, { delivered: true, reasons: [] }, `${user} answered it, and so has it`)
  t.match((await get(root, 'r3')).body, { delivered: 2, acknowledged: 1, acted: 1 })
  await open(carol)
  t.same((await get(root, 'r2/users/carol')).body, { ...(await get(root, 'r2/users/carol')).body, reasons: [], delivered: false })
  await call(app, root, 'DELETE', '/api/broadcast/r2')
  t.same((await get(root, 'r2/users/carol')).body.reasons, ['recalled'])
  t.match((await get(root, 'r2')).body, { recipients: 2, connected: 1 })
})

t.test('whose report it is not, and what is none', async t => {
  for (const person of [bob, carol, dave, erin]) {
    for (const path of ['r1', 'r1/users', 'r1/users/bob', 'unknown']) isProblem(t, await get(person, path), 'BLF_FORBIDDEN', `${person.sub}: ${path}`)
  }
  isProblem(t, await get(alice, 'r2'), 'BLF_FORBIDDEN')
  for (const path of ['unknown', 'unknown/users', 'unknown/users/bob']) isProblem(t, await get(root, path), 'BLF_NOTIFICATION_NOT_FOUND')
  isProblem(t, await get(root, 'r1/users?after=bob'), 'BLF_BAD_CURSOR')
  isProblem(t, await get(root, 'r1/users?state=asleep'), 'BLF_VALIDATION')
  isProblem(t, await get(root, 'r1/users?limit=201'), 'BLF_VALIDATION')
})
