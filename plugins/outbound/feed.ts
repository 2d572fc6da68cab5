import fp from 'fastify-plugin'
import { EventFeed } from '../../src/outbound/feed.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The log, for backends. */
    feed: EventFeed
  }
}

/** The event feed. A shutdown answers the polls that wait. */
export default fp(async (app) => {
  const feed = new EventFeed({ store: app.store, tail: app.tail })
  app.metrics.watch('belfry_feed_waiting', 'Polls of the event feed that wait for an event', () => feed.waiting)
  app.decorate('feed', feed)
  app.addHook('preClose', async () => feed.close())
}, { name: 'feed', fastify: '5.x', dependencies: ['store', 'tail', 'metrics'] })
