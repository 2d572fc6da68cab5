import fp from 'fastify-plugin'
import { problem } from '../src/errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether the server is shutting down. */
    isDraining: () => boolean
  }
  interface FastifyContextConfig {
    /** Answered as ever during a shutdown; everything else is asked to come back. */
    servesWhileDraining?: boolean
  }
}

export interface DrainOptions {
  /** The longest a request that runs may hold up the end, milliseconds. */
  drainMs: number
}

/** A shutdown lets what runs finish, until its deadline, and turns away what comes meanwhile. */
export default fp<DrainOptions>(async (app, { drainMs }) => {
  let isDraining = false
  app.decorate('isDraining', () => isDraining)

  app.addHook('onRequest', ({ routeOptions }, _reply, done) => {
    done(isDraining && !routeOptions.config.servesWhileDraining ? problem('BLF_UNAVAILABLE') : undefined)
  })
  // A connection kept open for a next request would hold up the end.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isDraining) reply.header('connection', 'close')
    done()
  })

  app.addHook('preClose', async () => {
    isDraining = true
    setTimeout(() => app.server.closeAllConnections(), drainMs).unref()
  })
}, { name: 'drain', fastify: '5.x' })
