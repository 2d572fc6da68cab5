import fp from 'fastify-plugin'
import { problem } from '../src/errors.ts'
import { Upgrades } from '../src/http/upgrades.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether the server is shutting down. */
    isDraining: () => boolean
    /** The connections whose upgrade is not accepted. */
    upgrades: Upgrades
  }
  interface FastifyContextConfig {
    /** Answered as ever during a shutdown; everything else is asked to come back. */
    servesWhileDraining?: boolean
  }
}

export interface DrainOptions {
  /** How long a running request may delay the shutdown, milliseconds. */
  drainMs: number
}

/** On shutdown, running requests may finish until the deadline, and new ones are refused. */
export default fp<DrainOptions>(async (app, { drainMs }) => {
  let isDraining = false
  const upgrades = new Upgrades(app.server)
  app.decorate('isDraining', () => isDraining)
  app.decorate('upgrades', upgrades)

  app.addHook('onRequest', ({ routeOptions }, _reply, done) => {
    done(isDraining && !routeOptions.config.servesWhileDraining ? problem('BLF_UNAVAILABLE') : undefined)
  })
  // A connection that is kept alive for a next request would delay the shutdown.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isDraining) reply.header('connection', 'close')
    done()
  })

  app.addHook('preClose', async () => {
    isDraining = true
    setTimeout(() => {
      app.server.closeAllConnections()
      upgrades.cut()
    }, drainMs).unref()
  })
}, { name: 'drain', fastify: '5.x' })
