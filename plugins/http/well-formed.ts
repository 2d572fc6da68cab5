import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { problem } from '../../src/errors.ts'

/** RFC 9110 §7.2: a host name or an IP address, and optionally a port. */
const HOST = /^(\[[\da-f:.]+\]|[^\s/?#@\\:[\]]*)(:\d*)?$/i

const BODILESS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses ambiguous requests, which a proxy and Belfry could interpret differently: several Host headers or a
 * malformed one, a query that cannot be decoded, a body in another encoding.
 */
export default fp(async (app) => {
  app.addHook('onRequest', ({ raw, url }, _reply, done) => {
    if (!hasOneHost(raw)) return done(problem('BLF_BAD_REQUEST', 'There must be exactly one Host header, with a valid name and port.'))
    done(isDecodable(url) ? undefined : problem('BLF_BAD_REQUEST', 'The query must be percent-encoded UTF-8.'))
  })
  // Runs after authentication and before the body is read. RFC 9110 §9.3.1: the body of a GET has no meaning, so it is not checked.
  app.addHook('preParsing', ({ headers, method }, _reply, _payload, done) => {
    if (BODILESS.has(method)) return done()
    const { 'content-encoding': encoding = 'identity', 'content-type': type = '' } = headers
    if (encoding === 'identity' && type === 'application/json') return done()
    const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(type)?.[1] ?? 'utf-8'
    const isSupported = encoding.toLowerCase() === 'identity' && /^utf-?8$/i.test(charset)
    done(isSupported ? null : problem('BLF_UNSUPPORTED_MEDIA_TYPE', 'The body must be application/json in UTF-8, without a Content-Encoding.'))
  })
}, { name: 'well-formed', fastify: '5.x' })

/** Node uses the first of several Host headers, while a proxy may use the last. */
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
