import { test } from 'tap'
import { ownTurn } from '../../src/outbound/turn.ts'

test('each gets a turn of the event loop of its own, in order', async t => {
  let turn = 0
  let isOver = false
  const count = () => {
    turn++
    if (!isOver) setImmediate(count)
  }
  count()
  const turns = await Promise.all([1, 2, 3].map(async name => {
    await ownTurn()
    return { name, turn }
  }))
  const later = await ownTurn().then(() => turn)
  isOver = true
  t.same(turns.map(({ name }) => name), [1, 2, 3])
  t.equal(new Set([...turns.map(({ turn }) => turn), later]).size, 4)
  t.same(turns.map(({ turn }) => turn), turns.map(({ turn }) => turn).toSorted((one, other) => one - other))
})

test('whoever asks meanwhile comes after those who wait', async t => {
  const order: string[] = []
  const late: Promise<void>[] = []
  await Promise.all(['first', 'second'].map(async name => {
    await ownTurn()
    order.push(name)
    if (name === 'first') late.push(ownTurn().then(() => { order.push('late') }))
  }))
  await Promise.all(late)
  t.same(order, ['first', 'second', 'late'])
})
