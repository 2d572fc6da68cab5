import { test } from 'tap'
import { StoreCounts } from '../../src/overview/counts.ts'

/** A log whose every `seq` that is no multiple of 3 is a notification, and the questions that it was asked. */
function log (floor = 0) {
  const asked: [number, number][] = []
  const state = { floor, users: 12_345, isAway: false }
  const store = {
    floor: async () => state.floor,
    bytes: async () => 4096,
    async countNotifications (after: number, upTo: number) {
      if (state.isAway) throw new Error('away')
      asked.push([after, upTo])
      return count(Math.max(after, state.floor), upTo)
    },
    async countUsers (after: string, limit: number) {
      const begin = Number(after)
      const end = Math.min(begin + limit, state.users)
      return { count: end - begin, last: end - begin < limit ? null : String(end) }
    }
  }
  return { asked, state, counts: new StoreCounts(store) }
}
const count = (after: number, upTo: number) => Array.from({ length: Math.max(0, upTo - after) }, (_, index) => after + 1 + index).filter(seq => seq % 3 !== 0).length

test('notifications are counted by ranges, and later only what is new', async t => {
  const { asked, counts, state } = log()
  t.same(counts.counts, { users: null, notifications: null, bytes: null, floor: 0 }, 'nothing is known at first')
  await counts.refresh(25_000)
  t.same(asked, [[0, 10_000], [10_000, 20_000], [20_000, 25_000]])
  t.same(counts.counts, { users: 12_345, notifications: count(0, 25_000), bytes: 4096, floor: 0 })
  asked.length = 0
  for (const head of [25_001, 25_001, 30_000, 31_000]) {
    await counts.refresh(head)
    t.equal(counts.counts.notifications, count(0, head))
  }
  t.same(asked, [[25_000, 25_001], [25_001, 30_000], [30_000, 31_000]])
  asked.length = 0
  for (const floor of [4_000, 10_000, 29_999, 30_500]) {
    state.floor = floor
    await counts.refresh(31_000)
    t.equal(counts.counts.notifications, count(floor, 31_000), `after the floor ${floor}`)
  }
  t.same(asked, [[4_000, 10_000], [10_000, 20_000], [29_999, 30_000], [30_500, 31_000]], 'only the range of the floor is counted again')
  state.floor = 50_000
  await counts.refresh(50_003)
  t.equal(counts.counts.notifications, count(50_000, 50_003), 'the floor overtook what was counted')
})

test('while the store is away, what was counted stays', async t => {
  const { counts, state } = log()
  await counts.refresh(100)
  state.isAway = true
  await t.rejects(counts.refresh(200))
  t.equal(counts.counts.notifications, count(0, 100))
  state.isAway = false
  await counts.refresh(200)
  t.equal(counts.counts.notifications, count(0, 200))
})
