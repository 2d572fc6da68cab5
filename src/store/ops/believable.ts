interface Timed { at: number }

/**
 * Of events in log order, those whose times can be believed: the longest run of them that never goes
 * back in time, none of it in the future. What falls out was stamped by a wrong clock:
 *
 *     12:00  12:01  [13:30]  12:02  12:03  [03:00]  12:04
 */
export function believable<E extends Timed> (events: E[], now: number): E[] {
  interface Link { event: E, before: Link | undefined }
  // ends[n]: of the runs of n + 1 events, the one whose last event is earliest.
  const ends: Link[] = []
  for (const event of events) {
    if (event.at > now) continue
    const length = countUpTo(ends, event.at)
    ends[length] = { event, before: ends[length - 1] }
  }
  const run: E[] = []
  for (let link = ends.at(-1); link; link = link.before) run.push(link.event)
  return run.reverse()
}

/** How many of the runs end no later than `at`, by halves. */
function countUpTo (ends: { event: Timed }[], at: number): number {
  let low = 0
  let high = ends.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ends[middle]!.event.at <= at) low = middle + 1
    else high = middle
  }
  return low
}
