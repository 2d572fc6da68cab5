import { clock, draft, type Part } from '../engine.ts'
import { subscription } from './pushed.ts'

const HOUR = 3_600_000

export const pushAges: Part = (t, engine) => {
  t.test('a page of pushes ends before what is too young; stamps decide only where nothing else is known', async t => {
    const { now } = clock()
    const { store } = await engine.open(t, { now })
    await store.createUser({ id: 'bob', username: 'bob', role: 'user', company: null, passwordHash: null })
    await store.putPushSubscription(subscription('bob', 'browser'))
    const start = { seq: await store.head(), inner: null }
    const seqs: number[] = []
    for (const hours of [1, 0, -1, 1, -1, 0, -1]) seqs.push((await store.notify(draft({ users: ['bob'] }, { at: now() + hours * HOUR }))).seq)
    const countIn = async (surely: number, possibly: number) => {
      const page = (await store.pushes(start, { old: { surely, possibly, before: now() }, limit: 10 }))!
      t.same(page.upTo, { seq: page.pushes.at(-1)?.push.seq ?? start.seq, inner: null })
      return page.pushes.length
    }
    const [first, second, third, , fifth] = seqs as [number, number, number, number, number]
    t.equal(await countIn(start.seq, 9e15), 0, 'the first is stamped with a time that has not come')
    t.equal(await countIn(first, 9e15), 3)
    t.equal(await countIn(first, second), 2, 'the third is too young, whatever is stamped on it')
    t.equal(await countIn(third, second), 3)
    t.equal(await countIn(fifth, 9e15), 7)
  })
}
