import t from 'tap'
import { GroupCommit } from '../../src/store/group-commit.ts'
import { random } from '../random.ts'

interface Commit { batch: number[], finish: () => void, fail: (error: Error) => void }

/** A group commit whose commits end when the test says so; a write's result is ten times the write. */
function held (options: { maxBatch?: number, maxWaiting?: number, patienceMs?: number } = {}) {
  const commits: Commit[] = []
  let begun = Promise.withResolvers<void>()
  const group = new GroupCommit<number, number>({
    refuse: () => new Error('refused'),
    ...options,
    commit: batch => {
      const { promise, resolve, reject } = Promise.withResolvers<number[]>()
      commits.push({ batch, finish: () => resolve(batch.map(write => write * 10)), fail: reject })
      begun.resolve()
      begun = Promise.withResolvers<void>()
      return promise
    }
  })
  /** The nth commit, once it runs. */
  const commit = async (index: number): Promise<Commit> => {
    while (commits.length <= index) await begun.promise
    return commits[index]!
  }
  return { group, commits, commit }
}

t.test('writes of one turn share a commit', async t => {
  const { group, commit } = held()
  const results = Promise.all([1, 2, 3].map(write => group.submit(write)))
  const { batch, finish } = await commit(0)
  t.same(batch, [1, 2, 3])
  finish()
  t.same(await results, [10, 20, 30], 'and each gets its own result')
})

t.test('writes that arrive while a commit runs go into the next one', async t => {
  const { group, commit, commits } = held()
  const first = group.submit(1)
  const running = await commit(0)
  const later = Promise.all([2, 3].map(write => group.submit(write)))
  t.equal(commits.length, 1, 'one commit at a time')
  running.finish()
  t.equal(await first, 10)
  const next = await commit(1)
  t.same(next.batch, [2, 3])
  next.finish()
  t.same(await later, [20, 30])
})

t.test('a patient write goes with the next that is not, in its place, and alone if none comes', async t => {
  const { group, commit, commits } = held({ patienceMs: 3_600_000 })
  const patient = group.submit(1, true)
  await new Promise(setImmediate)
  t.equal(commits.length, 0)
  const writes = Promise.all([patient, group.submit(2)])
  const { batch, finish } = await commit(0)
  t.same(batch, [1, 2])
  const later = [group.submit(3, true), group.submit(4, true)]
  finish()
  t.same(await writes, [10, 20])
  await new Promise(setImmediate)
  t.equal(commits.length, 1, 'no commit for patient ones')
  const hurried = group.submit(5)
  const next = await commit(1)
  t.same(next.batch, [3, 4, 5])
  next.finish()
  t.same(await Promise.all([...later, hurried]), [30, 40, 50])

  const alone = held({ patienceMs: 1 })
  const lonely = alone.group.submit(1, true);
  (await alone.commit(0)).finish()
  t.equal(await lonely, 10)
})

t.test('a write is not resolved before its commit is done', async t => {
  const { group, commit } = held()
  let resolved = false
  const write = group.submit(1).then(() => { resolved = true })
  const { finish } = await commit(0)
  await new Promise(setImmediate)
  t.notOk(resolved)
  finish()
  await write
  t.ok(resolved)
})

t.test('a batch has its bound', async t => {
  const { group, commit } = held({ maxBatch: 2 })
  const results = Promise.all([1, 2, 3, 4, 5].map(write => group.submit(write)))
  for (const [index, batch] of [[1, 2], [3, 4], [5]].entries()) {
    const running = await commit(index)
    t.same(running.batch, batch)
    running.finish()
  }
  t.same(await results, [10, 20, 30, 40, 50])
})

t.test('a failed commit fails its own writes and no others', async t => {
  const { group, commit } = held({ maxBatch: 2 })
  const results = Promise.allSettled([1, 2, 3].map(write => group.submit(write)))
  const fault = new Error('the disk is gone')
  const first = await commit(0)
  first.fail(fault)
  const second = await commit(1)
  second.finish()
  t.match(await results, [
    { status: 'rejected', reason: fault }, { status: 'rejected', reason: fault }, { status: 'fulfilled', value: 30 }
  ])
})

t.test('a commit that throws at once is a failed commit', async t => {
  const fault = new Error('at once')
  const group = new GroupCommit<number, number>({ commit: () => { throw fault }, refuse: () => new Error('refused') })
  await t.rejects(group.submit(1), fault)
  await group.idle()
})

t.test('too many waiting writes are refused, and room comes back', async t => {
  const { group, commit } = held({ maxWaiting: 2 })
  const first = group.submit(1)
  const running = await commit(0)
  const waiting = Promise.all([2, 3].map(write => group.submit(write)))
  await t.rejects(group.submit(4), { message: 'refused' })
  running.finish()
  await first
  const next = await commit(1)
  t.same(next.batch, [2, 3], 'a refused write is in no commit')
  const last = group.submit(5)
  next.finish()
  t.same(await waiting, [20, 30])
  const after = await commit(2)
  after.finish()
  t.equal(await last, 50)
})

t.test('idle waits for what is running and what is waiting', async t => {
  const { group, commit } = held()
  await group.idle()
  const order: string[] = []
  const writes = [1, 2].map(async write => { await group.submit(write); order.push(`write ${write}`) })
  const idle = group.idle().then(() => { order.push('idle') })
  const first = await commit(0)
  const late = group.submit(3).then(() => { order.push('write 3') })
  first.finish()
  const second = await commit(1)
  second.finish()
  await Promise.all([...writes, late, idle])
  t.same(order, ['write 1', 'write 2', 'write 3', 'idle'])
})

t.test('any interleaving keeps the order, loses nothing and doubles nothing', async t => {
  for (let seed = 1; seed <= 50; seed++) {
    const { integer, oneIn } = random(seed)
    const committed: number[] = []
    let running = 0
    const group = new GroupCommit<number, number>({
      maxBatch: 1 + integer(8),
      patienceMs: 1,
      refuse: () => new Error('refused'),
      commit: async batch => {
        running++
        if (running > 1) throw new Error('two commits at once')
        for (let pause = integer(4); pause > 0; pause--) await (oneIn(2) ? new Promise(setImmediate) : Promise.resolve())
        running--
        if (oneIn(6)) throw new Error('fault')
        committed.push(...batch)
        return batch.map(write => write * 10)
      }
    })
    const writes: Promise<number | undefined>[] = []
    for (let write = 0; write < 100; write++) {
      writes.push(group.submit(write, oneIn(4)).catch(() => undefined))
      if (oneIn(5)) await new Promise(setImmediate)
    }
    const results = await Promise.all(writes)
    const acknowledged = results.flatMap((result, write) => result === undefined ? [] : [write])
    t.same(committed, acknowledged, `seed ${seed}: what is committed, in order, is what was acknowledged`)
    t.ok(acknowledged.every(write => results[write] === write * 10), `seed ${seed}: each got its own result`)
  }
})
