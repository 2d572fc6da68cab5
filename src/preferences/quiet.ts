import { weekdays, type Choices, type QuietHours } from '../protocol/preferences.ts'

const MINUTE = 60_000
const DAY = 86_400_000

/** How many notifications the push at the end of quiet hours counts: of more, it says so. */
export const MAX_SUMMED = 50

/** Whether a name is one of an IANA time zone; `+01:00` is an offset, and knows no daylight saving time. */
export function isTimeZone (name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    return formatOf(name) !== undefined
  } catch {
    return false
  }
}

/**
 * When the quiet hours end that a moment is in, milliseconds since 1970; null if it is in none. A local time that is
 * skipped (the clock goes forward) is the moment of the change, and one that comes twice is the first for `from` and the second for `to`.
 */
export function quietUntil ({ timezone, days, from, to }: QuietHours, now: number): number | null {
  const today = Math.floor(localTime(timezone, now) / DAY) * DAY
  const [start, end] = [minutesOf(from), minutesOf(to)]
  const ends = [today - DAY, today].flatMap(day => {
    if (!days.includes(weekdays[new Date(day).getUTCDay() === 0 ? 6 : new Date(day).getUTCDay() - 1]!)) return []
    const until = instantOf(timezone, day + (end <= start ? DAY : 0) + end * MINUTE, 'last')
    return instantOf(timezone, day + start * MINUTE, 'first') <= now && now < until ? [until] : []
  })
  return ends.length > 0 ? Math.max(...ends) : null
}

/** When the day's mail is sent to who chose no time. */
const DIGEST_AT = '08:00'

/** When the next digest of who chose this is due after `now`, milliseconds since 1970: in the time zone of the quiet hours or, without them, in UTC. */
export function digestAfter ({ quiet_hours: quiet, digest_at: time }: Pick<Choices, 'quiet_hours' | 'digest_at'>, now: number): number {
  return nextTimeOfDay(quiet?.timezone ?? 'UTC', time ?? DIGEST_AT, now)
}

/** The next moment after `now` at which clocks show a time of day (`HH:MM`), milliseconds since 1970; one that is skipped is the moment of the change. */
export function nextTimeOfDay (timezone: string, time: string, now: number): number {
  const today = Math.floor(localTime(timezone, now) / DAY) * DAY
  return [0, 1, 2].map(days => instantOf(timezone, today + days * DAY + minutesOf(time) * MINUTE, 'first')).find(at => at > now)!
}

function minutesOf (time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
}

const formats = new Map<string, Intl.DateTimeFormat>()
/** More than there are names: a bound for those that differ only in upper and lower case. */
const MAX_FORMATS = 1_000

/** Making a format takes about as long as a thousand uses of it. */
function formatOf (timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en', {
    timeZone, calendar: 'iso8601', numberingSystem: 'latn', hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit'
  })
  if (formats.size >= MAX_FORMATS) formats.clear()
  formats.set(timeZone, format)
  return format
}

/** What the clocks show, as if it were UTC; whole seconds. */
function localTime (timezone: string, at: number): number {
  const part = Object.fromEntries(formatOf(timezone).formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  return Date.UTC(part['year']!, part['month']! - 1, part['day'], part['hour'], part['minute'], part['second'])
}

/** The first or the last moment at which clocks show a local time or, where it is skipped, at which they have gone over it. */
function instantOf (timezone: string, local: number, which: 'first' | 'last'): number {
  // The offsets before and after a change that may be near.
  const [before, after] = [local - DAY, local + DAY].map(at => local - (localTime(timezone, at) - at)) as [number, number]
  const shown = [before, after].filter(at => localTime(timezone, at) === local)
  if (shown.length > 0) return which === 'first' ? Math.min(...shown) : Math.max(...shown)
  // Skipped: of the two, one shows an earlier and one a later time; between them is the change.
  let [low, high] = [Math.min(before, after), Math.max(before, after)]
  while (high - low > 1_000) {
    const middle = (low + high) / 2
    if (localTime(timezone, middle) > local) high = middle
    else low = middle
  }
  // Clocks change at whole minutes.
  return Math.floor(high / MINUTE) * MINUTE
}
