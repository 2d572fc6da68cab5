import fp from 'fastify-plugin'
import { Notifier } from '../src/notification/notifier.ts'

declare module 'fastify' {
  interface FastifyInstance { notifier: Notifier }
}

/** Sends, recalls and marks notifications, for both REST routes and socket verbs. */
export default fp<{ retentionDays: number }>(async (app, { retentionDays }) => {
  const { store, directory, hub, schedule } = app
  app.decorate('notifier', new Notifier({ store, directory, hub, schedule, retentionDays }))
}, { name: 'notifier', fastify: '5.x', dependencies: ['store', 'hub', 'directory', 'schedule'] })
