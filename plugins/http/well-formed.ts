import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { problem } from '../../src/errors.ts'

/** RFC 9110 §7.2: a name or an address, and a port. */
const HOST = /^(\[[\da-f:.]+\]|[^\s/?#@\\:[\]]*)(:\d*)?$/i

const BODILESS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Refuses requests that two readers could understand differently: by their Host, their query or the encoding of their body. */
export default fp(async (app) => {
  app.addHook('onRequest', ({ raw, url }, _reply, done) => {
    if (!hasOneHost(raw)) return done(problem('BLF_BAD_REQUEST', 'There must be exactly one Host header, with a valid name and port.'))
    done(isDecodable(url) ? undefined : problem('BLF_BAD_REQUEST', 'The query must be percent-encoded UTF-8.'))
  })
  // After authentication, and before anything reads the body. RFC 9110 §9.3.1: a GET's has no meaning.
  app.addHook('preParsing', ({ headers, method }, _reply, _payload, done) => {
    if (BODILESS.has(method)) return done()
    const { 'content-encoding': encoding = 'identity', 'content-type': type = '' } = headers
    if (encoding === 'identity' && type === 'application/json') return done()
    const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(type)?.[1] ?? 'utf-8'
    const isUnderstood = encoding.toLowerCase() === 'identity' && /^utf-?8$/i.test(charset)
    done(isUnderstood ? null : problem('BLF_UNSUPPORTED_MEDIA_TYPE', 'The body must be application/json in UTF-8, without a Content-Encoding.'))
  })
}, { name: 'well-formed', fastify: '5.x' })

/** Node keeps the first of several Host lines, where a proxy may go by the last. */
function hasOneHost ({ headers, rawHeaders }: FastifyRequest['raw']): boolean {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1
  }
  return count <= 1 && HOST.test(headers.host ?? '')
}

function isDecodable (url: string): boolean {
  const start = url.indexOf('?')
  if (start === -1 || !url.includes('%', start)) return true
  try {
    decodeURIComponent(url.slice(start))
    return true
  } catch {
    return false
  }
}
