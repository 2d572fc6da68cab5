import fp from 'fastify-plugin'
import { Notifier } from '../src/notification/notifier.ts'

declare module 'fastify' {
  interface FastifyInstance { notifier: Notifier }
}

/** Sending, recalling and marking, for REST routes and socket verbs alike. */
export default fp(async (app) => {
  app.decorate('notifier', new Notifier(app))
}, { name: 'notifier', fastify: '5.x', dependencies: ['store', 'hub', 'directory'] })
