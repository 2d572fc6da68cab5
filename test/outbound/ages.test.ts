import { test, type Test } from 'tap'
import { isOldEnough } from '../../src/log/age-limit.ts'
import { Ages } from '../../src/outbound/ages.ts'
import { upTo } from '../contract/store/engine.ts'

const WAIT = 64_000

/** Ages of a log that a test writes, with the monotonic clock and the store's set by hand: they show 0 and a day at first. */
function open (t: Test) {
  let monotonic = 0
  let store = 86_400_000
  const { now } = performance
  performance.now = () => monotonic
  t.teardown(() => { performance.now = now })
  const ages = new Ages(WAIT)
  const stamps: number[] = []
  /** The reader asks the store. */
  const look = (seq = 0) => ages.look({ now: store, head: stamps.length, seq })
  return {
    ages,
    look,
    /** An event comes, and the tail has it at once; `off`: by how much the clock of its node is wrong. */
    send (off = 0, isSeen = true) {
      stamps.push(store + off)
      if (isSeen) ages.saw(stamps.length)
    },
    pass (ms: number) {
      monotonic += ms
      store += ms
    },
    /** The store's clock is set. */
    step (ms: number) { store += ms },
    /** Which events are old enough. */
    old (from = 1) {
      const { limit } = ages
      return upTo(stamps.length).slice(from - 1).filter(seq => isOldEnough(limit, { seq, at: stamps[seq - 1]! }))
    },
    lag: (seq = 0) => ages.lagOf({ seq, floor: 0, lagMs: Math.max(0, store - stamps[seq]!) })
  }
}

test('with clocks that are right, an event is as old as its stamp says', async t => {
  const { look, send, pass, old, lag } = open(t)
  look()
  for (let count = 0; count < 3; count++) {
    send()
    pass(1_000)
  }
  pass(WAIT - 3_001)
  t.same([old(), lag()], [[], WAIT - 1])
  pass(1)
  t.same([old(), lag()], [[1], WAIT])
  pass(999)
  t.same(old(), [1])
  pass(1)
  t.same([old(), lag(1)], [[1, 2], WAIT])
})

test('stamps of nodes that are ahead or behind decide nothing', async t => {
  const { look, send, pass, old, lag } = open(t)
  look()
  for (const hours of [1, 1, -1, 24, 0]) {
    pass(1_000)
    look()
    send(hours * 3_600_000)
  }
  pass(WAIT - 4_001)
  t.same(old(), [])
  pass(1)
  t.same([old(), lag()], [[1], WAIT])
  pass(2_000)
  t.same(old(), [1, 2, 3])
  pass(2_000)
  t.same([old(), lag()], [[1, 2, 3, 4, 5], WAIT + 4_000])
})

test('of what was there before the node was, stamps decide, but nothing waits for longer than it has to', async t => {
  const { look, send, pass, old, lag } = open(t)
  send(-WAIT, false)
  send(3_600_000, false)
  send(-WAIT + 10, false)
  look()
  t.same([old(), lag(), lag(1)], [[1], WAIT, 0])
  pass(10)
  t.same(old(), [1, 3])
  pass(WAIT - 11)
  t.same([old(), lag(1)], [[1, 3], WAIT - 1])
  pass(1)
  t.same(old(), [1, 2, 3])
})

test('the store\'s clock may be set: back delays nothing', async t => {
  const { look, send, pass, step, old } = open(t)
  look()
  send()
  pass(1_000)
  step(-3_600_000)
  look()
  send()
  pass(WAIT - 1_001)
  look()
  t.same(old(), [])
  pass(1)
  t.same(old(), [1])
  pass(1_000)
  t.same(old(), [1, 2])
})

test('while events come all the time, each waits a little longer at the most, and what is remembered is bounded', async t => {
  const { ages, look, send, pass, old } = open(t)
  look()
  const sentAt: number[] = []
  let done = 0
  for (let ms = 0; ms < 3 * WAIT; ms += 100) {
    send(3_600_000)
    sentAt.push(ms)
    pass(100)
    if (ms % 1_000 === 0) look()
    for (const seq of old(done + 1)) {
      const waited = ms + 100 - sentAt[seq - 1]!
      if (seq !== done + 1 || waited < WAIT || waited > WAIT * 65 / 64) t.fail(`${seq} waited ${waited} ms after ${done}`)
      done = seq
    }
  }
  t.ok(done > 1_200, `${done} are old enough`)
  // Nobody reads: much later it is known still how old the oldest is, about.
  for (let ms = 0; ms < 40 * WAIT; ms += 500) {
    send(3_600_000)
    pass(500)
  }
  const lag = ages.lagOf({ seq: 0, floor: 0, lagMs: 0 })
  t.ok(lag > 42 * WAIT && lag <= 43 * WAIT, `${lag} ms`)
  const young = sentAt.length + 80 * WAIT / 1_000 - WAIT / 500 + 1
  const newest = old().at(-1)!
  t.ok(newest <= young && newest > young - 5, `up to ${newest} of ${young}`)
})

test('what has nothing to wait for is old enough', async t => {
  const ages = new Ages(0)
  t.ok(isOldEnough(ages.limit, { seq: 7, at: 9e12 }))
  ages.look({ now: 100_000, head: 7, seq: 0 })
  t.equal(ages.lagOf({ seq: 0, floor: 0, lagMs: 300 }), 300)
})
