import { test } from 'tap'
import { chooseEncoding, matchesTag } from '../../src/http/asset.ts'

test('an encoding is chosen as RFC 9110 says', async t => {
  const cases: [string | undefined, string | undefined][] = [
    [undefined, undefined], ['', undefined], ['identity', undefined], ['deflate', undefined],
    ['gzip', 'gzip'], ['GZIP', 'gzip'], ['gzip, deflate, br, zstd', 'br'], ['br;q=0, gzip', 'gzip'], ['br;q=0.0,gzip;q=0', undefined],
    ['gzip;q=1.0, br;q=0.1', 'br'], ['*', 'br'], ['*;q=0', undefined], ['br;q=0, *', 'gzip'], ['br;q=nonsense', undefined]
  ]
  for (const [header, expected] of cases) t.equal(chooseEncoding(header), expected, String(header))
})

test('an entity tag is found in a list, weakened or not', async t => {
  for (const header of ['"a"', 'W/"a"', '"b", W/"a"', '*']) t.ok(matchesTag(header, '"a"'), header)
  for (const header of [undefined, '', '"b"', 'a', '"a-br"']) t.notOk(matchesTag(header, '"a"'), String(header))
})
