import { test } from 'tap'
import { call, people } from '../../helper.ts'
import { until } from '../../within.ts'
import { pushing } from './pushing.ts'

const { root, bob } = people

test('who joins its audience until it is pushed gets it, and the report says what became of it', async t => {
  const { app, service, subscribe, send, forward, passed } = await pushing(t)
  const names = ['before', 'joins', 'reads', 'unsubscribed', 'after']
  const persons = new Map(names.map(name => [name, { ...bob, sub: name }]))
  for (const [name, person] of persons) {
    await call(app, person, 'GET', '/api/auth/me')
    if (name !== 'unsubscribed') await subscribe(person, name)
  }
  const as = async (name: string, method: 'PUT', url: string, body?: object) => {
    const { status } = await call(app, persons.get(name) ?? root, method, url, body)
    t.ok(status < 300, `${method} ${url}: ${status}`)
  }
  const join = (...add: string[]) => as('root', 'PUT', '/api/groups/g/members', { add })
  const states = async () => Object.fromEntries(await Promise.all(names.map(async name => [name, (await call(app, root, 'GET', `/api/reports/late/users/${name}`)).body.channels[0]?.state])))
  await as('root', 'PUT', '/api/groups/g', { name: 'G' })
  await join('before')
  await send({ id: 'late', audience: { groups: ['g'] }, late_joiners: true, expires_at: new Date(Date.now() + 3_600_000).toISOString() })
  forward(10_000)
  await join('joins', 'reads', 'unsubscribed')
  await as('reads', 'PUT', '/api/notifications/late/read')
  t.same(await states(), { before: 'waiting', joins: 'waiting', reads: 'not_needed', unsubscribed: 'no_address' }, 'who is not in it has nothing to report')
  forward(21_000)
  await service.received(2)
  await passed()
  // What is on its way is passed, too.
  await until('their answers to be written down', async () => (await app.store.pendingPushes()).pending === 0)
  forward(1_000)
  await join('after')
  t.same(await states(), { before: 'sent', joins: 'sent', reads: 'not_needed', unsubscribed: 'no_address', after: 'joined_later' })
  t.same(service.pushed.map(({ name }) => name).sort(), ['before', 'joins'])
  t.match((await call(app, persons.get('after')!, 'GET', '/api/notifications/me')).body.items, [{ id: 'late', read: false }], 'it is in the inbox')
  await as('after', 'PUT', '/api/notifications/late/read')
  t.same((await states())['after'], 'not_needed')
})
