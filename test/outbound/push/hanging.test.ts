import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { newPushKey } from '../../../src/settings/push.ts'
import { build, call, people, type App, type Person } from '../../helper.ts'
import { folder } from '../../folder.ts'
import { until } from '../../within.ts'
import { pushing, PUSHING, waitingFor } from './pushing.ts'
import { PushService } from './service.ts'

const { root, alice, bob, carol } = people
/** Calls end long after the test. */
const NOW = { pushAfterMs: 0, outbound: { timeoutMs: 300_000 } }
const HANGING = 20
/** After which a call is out, milliseconds. */
const LATE_MS = 200
/** More than a push service is called for at once that is not known. */
const SEVERAL = 3

/** Push services that take a message, and say nothing. */
async function hanging (t: Test, count: number) {
  const open = new Set<ServerResponse>()
  let calls = 0
  const services = await Promise.all(Array.from({ length: count }, async () => {
    const service = await PushService.open(t)
    service.answer = (_pushed, response) => {
      calls++
      open.add(response)
      response.on('close', () => open.delete(response))
      return undefined
    }
    return service
  }))
  return { services, open, calls: () => calls }
}

const subscriptionsOf = async (app: App, person: Person) => (await call(app, person, 'GET', '/api/push/subscriptions')).body.items as object[]
const stateOf = async (app: App, id: string, user: string) => (await call(app, root, 'GET', `/api/reports/${id}/users/${user}`)).body.channels[0].state as string

test('push services that never answer hold up nobody else\'s pushes, nor what is written down of them', async t => {
  const { app, service, subscribe, send } = await pushing(t, {}, NOW)
  waitingFor(t, LATE_MS)
  const { services, open, calls } = await hanging(t, HANGING)
  // A user has ten at the most.
  const users = Array.from({ length: HANGING / 10 }, (_, number) => ({ ...alice, sub: `hanging-${number}` }))
  for (const user of users) await call(app, user, 'GET', '/api/auth/me')
  for (const [index, away] of services.entries()) {
    t.equal((await call(app, users[Math.floor(index / 10)]!, 'POST', '/api/push/subscriptions', away.subscribe(`h-${index}`).subscription)).status, 201)
  }
  await subscribe(bob)
  await subscribe(carol)
  service.answer = ({ name }) => name === 'carol' ? 410 : 201
  const everybody = { users: [...users.map(({ sub }) => sub), 'bob', 'carol'] }
  const first = await send({ audience: everybody })
  await service.received(2)
  await until('the end of a subscription to be written down', async () => (await subscriptionsOf(app, carol)).length === 0)
  await until('the push to bob to be written down', async () => await stateOf(app, first.id, 'bob') === 'sent')
  t.equal(await stateOf(app, first.id, users[0]!.sub), 'waiting')
  await until('each of them to be called', () => calls() === HANGING)
  for (let count = 3; count < 8; count++) {
    await send({ audience: everybody })
    await service.received(count)
  }
  t.same([open.size, calls()], [HANGING, HANGING], 'all the while they were waited for, one call each')
  await until('the reader to have looked at everything', async () => (await app.store.reader('push'))!.lagMs === null)
  // What is late counts like what is not.
  for (const response of open) response.writeHead(201).end()
  await until('only what was put off to be left', async () => (await app.store.pendingPushes()).pending === 5 * HANGING)
})

const kept = (t: Test) => ({ DATABASE_URL: `sqlite:${join(folder(t), 'belfry.db')}`, VAPID_PRIVATE_KEY: newPushKey() })

test('what is answered while a server ends is written down, and not pushed again', async t => {
  const store = kept(t)
  const { app, subscribe, service, send, passed } = await pushing(t, store, NOW)
  waitingFor(t, LATE_MS)
  await subscribe(bob)
  const { services: [slow], open } = await hanging(t, 1)
  for (let count = 0; count < SEVERAL; count++) t.equal((await call(app, carol, 'POST', '/api/push/subscriptions', slow!.subscribe(`carol-${count}`).subscription)).status, 201)
  const { id } = await send({ audience: { users: ['bob'] } })
  await passed()
  const { id: out } = await send({ audience: { users: ['carol'] } })
  await until('it to be out', async () => open.size > 0 && await stateOf(app, out, 'carol') === 'waiting' && (await app.store.pendingPushes()).pending === SEVERAL)
  const closed = app.close()
  await until('the server to end', () => app.server.listening === false)
  const asked = slow!.calls
  slow!.answer = () => 201
  for (const response of open) response.writeHead(201).end()
  await closed
  t.equal(slow!.calls, asked, 'nothing begins any more')
  const next = await build(t, { ...PUSHING, ...store }, NOW)
  await until('the rest to be pushed', async () => (await next.store.pendingPushes()).pending === 0)
  for (const { name } of slow!.pushed) t.equal(slow!.pushed.filter(other => other.name === name).length, 1, name)
  t.same([slow!.pushed.length, service.pushed.map(({ payload }) => payload.id)], [SEVERAL, [id]])
})

test('what is out when a server has ended is pushed by the next one at once', async t => {
  const store = kept(t)
  const { app, subscribe, service, send } = await pushing(t, { ...store, DRAIN_SECONDS: '1' }, NOW)
  waitingFor(t, LATE_MS)
  await subscribe(bob)
  service.answer = () => undefined
  const { id } = await send({ audience: { users: ['bob'] } })
  await until('it to be written down', async () => (await app.store.pendingPushes()).pending === 1)
  t.ok((await app.store.pendingPushes()).dueIn! > 0, 'it is not asked again meanwhile')
  await app.close()
  service.answer = () => 201
  const next = await build(t, { ...PUSHING, ...store }, NOW)
  await until('it to be written down', async () => await stateOf(next, id, 'bob') === 'sent')
  t.same(service.pushed.map(({ payload }) => payload.id), [id, id])
})
