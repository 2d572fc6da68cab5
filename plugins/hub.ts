import fp from 'fastify-plugin'
import { Hub } from '../src/hub/hub.ts'

declare module 'fastify' {
  interface FastifyInstance { hub: Hub }
}

export interface HubPluginOptions {
  /** How long a shutdown waits for clients to close their connections, milliseconds. */
  drainMs: number
}

/** Creates the hub and feeds it the tail's events, which it sends to this node's sockets. */
export default fp<HubPluginOptions>(async (app, { drainMs }) => {
  const { store, tail } = app
  const unknownKinds = new Set<string>()
  const settings = await store.sharedMutes()
  // From here to `follow` nothing may wait: what the tail delivered meanwhile would be missing from this node for good.
  const hub = new Hub({
    epoch: store.epoch,
    seq: tail.seq,
    settings,
    onFlush: flush => app.metrics.flushed(flush),
    onUnknown ({ kind, seq }) {
      // One line per kind: during a rolling upgrade newer nodes may write many such events.
      if (unknownKinds.has(kind)) return
      unknownKinds.add(kind)
      app.log.warn({ kind, seq }, 'skipped a log event of an unknown kind: a newer version writes to this log')
    }
  })
  tail.follow(events => hub.publish(events))
  app.decorate('hub', hub)
  app.addHook('preClose', () => hub.wires.drain(drainMs))
  app.addHook('onClose', async () => hub.close())
}, { name: 'hub', fastify: '5.x', dependencies: ['drain', 'store', 'tail', 'directory', 'metrics'] })
