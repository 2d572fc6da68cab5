import fp from 'fastify-plugin'
import { problem } from '../src/errors.ts'
import { Upgrades } from '../src/http/upgrades.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether the server is shutting down. */
    isDraining: () => boolean
    /** The connections whose upgrade has not been accepted yet. */
    upgrades: Upgrades
  }
  interface FastifyContextConfig {
    /** Whether the route still answers during a shutdown; all others answer 503 BLF_UNAVAILABLE. */
    servesWhileDraining?: boolean
  }
}

export interface DrainOptions {
  /** How long a running request may delay the shutdown, milliseconds. */
  drainMs: number
}

/** On shutdown, refuses new requests and lets running ones finish until the deadline. */
export default fp<DrainOptions>(async (app, { drainMs }) => {
  let isDraining = false
  const upgrades = new Upgrades(app.server)
  app.decorate('isDraining', () => isDraining)
  app.decorate('upgrades', upgrades)

  app.addHook('onRequest', ({ routeOptions }, _reply, done) => {
    done(isDraining && !routeOptions.config.servesWhileDraining ? problem('BLF_UNAVAILABLE') : undefined)
  })
  // An idle keep-alive connection would delay the shutdown.
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
