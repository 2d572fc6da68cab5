import fp from 'fastify-plugin'
import { Notifier } from '../src/notification/notifier.ts'

declare module 'fastify' {
  interface FastifyInstance { notifier: Notifier }
}

/** Sends, recalls and marks notifications, for both REST routes and socket verbs. */
export default fp(async (app) => {
  app.decorate('notifier', new Notifier(app))
}, { name: 'notifier', fastify: '5.x', dependencies: ['store', 'hub', 'directory', 'schedule'] })
