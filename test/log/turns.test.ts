import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'tap'
import { Turns } from '../../src/log/turns.ts'

test('each begins in a turn of the loop of its own', async t => {
  const turns = new Turns(10)
  let turn = 0
  const begun: number[] = []
  const work = Array.from({ length: 5 }, (_, index) => turns.take(String(index), async () => { begun.push(turn) }))
  for (; begun.length < 5; turn++) await nextTurn()
  await Promise.all(work)
  t.equal(new Set(begun).size, 5, begun.join())
})

test('so many run at once and no more, also after one failed', async t => {
  const turns = new Turns(2)
  let running = 0
  let most = 0
  const outcomes = await Promise.allSettled(Array.from({ length: 9 }, (_, index) => turns.take('a', async () => {
    most = Math.max(most, ++running)
    await nextTurn()
    await nextTurn()
    running--
    if (index % 3 === 0) throw new Error('no')
    return index
  })))
  t.equal(most, 2)
  t.same(outcomes.map(({ status }) => status === 'fulfilled'), [false, true, true, false, true, true, false, true, true])
})

test('who asks once is not behind who asks often', async t => {
  const turns = new Turns(1)
  const order: string[] = []
  const take = (key: string) => turns.take(key, async () => { order.push(key) })
  await Promise.all([take('often'), take('often'), take('often'), take('often'), take('once'), take('twice'), take('twice')])
  t.same(order, ['often', 'once', 'twice', 'often', 'twice', 'often', 'often'])
})
