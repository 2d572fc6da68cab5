import { test } from 'tap'
import { lossyNumbers } from '../../src/protocol/numbers.ts'

const paths = (text: string) => lossyNumbers(text).map(({ path }) => path)
const SAFE = Number.MAX_SAFE_INTEGER

test('whole numbers beyond 2^53 - 1 are lossy, wherever they stand', async t => {
  for (const text of ['9007199254740992', '9007199254740993', '-9007199254740993', '12345678901234567890', '1' + '0'.repeat(400)]) {
    t.same(paths(text), ['/'], text)
    t.same(paths(`{"a":${text}}`), ['/a'], text)
    t.same(paths(`{"a" : [ 1,{"b":[${text} ]} ],"c":${text}}`).sort(), ['/a/1/b/0', '/c'], text)
  }
  for (const text of [String(SAFE), String(-SAFE), '0', '-0', '1746245726', '{"a":[9007199254740991]}']) t.same(paths(text), [], text)
})

test('with a fraction or an exponent: what no double is written as', async t => {
  for (const text of ['1e400', '-1e309', '9007199254740993.0', '1.8446744073709551615e19', '0.1234567890123456789', '12345678901234.567', '0.30000000000000000001', '1e-400', '2.5e-324']) {
    t.same(paths(`{"a":${text}}`), ['/a'], text)
  }
  for (const text of ['1e308', '1E+20', '1e23', '0.1', '0.10000000000000001', '0.30000000000000004', '-0.0', '0e99', '5e-324', '3.141592653589793', '3.1415926535897931', '1.50000000000000000000', '00'.slice(1), '9007199254740992.0']) {
    t.same(paths(`{"a":${text}}`), [], text)
  }
})

test('every double, in the forms that serialisers write it, is none of them', async t => {
  const bits = new DataView(new ArrayBuffer(8))
  for (let seed = 1; seed <= 2_000; seed++) {
    bits.setUint32(0, Math.imul(seed, 2654435761))
    bits.setUint32(4, Math.imul(seed, 2246822519))
    const value = bits.getFloat64(0)
    if (!Number.isFinite(value)) continue
    for (const text of [value.toExponential(), value.toPrecision(17)]) t.same(paths(text.includes('.') || text.includes('e') ? text : `${text}.0`), [], text)
  }
})

test('text that looks like a number is text', async t => {
  for (const text of ['"9007199254740993"', '{"a":" 9007199254740993"}', '{"a":"x, 1e400"}', '{"9007199254740993":1}', '{"id":"notif_1746245726.463395"}']) t.same(paths(text), [], text)
})

test('long digits and long texts are looked through', async t => {
  t.same(paths(`[${'1'.repeat(30_000)}.${'0'.repeat(30_000)}1]`), ['/0'])
  t.same(paths(`["${'1 '.repeat(30_000)}"]`), [])
})

test('a number too deep to be looked at is no reason to overflow', async t => {
  t.same(paths('['.repeat(30_000) + '1e400' + ']'.repeat(30_000)), ['/'])
})
