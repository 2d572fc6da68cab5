const STEPS: [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 31_536_000], ['month', 2_592_000], ['week', 604_800], ['day', 86_400], ['hour', 3_600], ['minute', 60]
]
// In the language of the pages and of their inbox, whatever the browser's is.
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' })

/**
 * How long ago a time is: "3 min. ago"; if it `mayCome`, also how long until it: "in 2 hr.". Else a time in the future is
 * now, as in the inbox: what has happened cannot be still to come, so one of the clocks is wrong.
 */
export function relativeTime (at: number, { now = Date.now(), mayCome = false } = {}): string {
  const seconds = Math.trunc(((mayCome ? at : Math.min(at, now)) - now) / 1000)
  for (const [unit, size] of STEPS) if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit)
  return seconds > 5 ? relative.format(seconds, 'second') : 'now'
}
