import { test } from 'tap'
import { Tail, type TailOptions } from '../../src/log/tail.ts'
import type { LogEvent } from '../../src/log/event.ts'
import { upTo } from '../contract/store/engine.ts'
import { random } from '../random.ts'

const event = (seq: number): LogEvent => ({ seq, kind: 'notification', id: `n-${seq}`, keys: ['all'], topic: null, at: 0, expiresAt: null, body: '{}' })
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => event(from + index))

/** A tail over a log that grows by hand, and what it delivered. */
function follow ({ patience = 0, ...options }: Partial<Omit<TailOptions, 'patience'>> & { patience?: number } = {}) {
  const log = { head: 0, reads: 0 }
  const delivered: number[] = []
  const errors: unknown[] = []
  const tail = new Tail({
    log: {
      head: async () => log.head,
      async events (after, limit) {
        log.reads += 1
        return range(after + 1, Math.min(log.head, after + limit))
      }
    },
    seq: 0,
    onError: error => { errors.push(error) },
    patience: () => patience,
    ...options
  })
  tail.follow(events => { delivered.push(...events.map(({ seq }) => seq)) })
  return { tail, log, delivered, errors }
}

test('what continues the log goes on at once, without a read', async t => {
  const { tail, log, delivered } = follow()
  tail.offer(range(1, 2))
  tail.offer(range(2, 3))
  t.same(delivered, [1, 2, 3])
  t.equal(log.reads, 0)
})

test('followers are told in the order they came, and none any more once it has ended', async t => {
  const { tail } = follow()
  const told: string[] = []
  const end = tail.follow(([first]) => { told.push(`a ${first?.seq} after ${tail.seq}`) })
  tail.follow(([first]) => { told.push(`b ${first?.seq} after ${tail.seq}`) })
  tail.offer(range(1, 2))
  end()
  tail.offer(range(3, 3))
  t.same(told, ['a 1 after 0', 'b 1 after 0', 'b 3 after 2'], 'the tail moves on only after delivery')
  t.equal(tail.seq, 3)
})

test('a follower that throws is reported and hurts nobody', async t => {
  const { tail, log, delivered, errors } = follow()
  const fault = new Error('a follower\'s own')
  tail.follow(() => { throw fault })
  const later: number[] = []
  tail.follow(events => { later.push(...events.map(({ seq }) => seq)) })
  tail.offer(range(1, 2))
  log.head = 4
  await tail.reached(4)
  t.same(delivered, [1, 2, 3, 4])
  t.same(later, [1, 2, 3, 4])
  t.same(errors, [fault, fault])
})

test('a hole is filled from the store', async t => {
  const { tail, log, delivered } = follow()
  log.head = 1_200
  tail.offer(range(1_100, 1_200))
  await tail.settled()
  t.same(delivered, upTo(1_200))
})

test('with patience, an offer that fills the hole saves the read', async t => {
  const { tail, log, delivered } = follow({ patience: 60_000 })
  tail.offer(range(5, 6))
  tail.offer(range(3, 4))
  tail.offer(range(5, 6))
  t.same(delivered, [])
  tail.offer(range(1, 2))
  t.same(delivered, upTo(6))
  t.equal(log.reads, 0)
  t.equal(tail.seq, 6)
  await tail.close()
})

test('patience ends', async t => {
  const { tail, log, delivered } = follow({ patience: 1 })
  log.head = 3
  tail.offer([event(3)])
  const { promise, resolve } = Promise.withResolvers<void>()
  // What keeps this process waiting: the tail's own timer does not.
  const waiting = setInterval(() => { if (delivered.length === 3) resolve() }, 1)
  await promise
  clearInterval(waiting)
  t.same(delivered, [1, 2, 3])
  t.equal(log.reads, 1)
})

test('who waits for an event has the store read at once', async t => {
  const { tail, log, delivered } = follow({ patience: 60_000 })
  log.head = 3
  tail.offer([event(3)])
  await tail.reached(2)
  t.same(delivered, [1, 2, 3])
  await tail.close()
})

test('more than can be kept is read instead', async t => {
  const { tail, log, delivered } = follow({ patience: 60_000 })
  log.head = 9
  // By their size, however few they are.
  tail.offer(range(2, 9).map(event => ({ ...event, body: 'x'.repeat(2 * 1024 * 1024) })))
  await tail.settled()
  t.equal(delivered.length, 9)
})

test('a read that fails is reported, and the next one heals it', async t => {
  let isBroken = true
  const { tail, delivered, errors } = follow({
    log: {
      head: async () => 2,
      events: async after => {
        if (isBroken) throw new Error('no store')
        return range(after + 1, 2)
      }
    }
  })
  tail.offer([event(2)])
  await tail.settled()
  t.equal(errors.length, 1)
  isBroken = false
  tail.catchUp()
  await tail.settled()
  t.same(delivered, [1, 2])
})

test('offers in any order, doubled, late and lost: everything once and in order', async t => {
  for (const seed of upTo(30)) {
    const { integer, oneIn } = random(seed)
    const { tail, log, delivered } = follow({ patience: oneIn(2) ? 60_000 : 0 })
    const batches: LogEvent[][] = []
    while (log.head < 300) {
      const size = 1 + integer(12)
      batches.push(range(log.head + 1, log.head + size))
      log.head += size
      while (batches.length > integer(6)) {
        const [batch] = batches.splice(integer(batches.length), 1)
        if (!oneIn(8)) tail.offer(batch!)
        if (oneIn(8)) batches.push(batch!)
        if (oneIn(10)) await tail.settled()
      }
      if (oneIn(10)) tail.catchUp()
    }
    await tail.reached(log.head)
    t.same(delivered, upTo(log.head), `seed ${seed}`)
    await tail.close()
  }
})
