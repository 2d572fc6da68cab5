import { test } from 'tap'
import { isLargerThan } from '../../src/http/json-size.ts'

test('a value is measured as JSON', async t => {
  const values = [{ a: 'x'.repeat(100), b: [1, null, true, -1.5e300], c: {} }, ['ü🙂'], [], 'text', 17, null, { a: { b: { c: ['d'] } } }, Array(1_000).fill(1)]
  for (const value of values) {
    const bytes = Buffer.byteLength(JSON.stringify(value))
    t.notOk(isLargerThan(bytes + 5, value), JSON.stringify(value).slice(0, 40))
    t.ok(isLargerThan(Math.floor(bytes * 0.8) - 2, value), `${JSON.stringify(value).slice(0, 40)} is larger than less`)
  }
})

test('however deep or wide', async t => {
  let deep: unknown[] = []
  for (let level = 0; level < 100_000; level++) deep = [deep]
  t.ok(isLargerThan(65_536, deep))
  t.notOk(isLargerThan(1_000_000, deep))
  t.ok(isLargerThan(65_536, Array(100_000).fill(1)))
  t.ok(isLargerThan(65_536, Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [n, null]))))
})
