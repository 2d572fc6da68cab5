import { test } from 'tap'
import type { Attempt } from '../../src/outbound/work.ts'
import { DELAYS } from '../../src/outbound/retries.ts'
import { upTo } from '../contract/store/engine.ts'
import { until } from '../within.ts'
import { done, open, refused } from './reading.ts'

test('it does each event once, and goes on from there after a restart', async t => {
  const { store, start, send } = await open(t)
  const reader = start()
  await send(200)
  await reader.run()
  t.same(reader.attempts, upTo(200).map(String))
  t.match(await store.reader('r'), { seq: 200, pending: 0 })
  await reader.stop()
  await send(3)
  const next = start({ owner: 'b' })
  await next.run()
  t.same(next.attempts, ['201', '202', '203'])
})

test('it begins by itself, is woken by what is new, and holds up nobody', async t => {
  const { start, send } = await open(t)
  const reader = start()
  await send(1)
  reader.start()
  await until('the first', () => reader.attempts.length === 1)
  await until('it to rest', async () => reader.isHolder && reader.lagMs === 0)
  await send(2)
  reader.wake()
  await until('the others', () => reader.attempts.length === 3)
})

test('while something does not end, the lag says how long what came meanwhile has waited', async t => {
  const { start, send } = await open(t)
  const reader = start()
  const gate = Promise.withResolvers<Attempt>()
  reader.work = () => gate.promise
  await send(1)
  const running = reader.run()
  await until('it to be under way', () => reader.attempts.length === 1)
  reader.wake()
  await until('time to pass', () => reader.lagMs > 1)
  await Promise.all([running, gate.resolve(done)])
  t.equal(reader.lagMs, 0)
})

test('what is to be tried again leaves room for what is new', async t => {
  const { start, send, forward } = await open(t)
  const reader = start()
  reader.work = () => refused
  await send(64)
  await reader.run()
  forward(6_000)
  await send(32)
  await reader.run()
  t.equal(reader.attempts.slice(64, 128).filter(attempt => !attempt.includes('/')).length, 32)
})

test('what fails is tried again alone, at its time, until it is given up', async t => {
  const { store, start, send, forward } = await open(t)
  const reader = start()
  reader.work = seq => seq === 2 ? refused : done
  await send(3)
  await reader.run()
  t.match(await store.reader('r'), { seq: 3, pending: 1 }, 'the others are done')
  for (const delay of DELAYS) {
    await send(1)
    await reader.run()
    forward(delay * 1.11)
    await reader.run()
  }
  t.same(reader.attempts.filter(attempt => attempt.startsWith('2')), ['2', ...upTo(9).map(n => `2/${n + 1}`)])
  t.match(await store.calls('r', { limit: 9 }), [{ seq: 2, state: 'failed', n: 10, error: 'answered 500' }])
  t.match(await store.reader('r'), { seq: 12, pending: 0 })
})

test('what can never succeed is given up at once', async t => {
  const { store, start, send } = await open(t)
  await send(1)
  const reader = start()
  reader.work = () => ({ ...refused, isFinal: true })
  await reader.run()
  t.match(await store.calls('r', { limit: 9 }), [{ state: 'failed', n: 1 }])
})

test('in order, a failure holds up what is behind it', async t => {
  const { start, send, forward } = await open(t, { isOrdered: true })
  const reader = start()
  let isAway = true
  reader.work = seq => seq === 2 && isAway ? refused : done
  await send(4)
  await reader.run()
  t.same(reader.attempts, ['1', '2'])
  forward(6_000)
  await reader.run()
  t.same(reader.attempts, ['1', '2', '2/2'])
  isAway = false
  forward(360_000)
  await reader.run()
  t.same(reader.attempts, ['1', '2', '2/2', '2/3', '3', '4'])
})

test('while too much fails, the place stays: the log is the queue', async t => {
  const { store, start, send, forward } = await open(t, { maxPending: 100 })
  const reader = start()
  reader.work = () => refused
  await send(300)
  await reader.run()
  t.equal(reader.attempts.length, 128, 'two pages')
  t.match(await store.reader('r'), { seq: 128, pending: 128 })
  reader.work = () => done
  forward(6_000)
  await reader.run()
  t.match(await store.reader('r'), { seq: 300, pending: 0 })
  t.equal(new Set(reader.attempts.map(attempt => attempt.split('/')[0])).size, 300, 'none is left out')
})

test('several at once, but no more', async t => {
  const { start, send } = await open(t, { atOnce: 3 })
  const reader = start()
  let running = 0
  let most = 0
  reader.work = async () => {
    most = Math.max(most, ++running)
    await new Promise(resolve => { setImmediate(resolve) })
    running -= 1
    return done
  }
  await send(20)
  await reader.run()
  t.equal(most, 3)
})

test('it stays behind the head, if it is to', async t => {
  const { start, send } = await open(t, { behindMs: 30_000 })
  let offset = 0
  const now = Date.now
  t.capture(Date, 'now', () => now() + offset)
  const reader = start()
  await send(2)
  await reader.run()
  t.same(reader.attempts, [])
  offset = 31_000
  await send(1)
  await reader.run()
  t.same(reader.attempts, ['1', '2'])
})

test('retention waits for nobody: what was missed is told', async t => {
  const { store, missed, start, send, forward } = await open(t)
  await send(2)
  const reader = start()
  await reader.run()
  await reader.stop()
  await send(5)
  forward(10 * 86_400_000)
  await send(1)
  await store.retain(Date.now() + 86_400_000, 100)
  const next = start()
  await next.run()
  t.same(next.attempts, ['8'])
  t.same(missed, [5])
  t.match(await store.reader('r'), { seq: 8, missed: 5 })
})

test('another node takes over when the lease ends, and the first one moves nothing any more', async t => {
  const { store, start, send, forward } = await open(t, { isAlone: false })
  const [first, second] = [start({ owner: 'a' }), start({ owner: 'b' })]
  await send(2)
  const paused = Promise.withResolvers<Attempt>()
  first.work = seq => seq === 2 ? paused.promise : done
  const running = first.run()
  await until('the second event', () => first.attempts.length === 2)
  await second.run()
  t.same(second.attempts, [], 'the lease is the first\'s')
  forward(10_001)
  await second.run()
  t.same(second.attempts, ['1', '2'], 'what the first had not written down is done again')
  second.work = () => refused
  await send(1)
  await second.run()
  paused.resolve(done)
  await running
  t.same([first.isHolder, second.isHolder], [false, true])
  t.match(await store.reader('r'), { seq: 3, pending: 1, owner: 'b' })
})

test('who follows a reader at its node need not wait for the end of its lease', async t => {
  const { start, send } = await open(t, { isAlone: false, leaseMs: 300_000 })
  const reader = start()
  await reader.run()
  await reader.stop()
  await send(1)
  const next = start()
  next.start()
  await until('it to go on', () => next.attempts.length === 1)
})

test('at a stop what is under way may end, and what has not begun is left', async t => {
  const { store, start, send } = await open(t, { atOnce: 2 })
  const reader = start()
  const gate = Promise.withResolvers<Attempt>()
  reader.work = () => gate.promise
  await send(9)
  const running = reader.run()
  await until('two to be under way', () => reader.attempts.length === 2)
  const stopped = reader.stop()
  gate.resolve(done)
  await Promise.all([running, stopped])
  t.same(reader.attempts, ['1', '2'])
  t.match(await store.reader('r'), { seq: 2 })
})
