import { test } from 'tap'
import { listTopics, parseTopics, passes, subscribe, unsubscribe, type TopicFilter } from '../../src/hub/topics.ts'
import { notification } from './recording.ts'

test('the first topics named replace everything, later ones are added', async t => {
  const one = subscribe(null, ['b'])
  t.same(listTopics(one), ['b'])
  t.same(listTopics(subscribe(one, ['a', 'b'])), ['a', 'b'])
  t.equal(subscribe(one, ['c', '*']), null, 'an asterisk is everything')
})

test('unsubscribing takes topics out, and everything only as a whole', async t => {
  const both = subscribe(null, ['a', 'b'])
  t.same(listTopics(unsubscribe(both, ['a', 'z'])), ['b'])
  t.same(listTopics(unsubscribe(both, ['a', 'b'])), [], 'nothing is left, which is not everything')
  t.same(listTopics(unsubscribe(null, ['a'])), ['*'])
  t.same(listTopics(unsubscribe(null, ['*'])), [])
  t.same(listTopics(both), ['a', 'b'], 'the filter it began with stays as it was')
})

test('what is listed restores the filter, whichever way it came about', t => {
  const steps = [subscribe, unsubscribe].flatMap(step => [['a'], ['*'], ['a', 'b'], ['*', 'a']].map(topics => (filter: TopicFilter) => step(filter, topics)))
  for (const first of steps) {
    for (const second of steps) {
      const filter = second(first(null))
      t.same(parseTopics(listTopics(filter).join(',')), filter)
    }
  }
  t.end()
})

test('a filter lets its topics pass, and what has none', async t => {
  const filter = subscribe(null, ['a'])
  t.ok(passes(filter, notification(1, { topic: 'a' })))
  t.notOk(passes(filter, notification(1, { topic: 'b' })))
  t.notOk(passes(filter, notification(1, { topic: 'A' })), 'case counts')
  t.ok(passes(filter, notification(1)), 'without a topic')
  t.ok(passes(null, notification(1, { topic: 'b' })), 'everything')
  t.ok(passes(new Set(), notification(1)), 'an empty filter still lets through what has no topic')
})
