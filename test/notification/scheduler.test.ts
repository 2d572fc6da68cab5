import { test } from 'tap'
import { Scheduler } from '../../src/notification/scheduler.ts'
import { openStore } from '../../src/store/open.ts'
import type { Published } from '../../src/store/plans.ts'
import { draft, upTo } from '../contract/store/engine.ts'
import { until } from '../within.ts'

const never = 3_600_000

test('plans that replace are published in order too, several a commit', async t => {
  const store = await openStore('sqlite::memory:')
  t.teardown(() => store.close())
  for (const number of upTo(30)) await store.schedule({ ...draft({ all: true }, { id: `p-${number}`, ...(number % 10 === 0 ? {} : { chain: `c-${number % 2}` }) }), sendAt: number }, 100)
  const ids: (string | null)[] = []
  const commits: number[] = []
  store.onCommit(events => {
    const published = events.filter(({ kind }) => kind === 'notification').map(({ id }) => id)
    ids.push(...published)
    if (published.length > 0) commits.push(published.length)
  })
  const all: Published[] = []
  await new Scheduler({ store, onPublished: published => all.push(published), onError: error => t.error(error), pollMs: never }).run()
  t.same(ids, upTo(30).map(number => `p-${number}`))
  t.ok(commits.length < 15, `in ${commits.length} commits`)
  t.equal(all.reduce((sum, { lateness }) => sum + lateness.length, 0), 30)
})

test('a store that fails is asked again, a plan that is made wakes the scheduler, and nothing begins after a stop', async t => {
  const store = await openStore('sqlite::memory:')
  t.teardown(() => store.close())
  const errors: unknown[] = []
  let calls = 0
  const flaky = { publishDue: store.publishDue, nextPlan: () => ++calls <= 3 ? Promise.reject(new Error('away')) : store.nextPlan() }
  let published = 0
  const scheduler = new Scheduler({ store: flaky, onPublished: ({ seqs }) => { published += seqs.length }, onError: error => errors.push(error), pollMs: 5 })
  await store.schedule({ ...draft({ all: true }), sendAt: 1 }, 10)
  scheduler.start()
  await until('the plan to be published', () => published === 1)
  t.match(errors, [{ message: 'away' }, { message: 'away' }, { message: 'away' }])
  await scheduler.stop()

  const sleeper = new Scheduler({ store, onPublished: ({ seqs }) => { published += seqs.length }, onError: error => t.error(error), pollMs: never })
  sleeper.start()
  await store.ping()
  const sendAt = Date.now() + 50
  await store.schedule({ ...draft({ all: true }), sendAt }, 10)
  sleeper.planned(sendAt)
  await until('the second plan to be published', () => published === 2)
  await sleeper.stop()
  await store.schedule({ ...draft({ all: true }), sendAt: 1 }, 10)
  sleeper.planned(1)
  await sleeper.run()
  t.equal(published, 2)
})
