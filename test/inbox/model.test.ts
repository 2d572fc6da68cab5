import { setTimeout as wait } from 'node:timers/promises'
import { test } from 'tap'
import { Countdown } from '../../src/inbox/view/countdown.ts'
import { heirOf, moveOf, targetOf } from '../../src/inbox/view/keys.ts'
import { FeedModel } from '../../src/inbox/view/model.ts'
import { idsOf, itemOf, itemsFrom } from './items.ts'

const NOW = Date.parse('2026-03-10T12:00:00.000Z')

test('a few that arrive are shown at once, a burst waits until it is asked for', async t => {
  const model = new FeedModel()
  model.update({ items: itemsFrom(20, 1) }, { isHeld: false, now: NOW })
  model.update({ items: itemsFrom(24, 1) }, { isHeld: false, now: NOW })
  t.strictSame([model.items.length, model.waiting], [24, 0])
  model.update({ items: itemsFrom(32, 1) }, { isHeld: false, now: NOW + 500 })
  t.strictSame([model.items.length, model.waiting], [24, 8], 'more than ten in a second')
  model.update({ items: itemsFrom(90, 1) }, { isHeld: false, now: NOW + 1500 })
  t.strictSame([model.items.length, model.waiting], [24, 66])
  model.reveal()
  model.update({ items: itemsFrom(91, 1) }, { isHeld: true, now: NOW + 1600 })
  t.strictSame([model.items.length, model.waiting], [91, 0])
  model.update({ items: itemsFrom(92, 1) }, { isHeld: true, now: NOW + 2700 })
  t.strictSame([model.items.length, model.waiting], [91, 1], 'and then it is held again')
})

test('days and chunks are made again only where the list or the day changed', async t => {
  const model = new FeedModel()
  const items = itemsFrom(30, 1)
  model.update({ items }, { isHeld: false, now: NOW })
  const { days } = model
  t.equal(idsOf(days.flatMap(day => day.chunks.flatMap(chunk => chunk.items))), idsOf(items))
  model.update({ items }, { isHeld: false, now: NOW + 1000 })
  t.equal(model.days, days)
  model.update({ items }, { isHeld: false, now: NOW + 86_400_000 })
  t.not(model.days, days)
  model.reset()
  t.strictSame([model.items, model.days, model.waiting], [[], [], 0])
})

test('an open row stays in the list of unread ones until it is closed, dropped or expired', async t => {
  const model = new FeedModel()
  const show = (items = itemsFrom(5, 1).filter(({ id }) => id !== 'n3'), now = NOW) => {
    model.update({ items }, { isHeld: false, now })
    return idsOf(model.items)
  }
  const open = (fields = {}) => {
    show(itemsFrom(5, 1))
    model.toggle(itemOf(3, fields), true)
  }
  open()
  t.equal(show(), 'n5 n4 n3 n2 n1')
  t.ok(model.find('n3')?.read)
  model.toggle(itemOf(3), true)
  t.equal(show(), 'n5 n4 n2 n1')
  open()
  show()
  model.drop('n3')
  t.equal(show(), 'n5 n4 n2 n1')
  open({ expires_at: new Date(NOW + 10).toISOString() })
  t.equal(show(), 'n5 n4 n3 n2 n1')
  t.equal(show(undefined, NOW + 10), 'n5 n4 n2 n1')
  show(itemsFrom(5, 1))
  model.toggle(itemOf(3), false)
  t.equal(show(), 'n5 n4 n2 n1', 'in other lists it leaves')
})

test('the keys of a feed', async t => {
  const press = (key: string, isOnRow = true, keys = {}) => moveOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...keys }, isOnRow)
  t.strictSame(['PageDown', 'PageUp', 'Home', 'End', 'a', 'ArrowDown'].map(key => press(key)), ['next', 'previous', 'first', 'last', undefined, undefined])
  t.strictSame(['PageDown', 'Home'].map(key => press(key, false)), ['next', undefined], 'in a control of a row, Home is its own')
  t.strictSame(['Home', 'End', 'PageDown'].map(key => press(key, false, { ctrlKey: true })), ['before', 'after', undefined])
  t.equal(press('PageDown', true, { shiftKey: true }), undefined)
  const ids = ['a', 'b', 'c']
  t.strictSame([targetOf('next', 'a', ids), targetOf('next', 'c', ids), targetOf('previous', 'a', ids), targetOf('first', 'b', ids), targetOf('last', 'b', ids), targetOf('after', 'b', ids)], ['b', 'c', 'a', 'a', 'c', undefined])
})

test('the focus of a row that leaves goes to its replacement, else on, else back', async t => {
  const after = (...list: (string | [string, string])[]) => list.map(entry => typeof entry === 'string' ? { id: entry } : { id: entry[0], replaces: entry[1] })
  const before = after('a', 'b', 'c', 'd')
  t.equal(heirOf('b', before, after('a', 'c', 'd')), 'c')
  t.equal(heirOf('b', before, after('a', 'd')), 'd')
  t.equal(heirOf('d', before, after('a', 'b')), 'b')
  t.equal(heirOf('b', before, after(['x', 'b'], 'a', 'c')), 'x')
  t.equal(heirOf('c', before, after('a')), 'a')
  t.equal(heirOf('a', after('a'), after()), undefined)
})

test('the time to undo stops while something holds it', async t => {
  let ended = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  const countdown = new Countdown(20, () => {
    ended++
    resolve()
  })
  countdown.hold('pointer')
  countdown.hold('focus')
  countdown.release('pointer')
  await wait(40)
  t.equal(ended, 0)
  countdown.release('focus')
  await promise
  t.equal(ended, 1)
  const other = new Countdown(5, () => { ended++ })
  other.hold('pointer')
  other.cancel()
  other.release('pointer')
  await wait(20)
  t.equal(ended, 1, 'a cancelled one never ends')
})
