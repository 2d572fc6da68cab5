import { test } from 'tap'
import { formatTimestamp, parseTimestamp } from '../../src/notification/timestamp.ts'

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
    '2025-01-01T24:00:00Z', '2025-01-01T25:00:00Z', '2025-01-01T00:60:00Z', '2025-01-01T00:00:60Z', '2025-01-01T00:00:00+25:00', '2025-01-01T00:00:00+00:60'
  ]
  for (const text of none) t.equal(parseTimestamp(text), undefined, text)
  t.ok(parseTimestamp('2024-02-29T00:00:00Z'), 'a leap day does')
})

test('what is no ISO 8601 date and time is none', async t => {
  for (const text of ['', 'now', '2025-05-03', '11:15:26', '1746245726', '2025-5-3T11:15', '2025-05-03T11:15:26.', '2025-05-03T11:15:26Z ', '+002025-05-03T11:15:26Z', '٢٠٢٥-05-03T11:15:26Z']) {
    t.equal(parseTimestamp(text), undefined, JSON.stringify(text))
  }
})
