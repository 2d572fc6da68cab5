import { test, type Test } from 'tap'
import { preferencesOf, type Preferences } from '../../../src/client/preferences.ts'
import type { BelfryOptions } from '../../../src/client/options.ts'
import { begin } from '../tabs/begin.ts'
import type { Reply, Request } from '../world/server.ts'
import { cursor, settled, token, World } from '../world/world.ts'

const PATH = '/api/preferences/me'
const choice = (value: string, source = 'user', locked = false) => ({ value, source, locked })
const effective = (inbox: string) => ({ inbox: choice(inbox), push: choice('on', 'operator'), mail: choice('on', 'operator') })

/** Preferences in which topics are off. */
function muting (seq: number, ...topics: string[]) {
  return {
    topics: Object.fromEntries(topics.map(name => [name, { inbox: 'off' }])), channels: {}, quiet_hours: null, digest_at: null, effective: { topics: Object.fromEntries(topics.map(name => [name, effective('off')])) }, cursor: cursor(seq)
  } as unknown as Preferences
}

const changed = (seq: number, payload: object = { topics: ['a'], quiet_until: null }) => ({ type: 'preferences.changed', cursor: cursor(seq), payload })
const locked: Reply = { status: 409, body: { code: 'BLF_PREFERENCE_LOCKED', detail: 'The operator has locked the topic.' } }

/** A client whose preferences somebody looks at, and a server that answers when it is told to. */
async function looking (t: Test, options: BelfryOptions = {}, isConnected = true) {
  const world = new World()
  const { server, clock } = world
  const open: { request: Request, answer: (reply: Reply | undefined) => Promise<void> }[] = []
  server.answer = async request => await new Promise((resolve, reject) => open.push({
    request,
    answer: async reply => {
      if (reply) resolve(reply)
      else reject(new TypeError('fetch failed'))
      await settled()
    }
  }))
  const client = world.client(t, options)
  const errors: string[] = []
  client.on('error', ({ code }) => errors.push(code))
  const store = preferencesOf(client)
  const seen: unknown[] = []
  const end = store.subscribe(() => seen.push(store.getSnapshot()))
  t.teardown(end)
  const next = async () => {
    await settled()
    const asked = open.shift()
    if (!asked) throw new Error('nothing was asked')
    return asked
  }
  const asked = () => open.length
  if (isConnected) {
    client.connect()
    ;(await server.socket()).welcome()
    await clock.pass(0)
    await (await next()).answer({ status: 200, body: muting(1) })
  }
  return { ...world, server, clock, client, store, errors, next, asked, end, seen, socket: () => server.sockets.at(-1)! }
}

test('preferences are loaded for who looks, once, and again when they change', async t => {
  const { client, clock, store, asked, next, socket, end, seen } = await looking(t)
  t.equal(preferencesOf(client), store)
  t.match(store.getSnapshot(), { preferences: { topics: {} }, networkStatus: 'ready', stale: false })
  t.equal(store.getSnapshot(), seen.at(-1))
  t.equal(asked(), 0)
  socket().frame(changed(1))
  t.equal(asked(), 0, 'it was loaded after that')
  socket().frame(changed(5))
  t.equal(store.getSnapshot().stale, true)
  const { request, answer } = await next()
  t.match(request, { method: 'GET', path: PATH })
  socket().frame(changed(6))
  await answer({ status: 200, body: muting(5, 'a') })
  t.match(store.getSnapshot(), { preferences: { topics: { a: {} } }, stale: true }, 'another change came meanwhile')
  const again = await next()
  socket().frame(changed(8))
  await again.answer({ status: 200, body: muting(9, 'b') })
  t.match(store.getSnapshot(), { preferences: { topics: { b: {} } }, stale: false }, 'the answer has it')
  t.equal(asked(), 0)
  // A change of a default concerns many, who do not ask all at once.
  socket().frame(changed(10, { topics: ['a'] }))
  await clock.pass(2_499)
  t.equal(asked(), 0)
  await clock.pass(1)
  await (await next()).answer({ status: 200, body: muting(10) })
  socket().frame({ type: 'gap', cursor: cursor(10), payload: { reason: 'expired' } })
  await clock.pass(2_500)
  await (await next()).answer({ status: 200, body: muting(10) })
  end()
  socket().frame(changed(11))
  await clock.pass(60_000)
  t.equal(asked(), 0, 'nobody looks')
  t.equal(await Promise.race([store.load(), next().then(async ({ answer }) => { await answer({ status: 200, body: muting(11, 'c') }) }).then(() => 'later')]), true)
  t.match(store.getSnapshot().preferences, { topics: { c: {} } })
})

test('a change shows at once, and changes are sent one after the other', async t => {
  const { store, asked, next, socket, errors } = await looking(t)
  const first = store.setTopic('a', { inbox: 'off' })
  const second = store.setQuietHours({ timezone: 'UTC', days: ['mon'], from: '22:00', to: '07:00' })
  t.match(store.getSnapshot(), { preferences: { topics: { a: { inbox: 'off' } }, quiet_hours: { from: '22:00' }, effective: { topics: { a: effective('off') } } }, stale: true })
  const one = await next()
  t.match(one.request, { method: 'PATCH', path: PATH, body: { topics: { a: { inbox: 'off' } } } })
  t.equal(asked(), 0)
  socket().frame(changed(2))
  await one.answer({ status: 200, body: muting(2, 'a') })
  t.equal(await first, true)
  t.match(store.getSnapshot(), { preferences: { quiet_hours: { from: '22:00' }, cursor: cursor(2) } }, 'the second one is on its way')
  const two = await next()
  t.match(two.request.body, { quiet_hours: { from: '22:00' } })
  await two.answer({ status: 200, body: { ...muting(3, 'a'), quiet_hours: { timezone: 'UTC', days: ['mon'], from: '22:00', to: '07:00' } } })
  t.equal(await second, true)
  t.match(store.getSnapshot(), { stale: false, networkStatus: 'ready' })
  t.equal(asked(), 0, 'the frame of the own change asks for nothing')
  t.same(errors, [])
})

test('a refused change is taken back, with an error that says why, and the reason is loaded', async t => {
  const { store, next, errors } = await looking(t)
  const [first, second] = [store.setTopic('a', { inbox: 'off' }), store.setTopic('b', { inbox: 'off' })]
  await (await next()).answer(locked)
  t.equal(await first, false)
  t.match(Object.keys(store.getSnapshot().preferences!.topics), ['b'])
  await (await next()).answer({ status: 200, body: muting(2, 'b') })
  t.equal(await second, true)
  t.match(store.getSnapshot(), { preferences: { topics: { b: {} } }, networkStatus: 'ready', stale: false })
  t.same(errors, ['BLF_PREFERENCE_LOCKED'])
  const third = store.change({ channels: { push: 'off' } })
  await (await next()).answer(locked)
  t.equal(await third, false)
  t.same(store.getSnapshot().preferences?.channels, {})
  await (await next()).answer({ status: 200, body: muting(3, 'b', 'c') })
  t.match(store.getSnapshot(), { preferences: { topics: { c: {} } }, stale: false })
  await t.rejects(store.change([] as never), { name: 'TypeError' })
})

test('a change waits while the server is away', async t => {
  const { store, next, errors, clock, socket, server } = await looking(t)
  socket().end()
  const done = store.setTopic('a', { inbox: 'off' })
  await (await next()).answer(undefined)
  t.match(store.getSnapshot(), { preferences: { topics: { a: {} } }, networkStatus: 'error', stale: true })
  await clock.pass(300)
  ;(await server.socket()).welcome()
  await (await next()).answer({ status: 503, body: { code: 'BLF_UNAVAILABLE', detail: 'no' } })
  await clock.pass(1_000)
  await (await next()).answer({ status: 200, body: muting(2, 'a') })
  t.equal(await done, true)
  t.match(store.getSnapshot(), { networkStatus: 'ready' })
  t.same(errors.filter(code => code !== 'network'), [])
})

test('while the client is disconnected, it is tried once', async t => {
  const { client, store, next, errors, asked, clock } = await looking(t, {}, false)
  t.match(store.getSnapshot(), { preferences: undefined, networkStatus: 'loading', stale: true })
  t.equal(store.getSnapshot(), store.getServerSnapshot())
  await clock.pass(999)
  t.equal(asked(), 0, 'it may connect yet')
  await clock.pass(1)
  await (await next()).answer({ status: 200, body: muting(1) })
  const done = [store.setTopic('a', { inbox: 'off' }), store.setTopic('b', { inbox: 'off' })]
  await (await next()).answer(undefined)
  t.same(await Promise.all(done), [false, false])
  t.same(errors, ['disconnected'])
  t.match(store.getSnapshot(), { preferences: { topics: {} } })
  const loaded = store.load()
  await (await next()).answer({ status: 403, body: { code: 'BLF_FORBIDDEN', detail: 'API keys have none.' } })
  t.equal(await loaded, false)
  t.equal(store.getSnapshot().networkStatus, 'error')
  t.same(errors, ['disconnected', 'BLF_FORBIDDEN'])
  client.connect()
  t.equal(asked(), 0)
})

test('what was of one user is not shown to another', async t => {
  const { client, store, next, server, clock } = await looking(t)
  const done = store.setTopic('a', { inbox: 'off' })
  const late = await next()
  client.setToken(token('bob'))
  t.equal(await done, false)
  t.equal(store.getSnapshot().preferences, undefined)
  await late.answer({ status: 200, body: muting(7, 'a') })
  t.equal(store.getSnapshot().preferences, undefined)
  const { request, answer } = await next()
  t.equal(request.token, token('bob'))
  await answer({ status: 200, body: muting(1, 'of bob') })
  ;(await server.socket()).welcome(undefined, { user: { id: 'bob', role: 'user', created_at: '2026-01-01T00:00:00.000Z' } })
  await clock.pass(0)
  t.match(store.getSnapshot().preferences, { topics: { 'of bob': {} } })
  await client.logout()
  t.match(store.getSnapshot(), { preferences: undefined, stale: true })
})

test('tabs hear of each other\'s changes', async t => {
  const { server, tabs, clock } = await begin(t, 2)
  let stored = muting(1)
  server.answer = ({ method, path, body }) => {
    if (path !== PATH) throw new TypeError(path)
    if (method === 'PATCH') {
      stored = muting(Number.parseInt(stored.cursor.split('.')[1]!, 36) + 1, ...Object.keys(stored.topics), ...Object.keys(body.topics))
      server.sockets[0]!.frame(changed(Number.parseInt(stored.cursor.split('.')[1]!, 36)))
    }
    return { status: 200, body: stored }
  }
  const stores = tabs.map(({ client }) => preferencesOf(client))
  for (const store of stores) t.teardown(store.subscribe(() => {}))
  await clock.pass(5_000)
  const done = stores.flatMap((store, n) => [store.setTopic(`a${n}`, { inbox: 'off' }), store.setTopic(`b${n}`, { inbox: 'off' })])
  await clock.pass(100)
  t.same(await Promise.all(done), [true, true, true, true])
  for (const store of stores) t.match(store.getSnapshot(), { preferences: stored, stale: false })
  t.equal(Object.keys(stored.topics).length, 4)
  t.equal(server.sockets.length, 1)
})
