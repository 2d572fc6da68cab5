import { test } from 'tap'
import { call, people } from '../../helper.ts'
import { until } from '../../within.ts'
import { pushing } from './pushing.ts'

const { root, bob } = people

test('what was never given to a push service is not told as sent', async t => {
  const { app, service, subscribe, send, forward, passed } = await pushing(t)
  const put = { archived: 'archive', deleted: 'delete', read: 'read' } as const
  const names = ['seen', 'acted', 'left', 'expired', 'recalled', 'refused', 'later', 'taken', ...Object.keys(put)]
  const persons = new Map(names.map(name => [name, { ...bob, sub: name, company: 'company_a' }]))
  for (const [name, person] of persons) {
    await call(app, person, 'GET', '/api/auth/me')
    await subscribe(person, name)
  }
  service.answer = ({ name }) => ['refused', 'later'].includes(name) ? 503 : 201
  const expiringIn = (ms: number) => ({ expires_at: new Date(Date.now() + ms).toISOString() })
  for (const name of names) {
    await send({
      id: `to-${name}`,
      audience: name === 'left' ? { companies: ['company_a'], not: { users: names.filter(other => other !== name) } } : { users: [name] },
      actions: [{ id: 'go', label: 'Go' }],
      ...(name === 'expired' ? expiringIn(29_000) : ['refused', 'later'].includes(name) ? expiringIn(3_600_000) : {})
    })
  }
  const as = async (name: string, method: 'POST' | 'PUT' | 'DELETE' | 'PATCH', url: string, body?: object) => {
    const { status } = await call(app, persons.get(name) ?? root, method, url, body)
    t.ok(status < 300, `${method} ${url}: ${status}`)
  }
  for (const [name, verb] of Object.entries(put)) await as(name, verb === 'delete' ? 'DELETE' : 'PUT', `/api/notifications/to-${name}${verb === 'delete' ? '' : `/${verb}`}`)
  await as('seen', 'POST', '/api/notifications/seen', { cursor: (await call(app, persons.get('seen')!, 'GET', '/api/notifications/me')).body.cursor })
  await as('acted', 'POST', '/api/notifications/to-acted/actions/go')
  await as('root', 'PATCH', '/api/users/left', { company: 'company_b' })
  await as('root', 'DELETE', '/api/broadcast/to-recalled')
  const states = async () => Object.fromEntries(await Promise.all(names.map(async name => [name, (await call(app, root, 'GET', `/api/reports/to-${name}/users/${name}`)).body.channels?.[0]])))
  forward(31_000)
  await service.received(3)
  await passed()
  await until('the reader to be done', async () => (await app.store.pendingPushes()).pending === 2)
  t.equal(service.pushed.length, 3)
  // One of those that were refused is read before the next try, the other is not: both have expired by then.
  await as('later', 'PUT', '/api/notifications/to-later/read')
  forward(3_600_000)
  await until('nothing to wait', async () => (await app.store.pendingPushes()).pending === 0)
  const told = await states()
  t.match(told['taken'], { channel: 'push', state: 'sent', at: /Z$/ })
  t.match(told['refused'], { state: 'failed', at: /Z$/ })
  for (const name of ['seen', 'acted', 'left', 'expired', 'later', ...Object.keys(put)]) t.match(told[name], { state: 'not_needed', at: null }, name)
  t.match((await call(app, root, 'GET', '/api/events?types=delivery.failed')).body.items, [{ user_id: 'refused', notification_ids: ['to-refused'] }])
  t.equal(service.pushed.length, 3)
})

test('of a user who was removed it says that there is nowhere to push', async t => {
  const { app, service, subscribe, send, forward } = await pushing(t)
  await subscribe(bob, 'phone')
  for (const [id, topic] of [['before', 'news'], ['muted', 'bulk']] as const) await send({ id, topic, audience: { users: ['bob'] } })
  forward(31_000)
  await service.received(2)
  t.equal((await call(app, bob, 'PATCH', '/api/preferences/me', { topics: { bulk: { inbox: 'off' } } })).status, 200)
  await send({ id: 'after', topic: 'bulk', audience: { users: ['bob'] } })
  const stateOf = async (id: string) => (await call(app, root, 'GET', `/api/reports/${id}/users/bob`)).body.channels[0]
  t.match(await stateOf('after'), { channel: 'push', state: 'muted', at: null })
  t.equal((await call(app, root, 'DELETE', '/api/users/bob')).status, 204)
  for (const id of ['before', 'muted', 'after']) t.match(await stateOf(id), { channel: 'push', state: 'no_address', at: null }, id)
})
