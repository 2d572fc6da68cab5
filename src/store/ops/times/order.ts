import { all, get, run, type Steps } from '../../query.ts'

/*
 * Events are found by their time with a binary search of the log, which is in order of `seq`. Their times are nearly in that order: nodes
 * stamp them by their own clocks, before their commits, and a clock that is set leaves a stretch of times that are far off:
 *
 *     12:00  12:01  [14:02  14:03]  12:04       late: 1 h 59 min, by which 12:04 comes after 14:03
 *
 * If no event is late by more than `late`, whatever comes before an event of `time - late` is older than `time`. How late they are is found
 * out in the background, so that it costs no write; events that were not looked at yet are never left out of a search.
 */

/** How many events one call looks at. */
const PAGE = 2_000

interface Times { seq: number, floor: number, times_seq: number, times_max: number, times_max_seq: number, times_late: number }

const timesOfLog = () => get<Times>('SELECT seq, floor, times_seq, times_max, times_max_seq, times_late FROM log')

/** Looks at the times of the next events; returns whether there are more. Begins anew where the latest time has left the log: it may have been wrong. */
export function * noteTimes (): Steps<boolean> {
  const { floor, times_seq: known, times_max: knownMax, times_max_seq: maxSeq, times_late: knownLate } = (yield * timesOfLog())!
  const isGone = known > 0 && maxSeq <= floor
  let [upTo, max, maxAt, late] = isGone ? [floor, 0, 0, 0] : [Math.max(known, floor), knownMax, maxSeq, knownLate]
  const events = yield * all<{ seq: number, at: number }>('SELECT seq, at FROM events WHERE seq > ? ORDER BY seq LIMIT ?', upTo, PAGE)
  for (const { seq, at } of events) {
    upTo = seq
    if (at < max) late = Math.max(late, max - at)
    else [max, maxAt] = [at, seq]
  }
  if (upTo !== known) {
    yield * run('UPDATE log SET times_seq = ?, times_max = ?, times_max_seq = ?, times_late = ?', upTo, max, maxAt, late)
  }
  return events.length === PAGE
}

/** The first and the last `seq`, the latter excluded, between which all events of a time are, both ends included. */
export function * seqsOfTime (from: number | undefined, to: number | undefined): Steps<[first: number, end: number]> {
  const { floor, times_seq: known, times_late: late } = (yield * timesOfLog())!
  const range = [floor + 1, Math.max(floor, known) + 1] as const
  const first = from === undefined ? 0 : yield * firstSeqAt(from - late, ...range)
  const end = to === undefined ? Infinity : yield * firstSeqAt(to + late + 1, ...range)
  return [first, end >= range[1] ? Number.MAX_SAFE_INTEGER : end]
}

/** Of these events, one that is not older than a time, after one that is, if there are such; `high` if there is none. */
function * firstSeqAt (time: number, low: number, high: number): Steps<number> {
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const event = yield * get<{ at: number }>('SELECT at FROM events WHERE seq = ?', middle)
    if (event && event.at < time) low = middle + 1
    else high = middle
  }
  return low
}
