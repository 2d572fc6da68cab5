import { getEventListeners } from 'node:events'
import { test, type Test } from 'tap'
import { Lease } from '../../src/outbound/lease.ts'

const MS = 9_000

/** A lease that this node takes at 0, and a clock. */
async function taken (t: Test) {
  let now = 0
  t.intercept(performance, 'now', { value: () => now })
  const asked: number[] = []
  const store = {
    takeReader: async () => ({ token: 1, seq: 0 }),
    renewReaders: async () => {
      asked.push(now)
      return ['r']
    }
  }
  const lease = new Lease({ name: 'r', store: store as never, owner: 'own', isAlone: false, start: 'head', leaseMs: MS })
  await lease.take()
  return { lease, asked, at: (ms: number) => { now = ms } }
}

test('a lease that another reader of the node renews holds on', async t => {
  const { lease, asked, at } = await taken(t)
  for (const ms of [4_000, 8_000, 12_000, 16_000]) {
    at(ms)
    await lease.look(async () => ({ owner: 'own', leaseMs: MS - 1_000 }))
    t.ok(lease.isValid, `${ms}`)
  }
  t.same(asked, [], 'nobody else has to')
  at(16_000 + MS)
  t.notOk(lease.isValid, 'and no longer than the store said')
})

test('it is renewed in time, and dropped when it is another node\'s', async t => {
  const { lease, asked, at } = await taken(t)
  at(4_000)
  await lease.look(async () => ({ owner: 'own', leaseMs: MS - 4_000 }))
  t.same(asked, [4_000])
  at(4_000 + MS - 1)
  t.ok(lease.isValid)
  await lease.look(async () => ({ owner: 'other', leaseMs: MS }))
  t.equal(lease.token, undefined)
  t.notOk(lease.isValid)
})

test('what is done while it is held is ended by whoever stops the node, before it begins or later', async t => {
  const { lease } = await taken(t)
  const stopped = new AbortController()
  await lease.whileHeld(stopped.signal, async signal => {
    t.notOk(signal.aborted)
    stopped.abort('stopped')
    t.equal(signal.reason, 'stopped')
  })
  await lease.whileHeld(stopped.signal, async signal => { t.equal(signal.reason, 'stopped') })
})

test('work that is done leaves nothing behind at a signal that outlives it', async t => {
  const { lease } = await taken(t)
  const stopped = new AbortController()
  for (let step = 0; step < 3; step++) await lease.whileHeld(stopped.signal, async () => { t.equal(getEventListeners(stopped.signal, 'abort').length, 1) })
  await t.rejects(lease.whileHeld(stopped.signal, async () => { throw new Error('failed') }))
  t.same(getEventListeners(stopped.signal, 'abort'), [])
})
