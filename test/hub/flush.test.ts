import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'tap'
import { FlushSchedule } from '../../src/hub/flush.ts'

test('what is asked for in one turn is flushed once, at its end', async t => {
  let flushes = 0
  const schedule = new FlushSchedule(() => { flushes += 1 })
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
  const schedule = new FlushSchedule(() => { flushes += 1 })
  schedule.request()
  schedule.cancel()
  await nextTurn()
  t.equal(flushes, 0)
  schedule.request()
  await nextTurn()
  t.equal(flushes, 1, 'the next one does')
})

test('after a long flush the next one waits to be joined, and still comes', async t => {
  const flushed: (() => void)[] = []
  let lengthMs = 3
  const schedule = new FlushSchedule(() => {
    for (const end = performance.now() + lengthMs; performance.now() < end;);
    flushed.shift()?.()
  })
  const next = () => new Promise<void>(resolve => { flushed.push(resolve) })
  const first = next()
  schedule.request()
  await first
  lengthMs = 0
  const second = next()
  schedule.request()
  schedule.request()
  await second
  t.pass('a timer took the place of the turn\'s end')
})
