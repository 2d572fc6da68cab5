import fp from 'fastify-plugin'
import { degradations, type Degradation } from '../schemas/health.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** What works less well than it should. Throws an error of the catalogue if the node should get no requests. */
    readiness: () => Promise<Degradation[]>
  }
}

export default fp(async (app) => {
  app.decorate('readiness', async () => {
    await app.store.ping()
    const isDegraded: Record<Degradation, boolean> = { bus: !app.bus.isUp }
    return degradations.filter(name => isDegraded[name])
  })
}, { name: 'readiness', fastify: '5.x', dependencies: ['store', 'bus'] })
