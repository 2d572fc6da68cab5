import t from 'tap'
import { Batcher } from '../../src/store/batcher.ts'

const PACE_MS = 5

/** A batcher whose clock the test moves; a value is ten times its key. */
function open (maxBatch = 3, msAKey = 0) {
  const loaded: number[][] = []
  let time = 0
  const batcher = new Batcher<number, number>({
    maxBatch,
    paceMs: PACE_MS,
    now: () => time,
    loadMany: async keys => {
      loaded.push(keys)
      time += keys.length * msAKey
      if (keys.includes(0)) throw new Error('no zero')
      return keys.map(key => key * 10)
    }
  })
  return { batcher, loaded, pass: (ms: number) => { time += ms } }
}

t.test('a key alone is loaded at once', async t => {
  const { batcher, loaded, pass } = open()
  const value = batcher.load(1)
  t.same(loaded, [[1]])
  t.equal(await value, 10)
  pass(PACE_MS)
  const next = batcher.load(2)
  t.same(loaded, [[1], [2]], 'and so is the next, once the pace allows it')
  t.equal(await next, 20)
})

t.test('keys that follow within the pace are loaded together', async t => {
  const { batcher, loaded } = open()
  const values = [1, 2, 3].map(key => batcher.load(key))
  t.same(loaded, [[1]])
  t.same(await Promise.all(values), [10, 20, 30], 'each gets its own value')
  t.same(loaded, [[1], [2, 3]])
})

t.test('waiting keys are not overtaken when the clock goes on', async t => {
  const { batcher, loaded, pass } = open()
  const early = [batcher.load(1), batcher.load(2)]
  pass(PACE_MS)
  await Promise.all([...early, batcher.load(3)])
  t.same(loaded, [[1], [2, 3]])
})

t.test('a batch has no more keys than maxBatch', async t => {
  const { batcher, loaded } = open(2)
  await Promise.all([1, 2, 3, 4, 5].map(key => batcher.load(key)))
  t.same(loaded, [[1], [2, 3], [4, 5]])
})

t.test('slow batches are smaller, and each has a turn to itself', async t => {
  const { batcher, loaded } = open(4, 3)
  const turns: number[] = []
  const values = [1, 2, 3, 4, 5, 6, 7].map(key => batcher.load(key))
  const count = () => {
    turns.push(loaded.length)
    if (loaded.length < 4) setImmediate(count)
  }
  count()
  t.same(await Promise.all(values), [10, 20, 30, 40, 50, 60, 70])
  t.same(loaded, [[1], [2, 3], [4, 5], [6, 7]])
  t.same(turns, [2, 3], 'one more in each turn')
})

t.test('a failure rejects the keys of its batch, and no others', async t => {
  const { batcher } = open()
  const outcomes = await Promise.allSettled([1, 0, 2].map(key => batcher.load(key)))
  t.same(outcomes.map(({ status }) => status), ['fulfilled', 'rejected', 'rejected'])
  t.equal(await batcher.load(3), 30)
})

t.test('flush loads waiting keys at once', async t => {
  const { batcher, loaded } = open()
  const values = [batcher.load(1), batcher.load(2)]
  batcher.flush()
  t.same(loaded, [[1], [2]])
  batcher.flush()
  await Promise.all(values)
  t.same(loaded, [[1], [2]], 'and is not loaded again')
})
