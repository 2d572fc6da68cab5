/** The forms that callers may use, as the OpenAPI document lists them: ISO 8601 calendar dates, extended or basic, with or without a time. */
const EXTENDED = /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d{2}(?::?\d{2})?)?)?$/
const BASIC = /^(\d{4})(\d{2})(\d{2})(?:[Tt ](\d{2})(\d{2})(?:(\d{2})(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d{2}(?::?\d{2})?)?)?$/

const MINUTE = 60_000
const DAY = 1440 * MINUTE
/** RFC 3339 writes years with four digits. */
const FIRST = Date.parse('0000-01-01T00:00:00.000Z')
const LAST = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * Parses an ISO 8601 date and time to milliseconds since 1970; without an offset it is UTC. Undefined for a text
 * that is not one, and for a time that RFC 3339 cannot write: before the year 0000 or after 9999, in UTC.
 */
export function parseTimestamp (text: string): number | undefined {
  const match = EXTENDED.exec(text) ?? BASIC.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', offset = 'Z'] = match
  const date = `${year}-${month}-${day}`
  const time = `${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}`
  // ISO 8601: the end of a day is 24:00 too, and the same moment as the start of the next.
  const isEnd = hour === '24' && !/[1-9]/.test(time + fraction)
  const local = `${date}T${isEnd ? '00' : hour}:${time}Z`
  const utc = Date.parse(local)
  // Date.parse takes the 31st of a shorter month for the 1st of the next.
  if (Number.isNaN(utc) || new Date(utc).toISOString() !== local) return undefined
  const ahead = minutesOf(offset)
  const moment = utc + (isEnd ? DAY : 0) - ahead * MINUTE
  return moment >= FIRST && moment <= LAST ? moment : undefined
}

/** Minutes that an offset is ahead of UTC; NaN for an offset that does not exist. */
function minutesOf (offset: string): number {
  if (/[Zz]/.test(offset)) return 0
  const hours = Number(offset.slice(1, 3))
  const minutes = Number(offset.slice(3).replace(':', ''))
  if (hours > 23 || minutes > 59) return NaN
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

/** RFC 3339 in UTC, with milliseconds and `Z`. A time after the year 9999, as a token's expiry may be, is shown as the last moment of it. */
export function formatTimestamp (ms: number): string {
  const second = Math.floor(ms / 1000)
  if (second !== last.second) last = { second, text: new Date(Math.min(second * 1000, LAST)).toISOString().slice(0, -'000Z'.length) }
  return `${last.text}${ms > LAST ? '999' : String(Math.floor(ms - second * 1000)).padStart(3, '0')}Z`
}

/** The last second that was formatted, up to its milliseconds: under load, many notifications are sent in the same one. */
let last = { second: NaN, text: '' }
