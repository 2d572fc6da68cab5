import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { CHANGE } from '../../../src/outbound/webhooks/runner.ts'
import { folder } from '../../folder.ts'
import { build, call, hello, people } from '../../helper.ts'
import { until } from '../../within.ts'
import { ALLOWING, Receiver, type Received } from '../receiver.ts'

const { root } = people
/** Calls end long after the test. */
const PATIENT = { outbound: { timeoutMs: 300_000 } }

/** A webhook of a receiver that answers only what it is told to. */
async function open (t: Test, { env = {}, webhook = {} }: { env?: Record<string, string>, webhook?: object } = {}) {
  const app = await build(t, { ...ALLOWING, DRAIN_SECONDS: '20', ...env }, PATIENT)
  await call(app, root, 'GET', '/api/auth/me')
  const receiver = await Receiver.open(t)
  const held = new Map<string, ServerResponse>()
  let most = 0
  receiver.answer = (response, received) => {
    held.set(titleOf(received), response)
    response.on('close', () => held.delete(titleOf(received)))
    most = Math.max(most, held.size)
  }
  const { body: { id } } = await call(app, root, 'POST', '/api/webhooks', { url: receiver.url, types: ['notification.sent'], ...webhook })
  const send = async (...ids: string[]) => {
    const { status, body } = await call(app, root, 'POST', '/api/notifications/batch', { items: ids.map(id => ({ ...hello, id })) })
    t.equal(status, 200, JSON.stringify(body))
  }
  const attempts = async (state: string) => (await call(app, root, 'GET', `/api/webhooks/${id}/attempts?state=${state}`)).body.items as { n: number, error: string | null }[]
  const isOut = async (count: number) => await until(`${count} that are waited for no more`, async () => (await attempts('pending')).filter(({ error }) => error === 'not answered yet').length === count)
  return { app, receiver, held, id, send, attempts, isOut, most: () => most }
}

const titleOf = ({ body }: Received): string => body.data['notification_ids'][0]
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `n-${index}`)

test('a call that is not answered holds up none of those behind it, and is made once', async t => {
  const { receiver, held, send, attempts, isOut } = await open(t)
  await send('hanging')
  await isOut(1)
  t.match(await attempts('pending'), [{ n: 1, status: null }])
  for (const id of ['a', 'b', 'c']) {
    await send(id)
    await until(`the call for ${id}`, () => held.has(id))
    held.get(id)!.end()
  }
  await until('them to be written down', async () => (await attempts('delivered')).length === 3)
  await isOut(1)
  held.get('hanging')!.end()
  await until('it to be, too', async () => (await attempts('delivered')).length === 4)
  t.same(receiver.calls.map(titleOf), ['hanging', 'a', 'b', 'c'])
  t.same((await attempts('delivered')).map(({ n }) => n), [1, 1, 1, 1])
})

test('eight are under way, and no more, however long they take', async t => {
  const { receiver, held, send, attempts, isOut, most } = await open(t)
  const ids = numbered(20)
  await send(...ids)
  await isOut(8)
  // Each answer lets one more begin.
  for (let answered = 0; answered < ids.length; answered++) {
    await until('a call', () => held.size === Math.min(8, ids.length - answered))
    held.values().next().value!.writeHead(answered === 0 ? 500 : 200).end()
    await until('its end', () => held.size < Math.min(8, ids.length - answered) || receiver.calls.length > answered + 8)
  }
  await until('all to be written down', async () => (await attempts('delivered')).length === ids.length - 1)
  t.match(await attempts('pending'), [{ n: 1, error: 'answered 500' }])
  t.equal(most(), 8)
  t.same(receiver.calls.map(titleOf).sort(), ids.sort(), 'each once')
})

test('a call that hangs is made again as its webhook is once it was changed', async t => {
  const { app, receiver, held, id, send, isOut } = await open(t)
  await send('hanging')
  await isOut(1)
  const moved = await Receiver.open(t)
  t.equal((await call(app, root, 'PATCH', `/api/webhooks/${id}`, { url: moved.url })).status, 200)
  await moved.received(1)
  await until('it to be broken off', () => held.size === 0)
  await send('next')
  await moved.received(2)
  t.same(moved.calls.map(titleOf), ['hanging', 'next'])
  t.same(receiver.calls.map(titleOf), ['hanging'])
})

test('a change of one that hangs holds up neither the others nor what changes in them', async t => {
  const { graceMs } = CHANGE
  CHANGE.graceMs = 300_000
  t.teardown(() => { CHANGE.graceMs = graceMs })
  const { app, held, id, send, isOut } = await open(t)
  await send('hanging')
  await isOut(1)
  const make = async () => {
    const made = await Receiver.open(t)
    const { body } = await call(app, root, 'POST', '/api/webhooks', { url: made.url, types: ['notification.sent'] })
    return { made, id: body.id as string }
  }
  const [disabled, removed] = [await make(), await make()]
  await send('first')
  for (const { made } of [disabled, removed]) await made.received(1)
  await until('the call beside the one that hangs', () => held.has('first'))
  held.get('first')!.end()
  t.equal((await call(app, root, 'PATCH', `/api/webhooks/${id}`, { types: ['notification.sent', 'notification.read'] })).status, 200)
  t.equal((await call(app, root, 'PATCH', `/api/webhooks/${disabled.id}`, { state: 'disabled' })).status, 200)
  t.equal((await call(app, root, 'DELETE', `/api/webhooks/${removed.id}`)).status, 204)
  const { made } = await make()
  // It begins when what was changed before it is regarded.
  await send('second')
  await made.received(1)
  await send('third')
  await made.received(2)
  t.ok(held.has('hanging'), 'it hangs still')
  for (const { made } of [disabled, removed]) t.notOk(made.calls.map(titleOf).includes('third'))
  // Those that wait for the one that hangs are called once it ends.
  held.get('hanging')!.end()
  await until('the changed one to go on', () => held.has('third'))
})

test('one that is ordered waits for the call before', async t => {
  const { receiver, held, send, attempts } = await open(t, { webhook: { ordered: true } })
  await send('first', 'second')
  await until('the first', () => held.has('first'))
  await send('third')
  t.same(await attempts('pending'), [])
  for (const id of ['first', 'second', 'third']) {
    await until(id, () => held.has(id))
    t.equal(held.size, 1)
    held.get(id)!.end()
  }
  await until('all to be written down', async () => (await attempts('delivered')).length === 3)
  t.same(receiver.calls.map(titleOf), ['first', 'second', 'third'])
})

test('at the end of a node, what is waited for no more has its time, and is written down', async t => {
  const env = { DATABASE_URL: `sqlite:${join(folder(t), 'belfry.db')}` }
  const { app, receiver, held, id, send, isOut } = await open(t, { env })
  await send('hanging')
  await isOut(1)
  const closing = app.close()
  held.get('hanging')!.end()
  await closing
  const again = await build(t, { ...ALLOWING, ...env })
  t.match((await call(again, root, 'GET', `/api/webhooks/${id}/attempts?state=delivered`)).body.items, [{ n: 1 }])
  t.equal(receiver.calls.length, 1)
})

test('what was waited for no more when its node ended is called for at once by the next', async t => {
  // Time stands still: it would be due after a while.
  const now = Date.now()
  t.capture(Date, 'now', () => now)
  const env = { DATABASE_URL: `sqlite:${join(folder(t), 'belfry.db')}`, DRAIN_SECONDS: '0' }
  const { app, receiver, id, send, isOut } = await open(t, { env })
  await send('hanging')
  await isOut(1)
  await app.close()
  receiver.answer = response => response.end()
  const again = await build(t, { ...ALLOWING, ...env })
  await receiver.received(2)
  const [first, second] = receiver.calls
  t.equal(first!.headers['webhook-id'], second!.headers['webhook-id'])
  await until('it to be written down', async () => (await call(again, root, 'GET', `/api/webhooks/${id}/attempts?state=delivered`)).body.items.length === 1)
})
