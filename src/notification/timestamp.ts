const SHAPE = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:([Zz])|([+-]\d{2})(?::?(\d{2}))?)?$/

/** Milliseconds since 1970 of an ISO 8601 date and time; without an offset it is UTC. Undefined if there is no such moment. */
export function parseTimestamp (text: string): number | undefined {
  const match = SHAPE.exec(text)
  if (!match) return undefined
  const [, day, minute, second = '00', fraction = '', , offsetHour, offsetMinute = '00'] = match
  const local = `${day}T${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}`
  const utc = Date.parse(`${local}Z`)
  // Date.parse takes the 31st of a shorter month for the 1st of the next.
  if (Number.isNaN(utc) || new Date(utc).toISOString() !== `${local}Z`) return undefined
  const moment = Date.parse(`${local}${offsetHour === undefined ? 'Z' : `${offsetHour}:${offsetMinute}`}`)
  return Number.isNaN(moment) ? undefined : moment
}

/** RFC 3339, UTC, milliseconds, `Z`. */
export function formatTimestamp (ms: number): string {
  return new Date(ms).toISOString()
}
