import { test } from 'tap'
import { StoreCounts } from '../../src/overview/counts.ts'

/** A log whose every `seq` that is no multiple of 3 is a notification, and the questions that it was asked. */
function log (floor = 0) {
  const asked: [number, number][] = []
  const pages: string[] = []
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
      pages.push(after)
      const begin = Number(after)
      const end = Math.min(begin + limit, state.users)
      return { count: end - begin, last: end - begin < limit ? null : String(end) }
    }
  }
  return { asked, pages, state, counts: new StoreCounts(store) }
}
const count = (after: number, upTo: number) => Array.from({ length: Math.max(0, upTo - after) }, (_, index) => after + 1 + index).filter(seq => seq % 3 !== 0).length

test('notifications are counted by ranges, and later only what is new', async t => {
  const { asked, counts, state } = log()
  t.same(counts.counts, { users: null, notifications: null, bytes: null, floor: 0 }, 'nothing is known at first')
  await counts.refresh(6_250)
  t.same(asked, [[0, 2_500], [2_500, 5_000], [5_000, 6_250]])
  t.same(counts.counts, { users: 12_345, notifications: count(0, 6_250), bytes: 4096, floor: 0 })
  asked.length = 0
  for (const head of [6_251, 6_251, 7_500, 7_750]) {
    await counts.refresh(head)
    t.equal(counts.counts.notifications, count(0, head))
  }
  t.same(asked, [[6_250, 6_251], [6_251, 7_500], [7_500, 7_750]])
  asked.length = 0
  for (const floor of [1_000, 2_500, 7_499, 7_625]) {
    state.floor = floor
    await counts.refresh(7_750)
    t.equal(counts.counts.notifications, count(floor, 7_750), `after the floor ${floor}`)
  }
  t.same(asked, [[1_000, 2_500], [2_500, 5_000], [7_499, 7_500], [7_625, 7_750]], 'only the range of the floor is counted again')
  state.floor = 12_500
  await counts.refresh(12_503)
  t.equal(counts.counts.notifications, count(12_500, 12_503), 'the floor overtook what was counted')
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

test('users are counted again once something has happened, for nobody comes or goes without an event', async t => {
  const { counts, pages, state } = log()
  let clock = 0
  t.capture(performance, 'now', () => clock)
  const refresh = async (head: number) => {
    clock += 10_000
    pages.length = 0
    await counts.refresh(head)
    return pages.length
  }
  t.equal(await refresh(100), 13)
  t.equal(await refresh(100), 0, 'not while nothing happens')
  state.users = 3
  t.equal(await refresh(101), 1)
  t.equal(counts.counts.users, 3)
})
