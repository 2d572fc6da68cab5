interface Timed { at: number }

/**
 * The events, given in log order, whose times can be believed: the longest non-decreasing subsequence of
 * their times, none of them in the future. The others were stamped by a wrong clock:
 *
 *     12:00  12:01  [13:30]  12:02  12:03  [03:00]  12:04
 *
 * Of several that are equally long, it is the one that ends earliest and begins latest: the most likely one.
 */
export function believable<E extends Timed> (events: E[], now: number): E[] {
  const past = events.filter(({ at }) => at <= now)
  const last = longestRun(past, ({ at }) => at).at(-1)
  if (!last) return []
  return longestRun(past.filter(({ at }) => at <= last.at).reverse(), ({ at }) => -at).reverse()
}

/** The longest non-decreasing subsequence ("run"); of several, the one that ends with the smallest value. */
function longestRun<E> (events: E[], valueOf: (event: E) => number): E[] {
  interface Link { event: E, value: number, before: Link | undefined }
  // ends[n]: of the runs of n + 1 events, the one that ends with the smallest value.
  const ends: Link[] = []
  for (const event of events) {
    const value = valueOf(event)
    const length = countUpTo(ends, value)
    ends[length] = { event, value, before: ends[length - 1] }
  }
  const run: E[] = []
  for (let link = ends.at(-1); link; link = link.before) run.push(link.event)
  return run.reverse()
}

/** How many runs end with a value up to `value`: a binary search, since `ends` is sorted. */
function countUpTo (ends: { value: number }[], value: number): number {
  let low = 0
  let high = ends.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ends[middle]!.value <= value) low = middle + 1
    else high = middle
  }
  return low
}
