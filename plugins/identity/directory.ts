import fp from 'fastify-plugin'
import { Directory } from '../../src/identity/directory.ts'

declare module 'fastify' {
  interface FastifyInstance { directory: Directory }
}

/** Who this node has met lately. Registered before the hub: what changed is forgotten before sockets hear of it. */
export default fp(async (app) => {
  const directory = new Directory(app.store)
  app.tail.follow(events => directory.follow(events))
  app.decorate('directory', directory)
}, { name: 'directory', fastify: '5.x', dependencies: ['store', 'tail'] })
