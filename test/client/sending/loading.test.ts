import { test } from 'tap'
import { createHttp } from '../../../src/client/connection/http.ts'
import { createTokens } from '../../../src/client/connection/tokens.ts'
import { settingsOf, type BelfryOptions } from '../../../src/client/options.ts'
import * as delivery from '../../../src/client/sending/delivery.ts'
import { createSender } from '../../../src/client/sending/sender.ts'
import { never, type Request } from '../world/server.ts'
import { settled, token, World } from '../world/world.ts'

const hello = { title: 'Hello', message: 'Belfry is up', priority: 'info', topic: 'greetings' } as const
const toAll = { title: 'Hello', message: 'all', type: 'info' } as const
const answer = ({ body }: Request) => ({ status: 200, body: body.items ? { items: body.items.map(({ id }: { id: string }) => ({ id, cursor: 'abcdefgh.1' })) } : { id: body.id } })

/** A sender that loads what sends when the test says so. */
function begin (options: BelfryOptions = {}) {
  const world = new World()
  const { server, clock, platform } = world
  server.answer = answer
  const settings = settingsOf('https://belfry.test', { token: token('alice'), fetch: server.fetch as typeof fetch, ...options })
  const tokens = createTokens(settings, platform, 'scope', () => {})
  /** Loads that wait. */
  const loads: PromiseWithResolvers<typeof delivery>[] = []
  const sender = createSender(settings, platform, tokens, createHttp(settings, platform, tokens), () => {
    const load = Promise.withResolvers<typeof delivery>()
    loads.push(load)
    return load.promise
  })
  const fail = () => loads.at(-1)!.reject(new TypeError('Failed to fetch dynamically imported module'))
  return { server, clock, tokens, loads, sender, fail }
}

test('what sends is loaded once, by the first send, and what was sent meanwhile goes out in its order', async t => {
  const { server, sender, loads } = begin()
  t.equal(loads.length, 0)
  const all = Promise.all([sender.send({ ...hello, id: 'a' }), sender.broadcast({ role: 'user' }, { ...toAll, id: 'b' }), sender.sendBatch([{ ...hello, id: 'c' }]), sender.send({ ...hello, id: 'd' })])
  await settled()
  t.same([loads.length, server.requests.length], [1, 0])
  loads[0]!.resolve(delivery)
  await all
  t.same(server.requests.map(({ body }) => body.id ?? body.items[0].id), ['a', 'b', 'c', 'd'])
  await sender.send(hello)
  t.equal(loads.length, 1)
})

test('what is sent is as it was when it was sent, and its target too', async t => {
  const { server, sender, loads } = begin()
  const notification = { ...hello, id: 'a', data: { order: 1 } }
  const target = { company: 'acme' }
  const batch = [notification]
  const all = Promise.all([sender.send(notification), sender.broadcast(target, notification as never), sender.sendBatch(batch)])
  notification.data.order = 2
  target.company = 'other'
  batch.push(notification)
  loads[0]!.resolve(delivery)
  await all
  t.match(server.requests, [{ body: { data: { order: 1 } } }, { path: '/api/broadcast/company/acme', body: { payload: { data: { order: 1 } } } }, { body: { items: [{ data: { order: 1 } }] } }])
  t.equal(server.requests[2]!.body.items.length, 1)
})

test('the queue has its bound while it waits for that', async t => {
  const { sender, loads } = begin({ maxQueue: 3 })
  const all = [sender.send(hello), sender.sendBatch([hello, hello])]
  await t.rejects(sender.send(hello), { code: 'queue_full' })
  await t.rejects(sender.sendBatch([hello, hello]), { code: 'queue_full' })
  loads[0]!.resolve(delivery)
  await Promise.all(all)
  t.ok(await sender.send(hello), 'there is room again')
})

test('options that are wrong are named without it', async t => {
  const { sender, loads } = begin()
  await t.rejects(sender.send(hello, { sgnal: 1 } as never), { name: 'TypeError', message: /nearest is signal/ })
  await t.rejects(sender.sendBatch('text' as never), { name: 'TypeError', message: /must be an array/ })
  t.equal(loads.length, 0)
})

test('loading is tried again for sendTimeout, and then by the next send', async t => {
  const { server, clock, sender, loads, fail } = begin({ sendTimeout: 2_000 })
  const first = sender.send(hello)
  await settled()
  fail()
  await clock.pass(250)
  t.equal(loads.length, 2, 'after the wait that attempts of sends have')
  loads[1]!.resolve(delivery)
  await first
  t.equal(server.requests.length, 1)

  const offline = begin({ sendTimeout: 2_000 })
  const failed = [offline.sender.send(hello), offline.sender.sendBatch([hello])].map((promise: Promise<unknown>) => t.rejects(promise, { name: 'BelfryError', code: 'network', message: /^what sends could not be loaded; after an update of the server, reload the page: TypeError: Failed to fetch/ }))
  for (const ms of [0, 250, 500, 1_000]) {
    await offline.clock.pass(ms)
    offline.fail()
  }
  await Promise.all(failed)
  t.same([offline.loads.length, offline.server.requests.length], [4, 0])
  const next = offline.sender.send(hello)
  await settled()
  t.equal(offline.loads.length, 5)
  offline.loads[4]!.resolve(delivery)
  t.ok(await next)
})

test('what waits while loading fails shares the next attempt, and goes out in its order', async t => {
  const { server, clock, sender, loads, fail } = begin()
  const first = Array.from({ length: 40 }, (_, index) => sender.send({ ...hello, id: `a${index}` }))
  await settled()
  fail()
  await settled()
  const later = Array.from({ length: 10 }, (_, index) => sender.send({ ...hello, id: `b${index}` }))
  await clock.pass(500)
  fail()
  await clock.pass(1_000)
  t.equal(loads.length, 3, 'one load for all of them')
  loads[2]!.resolve(delivery)
  const last = sender.send({ ...hello, id: 'c' })
  const ids = (await Promise.all([...first, ...later, last])).map(({ id }) => id)
  t.same(server.requests.map(({ body }) => body.id), ids)
})

test('what is loaded and is something else is loaded again', async t => {
  const { server, clock, sender, loads } = begin()
  const sent = sender.send(hello)
  loads[0]!.resolve({} as typeof delivery)
  await clock.pass(500)
  t.equal(loads.length, 2)
  loads[1]!.resolve(delivery)
  await sent
  t.equal(server.requests.length, 1)
})

test('a load that hangs is tried again like an answer that does not come, and its time is of the send', async t => {
  const { clock, sender, loads } = begin({ sendTimeout: 7_000 })
  const hung = t.rejects(sender.send(hello), { code: 'network', message: /no answer in time/ })
  await clock.pass(5_000)
  t.equal(loads.length, 1)
  await clock.pass(5_250)
  await hung
  t.equal(loads.length, 2, '5 s each')

  const slow = begin({ sendTimeout: 7_000 })
  slow.server.answer = () => never
  const late = t.rejects(slow.sender.send(hello), { code: 'network', message: /^no answer in time from/ })
  await slow.clock.pass(3_000)
  slow.loads[0]!.resolve(delivery)
  await slow.clock.pass(5_000)
  await late
  t.equal(slow.server.requests.length, 1, 'none after 7 s')

  const once = begin({ sendTimeout: 1 })
  const sent = once.sender.send(hello)
  await once.clock.pass(4_000)
  once.loads[0]!.resolve(delivery)
  t.ok(await sent, 'the first attempt has its time even if there is none for another')
})

test('what one user asked for is not sent as another who came meanwhile, nor after a logout', async t => {
  for (const next of [token('bob'), undefined]) {
    const aborted = { code: 'aborted', message: 'its user is not logged in any more' }
    const { server, sender, tokens, loads } = begin()
    const sent = t.rejects(sender.send({ ...hello, id: 'mine' }), { ...aborted, id: 'mine' })
    tokens._set(next)
    loads[0]!.resolve(delivery)
    await sent
    t.equal(server.requests.length, 0)

    const offline = begin({ sendTimeout: 100 })
    const failed = t.rejects(offline.sender.send(hello), aborted, 'who catches network errors would send it again')
    offline.tokens._set(next)
    offline.fail()
    await failed
  }
})

test('what was asked for with an API key is not sent as a user, but with another key', async t => {
  for (const [next, requests] of [[token('bob'), 0], ['blf_another', 1]] as const) {
    const { server, sender, tokens, loads } = begin({ token: 'blf_key' })
    const sent = sender.send(hello).catch((error: { code: string }) => error.code)
    tokens._set(next)
    loads[0]!.resolve(delivery)
    t.equal(await sent === 'aborted', requests === 0)
    t.equal(server.requests.length, requests)
  }
})

test('a signal ends the attempts to load it', async t => {
  const { sender, loads, fail } = begin()
  const controller = new AbortController()
  const ended = t.rejects(sender.send(hello, { signal: controller.signal }), { code: 'aborted' })
  controller.abort()
  fail()
  await ended
  t.equal(loads.length, 1)
})
