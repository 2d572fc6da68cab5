const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const STEPS = [['day', DAY], ['hour', HOUR], ['minute', MINUTE]] as const

/** How long ago a time is; both times are in milliseconds. With `mayCome` also how long until it. */
export type Ago = (at: number, now: number, mayCome?: boolean) => string

/**
 * How Belfry says times, in inboxes and in the console: "now", "5 min. ago", "yesterday", and a date from a week on. If a time
 * `mayCome`, also "in 2 hr."; else one in the future is now: what has happened cannot be still to come, so one of the clocks is
 * wrong.
 */
export function agoIn (lang: string): Ago {
  const relative = new Intl.RelativeTimeFormat(lang, { numeric: 'auto', style: 'short' })
  const date = new Intl.DateTimeFormat(lang, { day: 'numeric', month: 'short' })
  const dateOfYear = new Intl.DateTimeFormat(lang, { day: 'numeric', month: 'short', year: 'numeric' })
  return (at, now, mayCome = false) => {
    const off = mayCome ? at - now : Math.min(at - now, 0)
    if (Math.abs(off) >= 7 * DAY) return (isSameYear(at, now) ? date : dateOfYear).format(at)
    const [unit, ms] = STEPS.find(([, ms]) => Math.abs(off) >= ms) ?? []
    return unit ? relative.format(Math.trunc(off / ms!), unit) : relative.format(0, 'second')
  }
}

/** Whether two times are of one year, here. */
export function isSameYear (at: number, other: number): boolean {
  return new Date(at).getFullYear() === new Date(other).getFullYear()
}
