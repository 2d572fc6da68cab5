import { isUtf8 } from 'node:buffer'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { parse } from 'secure-json-parse'
import { problem } from '../../src/errors.ts'
import { discardRest } from '../../src/http/rest-of-body.ts'
import { lossyNumbers } from '../../src/protocol/numbers.ts'

/**
 * Accepts JSON bodies only. An empty body counts as none, because many clients send `Content-Type` without a body.
 */
export default fp(async (app) => {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (_request: FastifyRequest, body: Buffer, done) => {
    if (body.length === 0) return done(null, undefined)
    // RFC 8259 §8.1. Decoding would replace invalid bytes, and the stored text would differ from the one sent.
    if (!isUtf8(body)) return done(problem('BLF_BAD_JSON'))
    const text = body.toString()
    try {
      const value: unknown = parse(text)
      const errors = lossyNumbers(text)
      if (errors.length > 0) return done(problem('BLF_VALIDATION', undefined, errors))
      done(null, value)
    } catch {
      done(problem('BLF_BAD_JSON'))
    }
  })
  // A request that is refused before its body has arrived, such as one that is too large: its sender gets the answer only if the connection is not reset.
  app.addHook('onSend', ({ raw }, { statusCode }, _payload, done) => {
    if (statusCode >= 400 && !raw.complete) discardRest(raw)
    done()
  })
}, { name: 'body', fastify: '5.x' })
