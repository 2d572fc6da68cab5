import fp from 'fastify-plugin'
import { Directory } from '../../src/identity/directory.ts'

declare module 'fastify' {
  interface FastifyInstance { directory: Directory }
}

/** Creates the directory. Registered before the hub, so that cached entries are invalidated before sockets get the events that changed them. */
export default fp(async (app) => {
  const directory = new Directory(app.store)
  app.tail.follow(events => directory.follow(events))
  app.decorate('directory', directory)
}, { name: 'directory', fastify: '5.x', dependencies: ['store', 'tail'] })
