import { isIP } from 'node:net'
import fp from 'fastify-plugin'
import { problem } from '../../src/errors.ts'

/**
 * Refuses requests for which a trusted proxy forwards an invalid IP address, because rate limits count by
 * address. Forwarded addresses to the left of an untrusted one are ignored.
 */
export default fp(async (app) => {
  app.addHook('onRequest', ({ ip }, _reply, done) => {
    // The address is undefined once the peer has disconnected.
    const isAddress = ip === undefined || isIP(ip) !== 0
    done(isAddress ? undefined : problem('BLF_BAD_REQUEST', 'The address that a trusted proxy forwards is not an IP address.'))
  })
}, { name: 'proxies', fastify: '5.x' })
