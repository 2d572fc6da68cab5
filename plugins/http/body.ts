import { isUtf8 } from 'node:buffer'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { parse } from 'secure-json-parse'
import { problem } from '../../src/errors.ts'
import { lossyNumbers } from '../../src/protocol/numbers.ts'

/**
 * Takes JSON bodies and no others. An empty body counts as none, because many clients name the type of a body
 * that they do not send.
 */
export default fp(async (app) => {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (_request: FastifyRequest, body: Buffer, done) => {
    if (body.length === 0) return done(null, undefined)
    // RFC 8259 §8.1. Decoding other bytes would replace them, and store other text than was sent.
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
}, { name: 'body', fastify: '5.x' })
