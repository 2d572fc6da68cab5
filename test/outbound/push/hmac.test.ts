import { createHmac, randomBytes } from 'node:crypto'
import { test } from 'tap'
import { hmacSha256 } from '../../../src/outbound/push/hmac.ts'

test('it is the HMAC of Node.js, for keys and texts of any length that it takes', t => {
  for (const keyBytes of [0, 1, 12, 16, 32, 63, 64]) {
    for (const bytes of [0, 1, 63, 64, 65, 900, 1_024, 5_000]) {
      const [key, text] = [randomBytes(keyBytes), randomBytes(bytes)]
      const at = Math.floor(bytes / 3)
      t.same(hmacSha256(key, text.subarray(0, at), text.subarray(at)), createHmac('sha256', key).update(text).digest(), `${keyBytes} and ${bytes} bytes`)
    }
  }
  t.end()
})

test('the test vectors of RFC 4231', t => {
  t.equal(hmacSha256(Buffer.alloc(20, 0x0b), Buffer.from('Hi There')).toString('hex'), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7')
  t.equal(hmacSha256(Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?')).toString('hex'), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843')
  t.equal(hmacSha256(Buffer.alloc(20, 0xaa), Buffer.alloc(50, 0xdd)).toString('hex'), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe')
  t.end()
})

test('what it returned stays as it was, and a longer key is refused', t => {
  const first = hmacSha256(Buffer.from('one'), Buffer.from('text'))
  const kept = Buffer.from(first)
  hmacSha256(Buffer.from('other'), Buffer.from('another text'))
  t.same(first, kept)
  t.throws(() => hmacSha256(Buffer.alloc(65), Buffer.from('text')), RangeError)
  t.end()
})
