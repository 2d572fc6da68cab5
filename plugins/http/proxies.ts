import { isIP } from 'node:net'
import fp from 'fastify-plugin'
import { problem } from '../../src/errors.ts'

/**
 * Refuses requests that a trusted proxy forwards for something that is no address: nobody could be
 * held to its limits. Addresses before an untrusted one are never looked at.
 */
export default fp(async (app) => {
  app.addHook('onRequest', ({ ip }, _reply, done) => {
    // A peer that has gone has none any more.
    const isAddress = ip === undefined || isIP(ip) !== 0
    done(isAddress ? undefined : problem('BLF_BAD_REQUEST', 'The address that a trusted proxy forwards is not an IP address.'))
  })
}, { name: 'proxies', fastify: '5.x' })
