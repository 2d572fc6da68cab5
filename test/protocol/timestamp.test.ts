import { test } from 'tap'
import { formatTimestamp, parseTimestamp } from '../../src/protocol/timestamp.ts'

const iso = (text: string) => {
  const ms = parseTimestamp(text)
  return ms === undefined ? undefined : formatTimestamp(ms)
}

test('a moment without an offset is UTC', async t => {
  t.equal(iso('2025-05-03T11:15:26.463425'), '2025-05-03T11:15:26.463Z', 'the microseconds of Python\'s isoformat')
  t.equal(iso('2025-05-03T11:15:26'), '2025-05-03T11:15:26.000Z')
  t.equal(iso('2025-05-03 11:15'), '2025-05-03T11:15:00.000Z', 'a space, and no seconds')
})

test('an offset in any of its forms moves it', async t => {
  for (const offset of ['Z', 'z', '+00:00', '-00:00', '+0000', '+00']) t.equal(iso(`2025-05-03T11:15:26${offset}`), '2025-05-03T11:15:26.000Z', offset)
  for (const offset of ['+02:00', '+0200', '+02']) t.equal(iso(`2025-05-03T01:15:26${offset}`), '2025-05-02T23:15:26.000Z', offset)
  t.equal(iso('2025-12-31T20:00:00-05:30'), '2026-01-01T01:30:00.000Z')
})

test('fractions are cut to milliseconds', async t => {
  for (const [fraction, ms] of [['.4', '400'], [',45', '450'], ['.4639', '463'], ['.999999999', '999']] as const) {
    t.equal(iso(`2025-05-03T11:15:26${fraction}Z`), `2025-05-03T11:15:26.${ms}Z`, fraction)
  }
})

test('a moment that does not exist is none', async t => {
  const none = [
    '2025-02-29T00:00:00Z', '2025-02-30T00:00:00Z', '2025-04-31T00:00:00Z', '2025-13-01T00:00:00Z', '2025-00-10T00:00:00Z', '2025-01-00T00:00:00Z',
    '2025-01-01T24:00:01Z', '2025-01-01T24:30', '2025-01-01T24:00:00.0001Z', '20250101T240100Z', '20250229', '2025-01-01T25:00:00Z', '2025-01-01T00:60:00Z', '2025-01-01T00:00:60Z', '2025-01-01T00:00:00+25:00', '2025-01-01T00:00:00+00:60'
  ]
  for (const text of none) t.equal(parseTimestamp(text), undefined, text)
  t.ok(parseTimestamp('2024-02-29T00:00:00Z'), 'a leap day does')
})

test('what is no ISO 8601 date and time is none', async t => {
  for (const text of [
    '', 'now', '2025-05', '2025', '2025-W18-6', '2025W186', '2025-123', '2025123', '2025-05-03T', '2025-05-03Z', '2025-05-03T11', '20250503T11:15', '2025-05-03T1115', '2025-0503', '11:15:26', '1746245726', '2025-5-3T11:15', '2025-05-03T11:15:26.', '2025-05-03T11:15:26Z ', '+002025-05-03T11:15:26Z', '-0001-05-03T11:15Z', '12025-05-03T11:15Z', '٢٠٢٥-05-03T11:15:26Z'
  ]) {
    t.equal(parseTimestamp(text), undefined, JSON.stringify(text))
  }
})

test('a date alone is its beginning, and 24:00 its end', async t => {
  for (const text of ['2025-05-03', '20250503']) t.equal(iso(text), '2025-05-03T00:00:00.000Z', text)
  for (const text of ['2025-12-31T24:00', '2025-12-31t24:00:00z', '20251231T2400Z', '2025-12-31 24:00:00.000']) t.equal(iso(text), '2026-01-01T00:00:00.000Z', text)
  t.equal(iso('2025-12-31T24:00:00+02:00'), '2025-12-31T22:00:00.000Z')
})

test('small letters and the form without separators are read too', async t => {
  for (const text of ['2025-05-03t11:15:26z', '20250503T111526Z', '20250503t111526z', '20250503 111526,0', '20250503T131526+0200', '20250503T131526+02:00']) {
    t.equal(iso(text), '2025-05-03T11:15:26.000Z', text)
  }
  t.equal(iso('20250503T1115'), '2025-05-03T11:15:00.000Z')
})

test('a moment that RFC 3339 cannot write is none', async t => {
  t.equal(iso('0000-01-01T00:00:00Z'), '0000-01-01T00:00:00.000Z')
  t.equal(iso('9999-12-31T23:59:59.999999Z'), '9999-12-31T23:59:59.999Z')
  for (const text of ['0000-01-01T00:00:00+00:01', '9999-12-31T23:59:59-00:01', '9999-12-31T24:00:00Z', '99991231T235959-12']) t.equal(parseTimestamp(text), undefined, text)
  t.equal(formatTimestamp(1e18), '9999-12-31T23:59:59.999Z', 'the end of a token that never expires')
})

test('a time is written with its own milliseconds, whatever was written before it', async t => {
  for (const ms of [Date.UTC(2025, 4, 3, 11, 15, 26, 7), Date.UTC(2025, 4, 3, 11, 15, 26, 70), Date.UTC(2025, 4, 3, 11, 15, 27), 0, -1, Date.UTC(2025, 4, 3, 11, 15, 27, 999)]) {
    t.equal(formatTimestamp(ms), new Date(ms).toISOString())
  }
  t.equal(formatTimestamp(8e15), '9999-12-31T23:59:59.999Z', 'after the year 9999, its last moment')
})
