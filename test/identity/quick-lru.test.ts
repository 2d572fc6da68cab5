import QuickLRU from 'quick-lru'
import { test } from 'tap'

// What caches and counters rely on: they are bounded, and forget what nobody uses.

test('keeps the last used, as many as it says and no more than twice as many', async t => {
  const map = new QuickLRU<number, string>({ maxSize: 10 })
  for (let key = 0; key < 95; key++) map.set(key, `value ${key}`)
  const newestFirst = Array.from({ length: 95 }, (_, index) => 94 - index)
  const kept = newestFirst.filter(key => map.get(key) !== undefined)
  t.ok(kept.length >= 10 && kept.length <= 20, `${kept.length}`)
  t.same(kept, newestFirst.slice(0, kept.length), 'the last ones')
})

test('what is used stays, however much else comes', async t => {
  const map = new QuickLRU<string, number>({ maxSize: 4 })
  map.set('used', 1)
  map.set('unused', 2)
  for (let key = 0; key < 50; key++) {
    map.set(`other ${key}`, key)
    t.equal(map.get('used'), 1)
  }
  t.equal(map.get('unused'), undefined)
})

test('a value is changed and taken out, old or young', async t => {
  const map = new QuickLRU<string, number>({ maxSize: 2 })
  map.set('a', 1)
  map.set('b', 2)
  map.set('c', 3)
  map.set('a', 4)
  t.equal(map.get('a'), 4)
  map.delete('a')
  map.delete('b')
  t.equal(map.get('a'), undefined)
  t.equal(map.get('b'), undefined)
  t.equal(map.get('c'), 3)
})
