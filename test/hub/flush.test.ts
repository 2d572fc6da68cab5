import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'tap'
import { FlushSchedule } from '../../src/hub/flush.ts'

test('what is asked for in one turn is flushed once, at its end', async t => {
  let flushes = 0
  const schedule = new FlushSchedule(() => { flushes += 1; return 1 })
  schedule.request()
  schedule.request()
  await Promise.resolve()
  schedule.request()
  t.equal(flushes, 0, 'not before the turn is over')
  await nextTurn()
  t.equal(flushes, 1)
  await nextTurn()
  t.equal(flushes, 1)
  schedule.request()
  await nextTurn()
  t.equal(flushes, 2)
})

test('a cancelled flush does not run', async t => {
  let flushes = 0
  const schedule = new FlushSchedule(() => { flushes += 1; return 1 })
  schedule.request()
  schedule.cancel()
  await nextTurn()
  t.equal(flushes, 0)
  schedule.request()
  await nextTurn()
  t.equal(flushes, 1, 'the next one does')
})

/** A schedule whose flushes take 3 ms and send so many events; how the next one is waited for. */
async function afterLongFlush (events: number): Promise<'turn' | 'timer'> {
  const flushed: (() => void)[] = []
  const next = () => new Promise<void>(resolve => { flushed.push(resolve) })
  const schedule = new FlushSchedule(() => {
    for (const end = performance.now() + 3; performance.now() < end;);
    flushed.shift()?.()
    return events
  })
  const first = next()
  schedule.request()
  await first
  let isFlushed = false
  const second = next().then(() => { isFlushed = true })
  schedule.request()
  schedule.request()
  await nextTurn()
  const kind = isFlushed ? 'turn' : 'timer'
  await second
  return kind
}

test('after a long flush of several events the next one waits to be joined, and still comes', async t => {
  t.equal(await afterLongFlush(2), 'timer')
})

test('after a long flush of one event nothing is waited for', async t => {
  t.equal(await afterLongFlush(1), 'turn')
})
