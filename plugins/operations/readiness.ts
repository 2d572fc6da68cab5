import fp from 'fastify-plugin'
import { degradations, type Degradation } from '../../schemas/health.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The node's degradations. Throws a catalogued error if the node should get no requests. */
    readiness: () => Promise<Degradation[]>
  }
}

/** The store is pinged at most once in this time, milliseconds, because anybody may call `/readyz`. */
const PING_MS = 250

export default fp(async (app) => {
  let ping: Promise<void> | undefined
  let pingedAt = -Infinity
  let isPinging = false

  function pingStore (): Promise<void> {
    if (ping && (isPinging || performance.now() - pingedAt < PING_MS)) return ping
    isPinging = true
    pingedAt = performance.now()
    ping = app.store.ping().finally(() => { isPinging = false })
    return ping
  }

  app.decorate('readiness', async () => {
    await pingStore()
    const isDegraded: Record<Degradation, boolean> = { bus: !app.bus.isUp, store_full: app.store.isFull() }
    return degradations.filter(name => isDegraded[name])
  })
}, { name: 'readiness', fastify: '5.x', dependencies: ['store', 'bus'] })
