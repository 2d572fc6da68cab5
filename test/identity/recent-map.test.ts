import { test } from 'tap'
import { RecentMap } from '../../src/recent-map.ts'

test('keeps the last used, as many as it says and no more than twice as many', async t => {
  const map = new RecentMap<number, string>(10)
  for (let key = 0; key < 95; key++) map.set(key, `value ${key}`)
  const newestFirst = Array.from({ length: 95 }, (_, index) => 94 - index)
  const kept = newestFirst.filter(key => map.get(key) !== undefined)
  t.ok(kept.length >= 10 && kept.length <= 20, `${kept.length}`)
  t.same(kept, newestFirst.slice(0, kept.length), 'the last ones')
})

test('what is used stays, however much else comes', async t => {
  const map = new RecentMap<string, number>(4)
  map.set('used', 1)
  map.set('unused', 2)
  for (let key = 0; key < 50; key++) {
    map.set(`other ${key}`, key)
    t.equal(map.get('used'), 1)
  }
  t.equal(map.get('unused'), undefined)
})

test('a value is changed and taken out, old or young', async t => {
  const map = new RecentMap<string, number>(2)
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
