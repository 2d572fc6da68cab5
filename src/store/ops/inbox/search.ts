import type { InboxFilter } from '../../store.ts'
import { all, type Steps } from '../../query.ts'
import { windowsOf } from '../identity/member.ts'
import { countUnread } from './counts.ts'
import { countHeard, mutingOf } from './muted.ts'
import { pageOf, windowStart, type EntryRow, type Reading } from './page.ts'

/** How many rows of one key one statement of a search reads. */
const WINDOW = 256

/*
 * A search reads window by window. What a "read all" of a topic covers, or what is muted, may be a million rows in a row,
 * which counts know and an index of rows does not, so a page leaps over them:
 *
 *     seq  1 ── unread ── high ── covered by the topic's mark, or muted ── before
 *                         count(≤ high) = count(< before): nothing between them is unread
 */

/** The newest notifications that a filter matches; undefined if so many windows do not fill the page, and there are more. */
export function * search (reading: Reading, filter: InboxFilter, maxWindows: number): Steps<EntryRow[] | undefined> {
  const rows: EntryRow[] = []
  let before = filter.before ?? Number.MAX_SAFE_INTEGER
  const unmuted: Reading = { ...reading, muting: null }
  for (let windows = 1; ; windows++) {
    // Where a window begins does not depend on what in it is muted, and behind the last that is, nothing is asked for it.
    const from = yield * windowStart(unmuted, filter, before, windows === 1 ? firstRows(reading, filter, before) : WINDOW)
    const found = yield * pageOf(from > (reading.muting?.upTo ?? 0) ? unmuted : reading, { ...filter, limit: filter.limit - rows.length, before }, from)
    rows.push(...found)
    if (rows.length === filter.limit || from === 0) return rows
    before = from
    if (found.length === 0 && mayLeap(reading, filter)) {
      const count = yield * countBelow(reading, filter, before)
      if (count === 0) return rows
      if (maxWindows === Infinity) before = yield * leap(reading, filter, before, count)
    }
    if (windows === maxWindows) return undefined
  }
}

function mayLeap ({ topics, muting }: Reading, { unread, view = 'active' }: InboxFilter): boolean {
  return view === 'active' && (muting !== null || (unread === true && topics.length > 0))
}

/** The `before` of a window that has the newest notification in it that is counted, of `count` below `before`: some counts, whatever lies between. */
function * leap (reading: Reading, filter: InboxFilter, before: number, count: number): Steps<number> {
  let high = before - 1
  let low = Math.max(0, high - WINDOW)
  for (let step = 2 * WINDOW; (yield * countBelow(reading, filter, low + 1)) === count; step *= 2) {
    high = low
    low = Math.max(0, high - step)
  }
  while (high - low > WINDOW) {
    const middle = Math.floor((low + high) / 2)
    if ((yield * countBelow(reading, filter, middle + 1)) === count) high = middle
    else low = middle
  }
  return high + 1
}

/** How many may match a filter with `seq < before`: where there is none less, none that matches lies between. */
function * countBelow ({ userId, now, muting }: Reading, { unread, topic }: InboxFilter, before: number): Steps<number> {
  if (unread !== true && muting) return yield * countHeard(userId, muting, before - 1, topic)
  return (yield * countUnread(userId, now, { upTo: before - 1, muting }))?.count ?? 0
}

/** How many rows of each key the first window has: with many keys, a few of each are a page, and where something is muted, some are passed over. */
function firstRows ({ windows: { length: keys }, muting }: Reading, { limit }: InboxFilter, before: number): number {
  return Math.max(8, Math.ceil((muting && before - 1 <= muting.upTo ? 5 : 2) * limit / Math.max(1, keys / 10)))
}

/** The `seq` of the newest notification with `seq ≤ upTo`, of one topic or of any, that a member has not read. */
export function * newestUnread (userId: string, upTo: number, topic: string | null, now: number): Steps<number | undefined> {
  const filter = { limit: 1, before: upTo + 1, unread: true, ...(topic === null ? {} : { topic }) }
  const [newest] = (yield * search(yield * readingOf(userId, filter, now), filter, Infinity))!
  return newest?.seq
}

export function * readingOf (userId: string, { unread, topic }: InboxFilter, now: number): Steps<Reading> {
  const marks = unread === undefined
    ? []
    : yield * all<{ topic: string, seq: number }>('SELECT topic, MAX(seq) AS seq FROM read_through WHERE user_id = ? GROUP BY topic', userId)
  const through = Math.max(0, ...marks.filter(mark => mark.topic === '' || mark.topic === topic).map(({ seq }) => seq))
  const topics = topic === undefined ? marks.filter(mark => mark.topic !== '' && mark.seq > through) : []
  const { windows, mutes, muted } = yield * windowsOf(userId)
  return { userId, windows, now, through, topics, muting: yield * mutingOf(userId, mutes, muted) }
}
