import { test, type Test } from 'tap'
import { problem } from '../../../src/errors.ts'
import { reasonOf } from '../../../src/protocol/close-codes.ts'
import { bearer, call, clock, hello, isProblem, mint, people, refusal, serve, Subscriber, type App } from '../../helper.ts'

const VERBS = [
  { type: 'read', payload: { ids: ['n1'] } }, { type: 'unread', payload: { ids: ['n1'] } }, { type: 'delete', payload: { ids: ['n1'] } },
  { type: 'read_all' }, { type: 'send', payload: hello }
]

async function serving (t: Test) {
  const { app, base, open } = await serve(t)
  await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, id: 'n1' })
  return { app, base, open, root: await open(people.root) }
}

async function closeStore (app: App): Promise<void> {
  await app.store.close()
  // It cannot be closed a second time.
  app.store.close = async () => {}
}

test('a verb that cannot be done because the store is gone says so, and nothing is promised', async t => {
  const { app, root } = await serving(t)
  await closeStore(app)
  for (const [index, verb] of VERBS.entries()) {
    t.match(await root.ask({ id: `f${index}`, ...verb }), { type: 'error', payload: { code: 'BLF_STORE_UNAVAILABLE', detail: 'The store cannot be reached; nothing was stored.' } }, verb.type)
  }
  t.match(await root.ask({ id: '1', type: 'ping' }), { type: 'pong' }, 'the socket lives on')
})

test('a verb that meets what was not foreseen says nothing of it', async t => {
  const { app, root } = await serving(t)
  const fault = async () => { throw new Error('SELECT secret FROM users at run (/srv/app.ts:1:1)') }
  Object.assign(app.store, { mark: fault, readAll: fault, notify: fault })
  for (const [index, verb] of VERBS.entries()) {
    const { type, payload } = await root.ask({ id: `f${index}`, ...verb })
    t.same({ type, payload }, { type: 'error', payload: { code: 'BLF_INTERNAL', detail: 'Something went wrong on our side.' } }, verb.type)
  }
})

test('a socket that cannot be greeted is closed as our fault', async t => {
  const { app, base } = await serving(t)
  app.store.unread = async () => { throw new Error('SELECT secret') }
  const subscriber = new Subscriber(`${base}/ws/notifications`, { headers: bearer(people.root) })
  t.teardown(() => subscriber.close())
  t.same(await subscriber.closed, { code: 1011, reason: 'internal error' })
  t.same(subscriber.frames, [])
})

test('an outage while the first message is looked at is our fault: nobody needs another token for it', async t => {
  const { app, base } = await serving(t)
  const outages: [Error, number][] = [[problem('BLF_STORE_UNAVAILABLE'), 1011], [new Error('SELECT secret'), 1011], [problem('BLF_UNAVAILABLE'), 1013], [problem('BLF_RATE_LIMITED'), 1013]]
  for (const [fault, code] of outages) {
    app.hubServices.authenticate = async () => { throw fault }
    const first = new Subscriber(`${base}/ws/notifications`)
    t.teardown(() => first.close())
    await first.opened()
    first.send({ id: '1', type: 'auth', payload: { token: mint(people.bob) } })
    const { payload } = await first.next('error')
    t.equal(payload.retry_after, code === 1013 || payload.code === 'BLF_STORE_UNAVAILABLE' ? 1 : undefined)
    t.same(await first.closed, { code, reason: reasonOf(code) }, fault.message)
  }
})

test('a store that is gone closes who says at last who it is with 1011', async t => {
  const { app, base } = await serving(t)
  const first = new Subscriber(`${base}/ws/notifications`)
  t.teardown(() => first.close())
  await first.opened()
  await closeStore(app)
  t.match(await first.ask({ id: '1', type: 'auth', payload: { token: mint(people.carol) } }), { type: 'error', payload: { code: 'BLF_STORE_UNAVAILABLE' } })
  t.match(await first.closed, { code: 1011 })
})

test('without a store an upgrade by somebody not known yet is 503', async t => {
  const { app, base } = await serving(t)
  await closeStore(app)
  isProblem(t, await refusal(`${base}/ws/notifications`, { headers: bearer(people.carol) }), 'BLF_STORE_UNAVAILABLE')
})

test('while the server closes, sockets end with 1012', async t => {
  const { app, open } = await serving(t)
  const bob = await open(people.bob)
  await app.close()
  t.same(await bob.closed, { code: 1012, reason: 'restart' })
})

test('a cursor older than what is kept is a gap', async t => {
  const { forward } = clock(t)
  const { app, open, root } = await serving(t)
  const { cursor } = root.frames[0]!
  await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, id: 'n2' })
  forward(1000)
  while (await app.store.retain(Date.now(), 100) > 0);
  const resumed = await open(people.root, `?since=${cursor}`)
  t.match(resumed.frames[0], { payload: { resume: 'gap', unread_count: 0 } })
  t.match(await resumed.next(), { type: 'gap', payload: { reason: 'expired' } })
})
