import { test } from 'tap'
import type { Belfry } from '../../../src/client/belfry.ts'
import { newId } from '../../../src/client/sending/id.ts'
import { token, World } from '../world/world.ts'
import { never, refused, type Request } from '../world/server.ts'

const hello = { title: 'Hello', message: 'Belfry is up', priority: 'info', topic: 'greetings' } as const
const sent = ({ body }: Request) => ({ status: 200, body: { message: 'ok', id: body.id, cursor: 'abcdefgh.1' } })
const problem = (status: number, code: string, headers = {}) => ({ status, headers, body: { status, code, detail: code, errors: [{ path: '/title', message: 'no' }] } })

/** Sends, and lets time pass until that is done. */
async function done<T> ({ clock }: World, promise: Promise<T>, ms = 120_000): Promise<T> {
  promise.catch(() => {})
  await clock.pass(ms)
  return await promise
}

test('an id is made before the first attempt, and kept for the next', async t => {
  const world = new World()
  const { server, clock } = world
  const times: number[] = []
  const replies = [() => { throw new TypeError('fetch failed') }, () => problem(503, 'BLF_UNAVAILABLE', { 'retry-after': '5' }), () => problem(500, 'BLF_INTERNAL'), () => ({ status: 502, text: '<html>' }), sent]
  server.answer = request => { times.push(clock.now()); return replies[times.length - 1]!(request) }
  const answer = await done(world, world.client(t).send(hello))
  t.match(answer, { cursor: 'abcdefgh.1', id: /^[0-9a-f-]{36}$/ })
  t.same(times, [0, 250, 5750, 6750, 8750], 'backoff, Retry-After and then some')
  t.same(new Set(server.requests.map(({ body }) => JSON.stringify(body))).size, 1)
  t.match(server.requests[0], { method: 'POST', path: '/api/notifications/send', token: token('alice'), body: hello })
})

test('an id of the caller stays', async t => {
  const world = new World()
  world.server.answer = sent
  t.equal((await done(world, world.client(t).send({ ...hello, id: 'mine' }))).id, 'mine')
})

test('what cannot succeed later fails at once, with all that is known', async t => {
  for (const [status, code] of [[400, 'BLF_VALIDATION'], [403, 'BLF_FORBIDDEN'], [409, 'BLF_ID_CONFLICT'], [413, 'BLF_TOO_LARGE'], [507, 'BLF_STORE_FULL']] as const) {
    const world = new World()
    world.server.answer = () => problem(status, code)
    await t.rejects(done(world, world.client(t).send({ ...hello, id: 'mine' }), 0), { name: 'BelfryError', code, status, id: 'mine', message: code, errors: [{ path: '/title' }] })
  }
  const world = new World()
  world.server.answer = () => ({ status: 200, text: '<html>' })
  await t.rejects(done(world, world.client(t).send(hello), 0), { code: 'not_belfry' })
})

test('it is tried for sendTimeout, and then fails with the id', async t => {
  const world = new World()
  world.server.answer = () => never
  await t.rejects(done(world, world.client(t, { sendTimeout: 12_000 }).send({ ...hello, id: 'mine' })), { code: 'network', id: 'mine', message: /^no answer in time/ })
  t.equal(world.server.requests.length, 3, '5 s each')
  world.server.answer = () => problem(429, 'BLF_RATE_LIMITED', { 'retry-after': '600' })
  await t.rejects(done(world, world.client(t).send(hello), 0), { code: 'BLF_RATE_LIMITED', retryAfter: 600_000 }, 'a pause that is too long is not waited for')
})

test('a signal ends it', async t => {
  const world = new World()
  world.server.answer = () => never
  const controller = new AbortController()
  const promise = world.client(t).send(hello, { signal: controller.signal })
  await world.clock.pass(1)
  controller.abort()
  await t.rejects(done(world, promise, 0), { code: 'aborted', id: /-/ })
  await t.rejects(done(world, world.client(t).send(hello, { signal: AbortSignal.abort() }), 0), { code: 'aborted' })
})

test('options that are wrong are named before anything is sent', async t => {
  const world = new World()
  const client = world.client(t)
  for (const [options, message] of [
    [{ signal: 5 }, /^signal must be/], [{ signal: {} }, /^signal must be/], [{ signal: null }, /^signal must be/], [null, /^options must be an object/], ['x', /^options must be/], [[], /^options must be/],
    [{ sgnal: AbortSignal.abort() }, 'There is no option sgnal. The nearest is signal.']
  ] as const) {
    for (const call of [client.send(hello, options as never), client.sendBatch([hello], options as never), client.broadcast({ company: 'a' }, { ...hello, type: 'info' }, options as never)] as Promise<unknown>[]) await t.rejects(call, { name: 'TypeError', message })
  }
  for (const batch of [null, undefined, 5, 'text', {}]) await t.rejects(client.sendBatch(batch as never), { name: 'TypeError', message: /^notifications must be an array/ })
  t.equal(world.server.requests.length, 0)
  world.server.answer = sent
  t.ok(await done(world, client.send(hello, { signal: undefined })))
})

test('a refused token is replaced once', async t => {
  const world = new World()
  let calls = 0
  world.server.answer = request => request.token === token('alice', 1) ? refused : sent(request)
  const client = world.client(t, { getToken: () => token('alice', ++calls + 1) })
  const answers = await done(world, Promise.all([client.send(hello), client.send(hello), client.send(hello)]))
  t.same([answers.length, calls], [3, 1], 'one call for all of them')
  world.server.answer = () => refused
  await t.rejects(done(world, client.send(hello)), { code: 'BLF_UNAUTHENTICATED' })
  const broken = world.client(t, { token: undefined, getToken: () => { throw new Error('away') } })
  await t.rejects(done(world, broken.send(hello)), { code: 'token', message: /away/ })
})

test('a queue has a bound, and few requests run at once', async t => {
  const world = new World()
  const waiting: (() => void)[] = []
  world.server.answer = request => new Promise(resolve => waiting.push(() => resolve(sent(request))))
  const client = world.client(t, { maxQueue: 50 })
  const sends = Array.from({ length: 50 }, () => client.send(hello))
  await t.rejects(client.send(hello), { code: 'queue_full' })
  await world.clock.pass(0)
  t.equal(waiting.length, 32)
  for (let index = 0; index < 50; index++) {
    waiting[index]!()
    await world.clock.pass(0)
  }
  t.equal(new Set((await Promise.all(sends)).map(({ id }) => id)).size, 50)
  const last = client.send(hello)
  await world.clock.pass(0)
  waiting[50]!()
  t.ok(await last, 'there is room again')
})

test('a pause that the server asks for is for all sends', async t => {
  const world = new World()
  const { server, clock } = world
  const client = world.client(t)
  server.answer = request => clock.now() < 9_000 ? problem(429, 'BLF_RATE_LIMITED', { 'retry-after': '9' }) : sent(request)
  const first = client.send(hello)
  await clock.pass(1_000)
  const second = client.send(hello)
  await clock.pass(7_999)
  t.equal(server.requests.length, 1)
  await done(world, Promise.all([first, second]))
  t.equal(server.requests.length, 3)
})

test('broadcasts go to a company, a role or a group', async t => {
  const world = new World()
  world.server.answer = ({ body }) => ({ status: 200, body: { status: 'success', message: 'ok', id: body.id, cursor: 'abcdefgh.1' } })
  const client = world.client(t)
  for (const [target, path] of [
    [{ company: 'a b' }, 'company/a%20b'], [{ role: 'admin' }, 'role/admin'], [{ company: 'a/b', role: 'user' }, 'company/a%2Fb/role/user'],
    [{ group: 'ops' }, 'group/ops'], [{ group: 'ops', company: 'a&b' }, 'group/ops?company=a%26b']
  ] as const) {
    const { id } = await done(world, client.broadcast(target, { title: 'Hello', message: 'all', type: 'info' }))
    t.match(world.server.requests.at(-1), { path: `/api/broadcast/${path}`, body: { id, type: 'notification', payload: { title: 'Hello', message: 'all', type: 'info' } } })
  }
  await t.rejects(client.broadcast({} as never, { title: 'Hello', message: 'all', type: 'info' }), { name: 'TypeError' })
})

test('a broadcast whose target is not understood goes to nobody', async t => {
  const world = new World()
  const client = world.client(t)
  for (const [target, message] of [
    [{ company: 'acme', rol: 'boss' }, 'There is no target rol. The nearest is role.'], [{ company: 'acme', users: ['bob'] }, /There is no target users/],
    [{ company: 'acme', group: 'g1', role: 'boss' }, /^target must have a company, a role or both, or a group/], [{ role: 'boss', group: 'g1' }, /^target must have/],
    [{ company: 'acme', role: undefined }, /role is empty or no text/], [{ group: 'g1', company: undefined }, /company is/], [{ company: 5 }, /company is/], [{ role: ['a'] }, /role is/],
    [null, /^targets must be an object/], [undefined, /^targets must be an object/], ['acme', /^targets must be an object/], [['acme'], /^targets must be an object/]
  ] as const) await t.rejects(client.broadcast(target as never, { title: 'a', message: 'b', type: 'info' }), { name: 'TypeError', message }, JSON.stringify(target))
  t.equal(world.server.requests.length, 0)
})

test('a batch says what came of each, and sends again what failed for a while', async t => {
  const world = new World()
  const { server } = world
  const batch = async (client: Belfry, count: number) => await done(world, client.sendBatch(Array.from({ length: count }, (_, index) => ({ ...hello, id: `i${index}` }))))
  const result = ({ id }: { id: string }) => ({ id, cursor: 'abcdefgh.1' })
  let calls = 0
  server.answer = ({ body }) => {
    const items = body.items.map((item: { id: string }) => {
      if (item.id === 'i1') return problem(400, 'BLF_VALIDATION').body
      if (item.id === 'i2' && calls === 0) return problem(429, 'BLF_RATE_LIMITED').body
      return result(item)
    })
    return { status: 200, body: { items }, headers: { 'retry-after': calls++ === 0 ? '3' : '0' } }
  }
  const client = world.client(t)
  t.match(await batch(client, 4), [{ id: 'i0', cursor: 'abcdefgh.1' }, { name: 'BelfryError', code: 'BLF_VALIDATION', id: 'i1' }, { id: 'i2' }, { id: 'i3' }])
  t.same(server.requests.map(({ body }) => body.items.map(({ id }: { id: string }) => id)), [['i0', 'i1', 'i2', 'i3'], ['i2']])
  server.requests.length = 0
  t.equal((await batch(client, 1201)).length, 1201)
  t.same(server.requests.map(({ body }) => body.items.length), [500, 500, 201])
  t.same(await batch(client, 0), [])
  server.answer = () => { throw new TypeError('fetch failed') }
  t.match(await batch(client, 2), [{ code: 'network', id: 'i0' }, { code: 'network', id: 'i1' }])
  server.answer = () => ({ status: 200, body: { items: [] } })
  t.match(await batch(client, 1), [{ code: 'not_belfry' }])
  server.requests.length = 0
  server.answer = ({ body }) => ({ status: 200, body: { items: body.items.map(result) } })
  await done(world, client.sendBatch(Array.from({ length: 10 }, (_, index) => ({ ...hello, id: `b${index}`, data: { text: 'я'.repeat(500_000) } }))))
  t.same(server.requests.map(({ body }) => body.items.length), [2, 2, 2, 2, 2], 'in parts of 4 MB, if each character had three bytes')
})

test('the errors of a batch have the ids that were made before the first attempt', async t => {
  for (const reply of [() => { throw new TypeError('fetch failed') }, () => problem(503, 'BLF_UNAVAILABLE'), () => problem(403, 'BLF_FORBIDDEN'), () => ({ status: 200, body: { items: [{ status: 500, code: 'BLF_INTERNAL' }, { status: 400, code: 'BLF_VALIDATION' }] } }), () => ({ status: 200, text: 'null' })] as const) {
    const world = new World()
    world.server.answer = reply as () => { status: number }
    const results = await done(world, world.client(t).sendBatch([hello, hello]))
    const ids = world.server.requests[0]!.body.items.map(({ id }: { id: string }) => id)
    t.match(ids, [/^[0-9a-f-]{36}$/, /^[0-9a-f-]{36}$/])
    t.match(results, [{ name: 'BelfryError', id: ids[0] }, { name: 'BelfryError', id: ids[1] }])
    for (const { body: { items } } of world.server.requests) for (const { id } of items) t.ok(ids.includes(id), 'further attempts have the same')
  }
})

test('what cannot be sent is an error of its own, and the others are sent', async t => {
  const world = new World()
  const { server } = world
  const client = world.client(t)
  const circular: any = { ...hello, id: 'loop' }
  circular.data = circular
  const bad: any[] = [{ ...hello, data: { big: 1n } }, circular, null, undefined, 'text', 5, [], { toJSON: () => undefined }, { ...hello, toJSON () { throw new Error('mine') } }]
  server.answer = ({ body }) => body.items ? { status: 200, body: { items: body.items.map(({ id }: { id: string }) => ({ id, cursor: 'abcdefgh.1' })) } } : { status: 200, body: { id: body.id } }
  const results = await done(world, client.sendBatch(bad.flatMap(item => [item, { ...hello, id: 'good' }])))
  t.match(results, bad.flatMap((_, index) => [{ name: 'BelfryError', code: 'invalid', ...(index === 1 ? { id: 'loop' } : {}) }, { id: 'good', cursor: 'abcdefgh.1' }]))
  t.same(server.requests.map(({ body }) => body.items.length), [bad.length])
  for (const item of bad) {
    await t.rejects(client.send(item), { name: 'BelfryError', code: 'invalid' })
    await t.rejects(client.broadcast({ company: 'a' }, item), { name: 'BelfryError', code: 'invalid' })
  }
  t.equal(server.requests.length, 1)
  t.match(await client.sendBatch([null as never]), [{ code: 'invalid' }])
  for (const target of [{ company: '' }, { role: '' }, { group: '' }, { company: 'a', role: '' }]) await t.rejects(client.broadcast(target, { title: 'a', message: 'b', type: 'info' }), { name: 'TypeError', message: /is empty/ })
})

test('what one user asked for is not sent as another', async t => {
  // While an attempt hangs, between attempts, and while a proxy answers.
  for (const answer of [() => never, () => { throw new TypeError('fetch failed') }, () => ({ status: 502, text: '<html>' })]) {
    const world = new World()
    const { server, clock } = world
    server.answer = answer
    const client = world.client(t)
    const single = client.send({ ...hello, id: 'mine' })
    const batch = client.sendBatch([{ ...hello, id: 'ours' }])
    single.catch(() => {})
    await clock.pass(0)
    t.equal(server.requests.length, 2)
    client.setToken(token('bob'))
    await clock.pass(120_000)
    await t.rejects(single, { code: 'aborted', id: 'mine' })
    t.match(await batch, [{ code: 'aborted', id: 'ours' }])
    t.same(server.requests.filter(request => request.token !== token('alice')), [])
  }
})

test('ids are UUIDs of version 7, in the order of time', async t => {
  t.capture(crypto, 'randomUUID', () => { throw new Error('pages over plain http have none') })
  const ids = Array.from({ length: 100 }, newId)
  for (const id of ids) t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.equal(new Set(ids).size, 100)
  t.ok(Math.abs(Number.parseInt(ids[0]!.replace('-', '').slice(0, 12), 16) - Date.now()) < 60_000)
})
