import { randomBytes } from 'node:crypto'
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import { test } from 'tap'
import { Asset, chooseEncoding, matchesTag } from '../../src/http/asset.ts'

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

test('what pages load is compressed as well as Brotli can, and what is large as fast as it must', async t => {
  const sizeAt = (content: string, quality: number) => brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }).length
  // Text that repeats itself here and there: the qualities differ.
  const words = Array.from({ length: 300 }, () => randomBytes(3).toString('hex'))
  const text = (length: number) => Array.from({ length }, (_, index) => words[(index * index + (index % 7)) % words.length]).join(' ')
  for (const [content, quality] of [[text(8_000), 11], [text(60_000), 9]] as const) {
    const body = await new Asset('text/plain', content).body('br')
    t.equal(body.length, sizeAt(content, quality), `${content.length} bytes`)
    t.not(body.length, sizeAt(content, quality === 11 ? 9 : 11))
    t.equal(brotliDecompressSync(body).toString(), content)
  }
})
