import { test } from 'tap'
import { quietUntil } from '../../../src/preferences/quiet.ts'
import { weekdays } from '../../../src/protocol/preferences.ts'
import { openStream } from '../../stream/event-stream.ts'
import { call, hello, isProblem, people, populate, serve, type App, type Person, type Subscriber } from '../../helper.ts'

const { root, alice, bob, carol } = people
const ME = '/api/preferences/me'
const QUIET = { timezone: 'Europe/Berlin', days: ['mon', 'fri'], from: '22:00', to: '07:00' }
const send = async (app: App, topic: string, rest: object = {}) => (await call(app, root, 'POST', '/api/notifications/send', { ...hello, topic, ...rest })).body.id as string
const change = (app: App, person: Person, body: object) => call(app, person, 'PATCH', ME, body)
const mute = (app: App, person: Person, topic: string, inbox: string | null = 'off') => change(app, person, { topics: { [topic]: { inbox } } })
/** The notifications that a socket has got, and the topics of changes of preferences. */
const heard = async (socket: Subscriber) => (await socket.settled()).flatMap(({ type, id, payload }) => type === 'preferences.changed' ? [payload.topics.join()] : type === 'notification' ? [id] : [])

test('topics are set, read, listed and removed, by the operator and by companies', async t => {
  const app = await populate(t)
  const settings = { description: 'Orders', default: 'off', channels: { mail: 'digest' } }
  const made = { name: 'orders', company: null, ...settings, locked: false }
  t.match(await call(app, root, 'PUT', '/api/topics/orders', settings), { status: 201, body: made })
  t.same((await call(app, alice, 'GET', '/api/topics/orders')).body, made, 'company admins see what holds for theirs')
  t.match(await call(app, root, 'PUT', '/api/topics/orders', {}), { status: 200, body: { default: 'on', locked: false, channels: {} } }, 'what is absent is set to its default')
  t.match(await call(app, alice, 'PUT', '/api/topics/orders/company/company_a', { locked: true }), { status: 201, body: { company: 'company_a', locked: true } })
  t.match((await call(app, root, 'GET', '/api/topics')).body, { items: [{ name: 'orders', company: null }] })
  t.match((await call(app, alice, 'GET', '/api/topics?company=company_a')).body, { items: [{ name: 'orders', company: 'company_a' }] })
  isProblem(t, await call(app, alice, 'GET', '/api/topics?company=company_b'), 'BLF_FORBIDDEN')
  t.equal((await call(app, root, 'DELETE', '/api/topics/orders')).status, 204)
  for (const method of ['GET', 'DELETE'] as const) isProblem(t, await call(app, root, method, '/api/topics/orders'), 'BLF_TOPIC_NOT_FOUND', method)
  for (const [path, body] of [['a b', {}], ['x'.repeat(65), {}], ['x', { default: 'maybe' }], ['x', { name: 'x' }], ['x', { channels: { inbox: 'on' } }], ['x', { locked: 'yes' }], ['x', { channels: { push: 'digest' } }]] as const) {
    isProblem(t, await call(app, root, 'PUT', `/api/topics/${encodeURIComponent(path)}`, body), 'BLF_VALIDATION', JSON.stringify(body))
  }
})

test('how many a lock would overrule is counted, for who may lock', async t => {
  const app = await populate(t)
  await mute(app, bob, 'safety')
  await mute(app, carol, 'safety')
  t.same((await call(app, root, 'GET', '/api/topics/safety/choices')).body, { off: 2 })
  t.same((await call(app, alice, 'GET', '/api/topics/safety/company/company_a/choices')).body, { off: 1 })
  for (const path of ['', '/company/company_b']) isProblem(t, await call(app, alice, 'GET', `/api/topics/safety${path}/choices`), 'BLF_FORBIDDEN')
  const { body: { id } } = await call(app, root, 'POST', '/api/notifications/send', { ...hello, topic: 'safety' })
  t.match((await call(app, root, 'GET', `/api/reports/${id}/users/bob`)).body, { reasons: ['muted'], muted_by: { source: 'user', locked: false } })
})

test('preferences merge and are replaced, and say what holds and who decides', async t => {
  const app = await populate(t)
  await call(app, root, 'PUT', '/api/topics/safety', { locked: true })
  await call(app, root, 'PUT', '/api/topics/news', { description: 'What is new', default: 'off', channels: { push: 'off' } })
  await call(app, alice, 'PUT', '/api/topics/news/company/company_a', { channels: { mail: 'digest' } })
  const nothing = await call(app, bob, 'GET', ME)
  t.match(nothing, { status: 200, body: { topics: {}, channels: {}, quiet_hours: null, digest_at: null } })
  t.same(nothing.body.effective.topics, {
    news: { description: 'What is new', inbox: { value: 'on', source: 'company', locked: false }, push: { value: 'off', source: 'operator', locked: false }, mail: { value: 'digest', source: 'company', locked: false } },
    safety: Object.fromEntries(['inbox', 'push', 'mail'].map(channel => [channel, { value: 'on', source: 'operator', locked: true }]))
  })
  await change(app, bob, { topics: { news: { inbox: 'off', push: 'on' }, other: { mail: 'off' } }, channels: { mail: 'off' }, quiet_hours: QUIET, digest_at: '08:00' })
  const merged = await change(app, bob, { topics: { news: { push: null }, other: null }, quiet_hours: { to: '06:30' } })
  t.match(merged, { status: 200, body: { topics: { news: { inbox: 'off' } }, channels: { mail: 'off' }, quiet_hours: { ...QUIET, to: '06:30' }, digest_at: '08:00' } })
  t.same(merged.body.topics, { news: { inbox: 'off' } })
  t.same(merged.body.effective.topics.news, {
    description: 'What is new',
    inbox: { value: 'off', source: 'user', locked: false },
    push: { value: 'off', source: 'operator', locked: false },
    mail: { value: 'off', source: 'user', locked: false }
  })
  await call(app, alice, 'PUT', '/api/topics/safety/company/company_a', { description: 'For us' })
  const now = (await call(app, bob, 'GET', ME)).body
  t.equal(now.effective.topics.safety.description, 'For us')
  const { effective, cursor, ...own } = now
  t.same((await call(app, bob, 'PUT', ME, own)).body.cursor, cursor, 'the same again is no change')
  t.same((await call(app, alice, 'GET', '/api/preferences/bob')).body, now)
  t.match((await call(app, bob, 'PUT', ME, { digest_at: '09:00' })).body, { topics: {}, channels: {}, quiet_hours: null, digest_at: '09:00' })
  isProblem(t, await mute(app, bob, 'safety'), 'BLF_PREFERENCE_LOCKED')
  t.equal((await mute(app, bob, 'safety', 'on')).status, 200)
})

test('a lock under a user\'s choice holds, and the choice survives it', async t => {
  const app = await populate(t)
  await mute(app, bob, 'news')
  await call(app, root, 'PUT', '/api/topics/news', { locked: true })
  const id = await send(app, 'news')
  t.match((await call(app, bob, 'GET', '/api/notifications/me')).body, { items: [{ id }], unread_count: 1 })
  t.match((await call(app, bob, 'GET', ME)).body, { topics: { news: { inbox: 'off' } }, effective: { topics: { news: { inbox: { value: 'on', source: 'operator', locked: true } } } } })
  await call(app, root, 'DELETE', '/api/topics/news')
  await send(app, 'news')
  t.match((await call(app, bob, 'GET', '/api/notifications/me')).body, { items: [{ id }], unread_count: 1 })
})

test('what cannot be is refused, and says what it must be', async t => {
  const app = await populate(t)
  const wrong: [body: object, path: string, message: RegExp][] = [
    [{ quiet_hours: { ...QUIET, timezone: 'Europe/Atlantis' } }, '/quiet_hours/timezone', /IANA time zone/],
    [{ quiet_hours: { ...QUIET, timezone: '+01:00' } }, '/quiet_hours/timezone', /IANA time zone/],
    [{ quiet_hours: { ...QUIET, from: '24:00' } }, '/quiet_hours/from', /HH:MM/],
    [{ quiet_hours: { ...QUIET, to: '22:00' } }, '/quiet_hours/to', /differ from "from"/],
    [{ quiet_hours: { ...QUIET, days: ['monday'] } }, '/quiet_hours/days/0', /mon, tue/],
    [{ quiet_hours: { ...QUIET, days: [] } }, '/quiet_hours/days', /not be empty/],
    [{ digest_at: '8:00' }, '/digest_at', /HH:MM/],
    [{ topics: { news: { inbox: 'off' }, 'a b': { inbox: 'off' } } }, '/topics/a b', /64 letters/],
    [{ topics: { news: { inbox: 'digest' } } }, '/topics/news/inbox', /on, off/],
    [{ topics: { news: { sms: 'on' } } }, '/topics/news/sms', /not a known field/],
    [{ effective: {} }, '/effective', /not a known field/],
    [{ topics: Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`t-${index}`, { inbox: 'off' }])) }, '/topics', /at most 200/]
  ]
  for (const [body, path, message] of wrong) {
    for (const method of ['PATCH', 'PUT'] as const) {
      const answer = await call(app, bob, method, ME, body)
      isProblem(t, answer, 'BLF_VALIDATION', `${method} ${JSON.stringify(body).slice(0, 80)}`)
      t.match(answer.body.errors, [{ path, message }])
    }
  }
  t.same((await change(app, bob, { channels: { mail: 'weekly' } })).body.errors, [{ path: '/channels/mail', message: 'must be one of on, off, digest, null' }])
  isProblem(t, await change(app, bob, {}), 'BLF_VALIDATION', 'nothing')
  isProblem(t, await change(app, bob, { quiet_hours: { from: '22:00' } }), 'BLF_VALIDATION', 'quiet hours that are not whole')
  isProblem(t, await call(app, bob, 'PUT', ME, { topics: { news: { inbox: null } } }), 'BLF_VALIDATION', 'PUT has no null')
  t.same((await call(app, bob, 'GET', ME)).body.topics, {})
})

test('list, count, live, resume and other devices agree', async t => {
  const { app, base, open } = await serve(t)
  const [phone, desk, other] = [await open(bob), await open(bob), await open(carol)]
  const since = phone.frames[0]!.cursor!
  const stream = await openStream(t, base, bob)
  const one = await send(app, 'news')
  await mute(app, bob, 'news')
  const muted = await send(app, 'news')
  await call(app, root, 'PATCH', `/api/broadcast/${muted}`, { title: 'Edited' })
  await call(app, alice, 'PUT', '/api/topics/orders/company/company_a', { default: 'off' })
  const orders = await send(app, 'orders')
  await mute(app, bob, 'orders', 'on')
  const chosen = await send(app, 'orders')
  await mute(app, bob, 'news', null)
  const two = await send(app, 'news')
  const expected = [one, 'news', 'orders', 'orders', chosen, 'news', two]
  t.same([await heard(phone), await heard(desk), await heard(other)], [expected, expected, [one, muted, orders, chosen, two]])
  t.same(await heard(await open(bob, `?since=${since}`)), expected, 'from memory')
  const { recent } = app.hub
  app.hub.recent = (connection, after, upTo) => after === upTo ? recent.call(app.hub, connection, after, upTo) : undefined
  t.same(await heard(await open(bob, `?since=${since}`)), expected, 'from the store')
  t.match((await call(app, bob, 'GET', '/api/notifications/me')).body, { items: [two, chosen, one].map(id => ({ id })), unread_count: 3, unseen_count: 3 })
  isProblem(t, await call(app, bob, 'GET', `/api/notifications/me/${muted}`), 'BLF_NOTIFICATION_NOT_FOUND')
  await stream.until(() => stream.text.includes(two), 'the last notification')
  t.same([muted, orders].filter(id => stream.text.includes(id)), [], 'nor over a stream')
})

test('the welcome and changes say until when it is quiet', async t => {
  const { app, open } = await serve(t)
  const socket = await open(bob)
  t.notOk('quiet_until' in socket.frames[0]!.payload)
  const now = new Date()
  // From an hour ago for two hours, whatever the time is.
  const hour = (ahead: number) => `${String((now.getUTCHours() + 24 + ahead) % 24).padStart(2, '0')}:30`
  const quiet = { timezone: 'UTC', days: [...weekdays], from: hour(-2), to: hour(2) }
  await change(app, bob, { quiet_hours: quiet })
  const { payload } = await socket.next('preferences.changed')
  const until = new Date(quietUntil(quiet, now.getTime())!).toISOString()
  t.same(payload, { topics: [], quiet_until: until })
  t.equal((await open(bob)).frames[0]!.payload.quiet_until, until)

  const since = socket.frames[0]!.cursor
  await call(app, root, 'PUT', '/api/topics/quiet_until', {})
  const replayed = async () => {
    const again = await open(bob, `?since=${since}`)
    await again.next('caught_up')
    return again.frames.flatMap(({ type, payload }) => ['welcome', 'preferences.changed'].includes(type) ? ['quiet_until' in payload ? payload.quiet_until : 'absent'] : [])
  }
  await change(app, bob, { quiet_hours: null })
  const { recent } = app.hub
  for (const from of ['from memory', 'from the store']) {
    t.same(await replayed(), ['absent', null, 'absent', null], `${from}, a replay does not contradict the welcome`)
    app.hub.recent = (connection, after, upTo, show) => after === upTo ? recent.call(app.hub, connection, after, upTo, show) : undefined
  }
  await change(app, bob, { quiet_hours: quiet })
  t.same(await replayed(), [until, until, 'absent', until, until])
})
