/** The events with `low < seq ≤ high`. */
export interface Interval { low: number, high: number }

/** The same events in as few intervals as there can be, in their order: those that overlap or touch become one. */
export function joined (intervals: Interval[]): Interval[] {
  const result: Interval[] = []
  for (const { low, high } of [...intervals].sort((a, b) => a.low - b.low)) {
    const last = result.at(-1)
    if (last && low <= last.high) last.high = Math.max(last.high, high)
    else result.push({ low, high })
  }
  return result
}

/** An interval without some of its events. */
export function without ({ low, high }: Interval, seqs: number[]): Interval[] {
  const parts: Interval[] = []
  let from = low
  for (const seq of [...new Set(seqs)].sort((a, b) => a - b)) {
    if (seq - 1 > from) parts.push({ low: from, high: seq - 1 })
    from = Math.max(from, seq)
  }
  if (from < high) parts.push({ low: from, high })
  return parts
}
