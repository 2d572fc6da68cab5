import fp from 'fastify-plugin'
import { Hub } from '../src/hub/hub.ts'

declare module 'fastify' {
  interface FastifyInstance { hub: Hub }
}

/** Sends what the tail delivers to this node's open sockets. */
export default fp(async (app) => {
  const { store, tail } = app
  const unknown = new Set<string>()
  const hub = new Hub({
    epoch: store.epoch,
    position: tail.position,
    onFlush: flush => app.metrics.flushed(flush),
    onUnknown ({ kind, seq }) {
      // A line a kind: during an upgrade, node by node, a newer one may write many.
      if (unknown.has(kind)) return
      unknown.add(kind)
      app.log.warn({ kind, seq }, 'skipped a log event of an unknown kind: a newer version writes to this log')
    }
  })
  tail.follow(events => hub.publish(events))
  app.decorate('hub', hub)
  app.addHook('onClose', async () => hub.close())
}, { name: 'hub', fastify: '5.x', dependencies: ['store', 'tail', 'directory', 'metrics'] })
