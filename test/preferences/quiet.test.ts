import { test } from 'tap'
import { isTimeZone, nextTimeOfDay, quietUntil } from '../../src/preferences/quiet.ts'
import { weekdays, type QuietHours } from '../../src/protocol/preferences.ts'

const at = (text: string) => Date.parse(text)
/** When it ends, as RFC 3339. */
function until (rest: Partial<QuietHours>, now: string): string | null {
  const quiet = { timezone: 'Europe/Berlin', days: [...weekdays], from: '22:00', to: '07:00', ...rest }
  const end = quietUntil(quiet, at(now))
  return end === null ? null : new Date(end).toISOString()
}

test('quiet hours begin and end by the clocks of their zone', async t => {
  const day = { from: '12:00', to: '13:30' }
  t.equal(until(day, '2026-01-28T10:59:59.999Z'), null)
  t.equal(until(day, '2026-01-28T11:00:00Z'), '2026-01-28T12:30:00.000Z')
  t.equal(until(day, '2026-01-28T12:29:59Z'), '2026-01-28T12:30:00.000Z')
  t.equal(until(day, '2026-01-28T12:30:00Z'), null)
  t.equal(until({ ...day, timezone: 'Asia/Kolkata' }, '2026-01-28T06:30:00Z'), '2026-01-28T08:00:00.000Z', 'half an hour off')
  t.equal(until({ ...day, timezone: 'Pacific/Kiritimati' }, '2026-01-27T22:10:00Z'), '2026-01-27T23:30:00.000Z', 'tomorrow already')
})

test('over midnight they are of the day on which they begin', async t => {
  const friday = { days: ['fri' as const] }
  t.equal(until(friday, '2026-01-29T22:30:00Z'), null, 'Thursday evening')
  t.equal(until(friday, '2026-01-30T22:30:00Z'), '2026-01-31T06:00:00.000Z')
  t.equal(until(friday, '2026-01-31T05:30:00Z'), '2026-01-31T06:00:00.000Z', 'Saturday morning')
  t.equal(until(friday, '2026-01-31T22:30:00Z'), null, 'Saturday evening')
  t.equal(until({ days: ['sun'] }, '2026-02-02T05:00:00Z'), '2026-02-02T06:00:00.000Z', 'from the last day of the week into the first')
  t.equal(until({ from: '22:00', to: '21:59' }, '2026-01-31T21:00:00Z'), '2026-02-01T20:59:00.000Z', 'nearly all day')
})

test('the night on which clocks go forward is an hour shorter, and a time that is skipped is the change', async t => {
  // In Berlin 02:00 becomes 03:00 on 29 March 2026, at 01:00 UTC.
  t.equal(until({}, '2026-03-28T21:00:00Z'), '2026-03-29T05:00:00.000Z')
  t.equal(until({ to: '02:30' }, '2026-03-29T00:30:00Z'), '2026-03-29T01:00:00.000Z')
  t.equal(until({ from: '02:30', to: '04:00' }, '2026-03-29T00:59:59Z'), null)
  t.equal(until({ from: '02:30', to: '04:00' }, '2026-03-29T01:00:00Z'), '2026-03-29T02:00:00.000Z')
})

test('the night on which they go back is an hour longer, and a time that comes twice holds from the first to the second', async t => {
  // 03:00 becomes 02:00 on 25 October 2026, at 01:00 UTC.
  t.equal(until({}, '2026-10-24T20:00:00Z'), '2026-10-25T06:00:00.000Z')
  t.equal(until({ to: '02:30' }, '2026-10-25T01:15:00Z'), '2026-10-25T01:30:00.000Z')
  t.equal(until({ from: '02:30', to: '04:00' }, '2026-10-25T00:29:59Z'), null)
  t.equal(until({ from: '02:30', to: '04:00' }, '2026-10-25T01:15:00Z'), '2026-10-25T03:00:00.000Z')
})

test('only names of zones are zones', async t => {
  for (const name of ['Europe/Berlin', 'UTC', 'America/Argentina/Buenos_Aires', 'Asia/Calcutta']) t.ok(isTimeZone(name), name)
  for (const name of ['Europe/Atlantis', '+01:00', 'local', '', '../etc/passwd', 'Europe']) t.notOk(isTimeZone(name), name)
})

test('the next time of day is by the clocks of its zone, too', async t => {
  const next = (timezone: string, time: string, now: string) => new Date(nextTimeOfDay(timezone, time, at(now))).toISOString()
  t.equal(next('UTC', '08:00', '2026-01-31T07:59:59.999Z'), '2026-01-31T08:00:00.000Z')
  t.equal(next('UTC', '08:00', '2026-01-31T08:00:00Z'), '2026-02-01T08:00:00.000Z', 'after, not at')
  t.equal(next('America/New_York', '20:00', '2026-02-01T00:30:00Z'), '2026-02-01T01:00:00.000Z', 'yesterday there')
  t.equal(next('Pacific/Kiritimati', '00:00', '2026-01-31T09:59:00Z'), '2026-01-31T10:00:00.000Z')
  t.equal(next('Europe/Berlin', '02:30', '2026-03-28T12:00:00Z'), '2026-03-29T01:00:00.000Z', 'skipped: the change')
  t.equal(next('Europe/Berlin', '02:30', '2026-10-24T12:00:00Z'), '2026-10-25T00:30:00.000Z', 'twice: the first')
  t.equal(next('Europe/Berlin', '02:30', '2026-10-25T00:30:00Z'), '2026-10-26T01:30:00.000Z', 'once a day')
})
