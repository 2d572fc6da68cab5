import { test } from 'tap'
import type { LogEvent } from '../../../src/log/event.ts'
import { Ring } from '../../../src/hub/recent/ring.ts'
import { notification } from '../recording.ts'

const run = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => notification(from + index))
const seqs = (ring: Ring, after: number) => ring.between(after, Infinity).map(({ seq }) => seq)

test('a ring gives what came after a place', async t => {
  const ring = new Ring(10)
  t.equal(ring.start, 10)
  t.same(seqs(ring, 10), [])
  ring.push(run(11, 14))
  t.same(seqs(ring, 10), [11, 12, 13, 14])
  t.same(seqs(ring, 12), [13, 14])
  t.same(seqs(ring, 14), [])
  t.same(seqs(ring, 99), [], 'a place that is not reached yet')
})

test('a full ring forgets the oldest and moves its start', async t => {
  const ring = new Ring(0, { events: 4 })
  ring.push(run(1, 7))
  t.equal(ring.start, 0, 'up to twice its capacity is kept')
  ring.push(run(8, 8))
  t.equal(ring.start, 4)
  t.same(seqs(ring, ring.start), [5, 6, 7, 8], 'from its start on there is no hole')
  ring.push(run(9, 40))
  t.same(seqs(ring, ring.start), [37, 38, 39, 40], 'however many come at once')
  t.equal(ring.start, 36)
})

test('a range ends where it is told to, and a recalled notification is known as such', async t => {
  const ring = new Ring(0)
  const event = (seq: number, more: Partial<LogEvent> = {}): LogEvent => ({
    seq, kind: 'notification', id: `n${seq}`, keys: ['all'], topic: null, at: 0, expiresAt: null, body: '{}', ...more
  })
  ring.push([event(1), event(2), event(3, { kind: 'notification.recalled', id: null, body: '{"ids":["n1"]}' })])
  t.same(ring.between(0, 2).map(({ seq }) => seq), [1, 2])
  t.same(ring.between(2, 2), [])
  t.same(ring.between(0, 3).map(found => ring.isRecalled(found)), [true, false, false])
})

test('what it keeps is bounded in bytes as well', async t => {
  const ring = new Ring(0, { bytes: 1_000_000 })
  const large = (from: number, to: number) => run(from, to).map(event => ({ ...event, body: 'x'.repeat(100_000) }))
  ring.push(large(1, 9))
  t.equal(ring.start, 0)
  ring.push(large(10, 12))
  t.equal(ring.start, 8, 'down to half, so that not every push cuts')
  t.same(seqs(ring, ring.start), [9, 10, 11, 12])
  ring.push([{ ...run(13, 13)[0]!, keys: Array(20_000).fill('u:somebody-with-a-name'.repeat(3)) }])
  t.same([ring.start, seqs(ring, 13)], [13, []], 'the keys of an audience count too')
  ring.push(run(14, 15))
  t.same(seqs(ring, 13), [14, 15])
})
