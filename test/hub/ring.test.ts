import { test } from 'tap'
import { Ring } from '../../src/hub/ring.ts'
import { notification } from './recording.ts'

const run = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => notification(from + index))
const seqs = (ring: Ring, after: number) => ring.after(after).map(({ seq }) => seq)

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
  const ring = new Ring(0, 4)
  ring.push(run(1, 7))
  t.equal(ring.start, 0, 'up to twice its capacity is kept')
  ring.push(run(8, 8))
  t.equal(ring.start, 4)
  t.same(seqs(ring, ring.start), [5, 6, 7, 8], 'from its start on there is no hole')
  ring.push(run(9, 40))
  t.same(seqs(ring, ring.start), [37, 38, 39, 40], 'however many come at once')
  t.equal(ring.start, 36)
})
