import fp from 'fastify-plugin'
import type { Bus } from '../src/bus/bus.ts'
import { openBus } from '../src/bus/open.ts'
import { OutageLog } from '../src/process/outage-log.ts'

declare module 'fastify' {
  interface FastifyInstance { bus: Bus }
}

export interface BusOptions { url: string | undefined }

/** Opens the bus: this node publishes hints of its commits on it, and receives those of other nodes. */
export default fp<BusOptions>(async (app, { url }) => {
  // Only the host is logged, because the URL may contain a password.
  const redis = url === undefined ? undefined : URL.parse(url)?.host
  const outage = new OutageLog(reason => app.log.warn({ redis, reason }, 'redis cannot be used: events of other nodes arrive a little later, and each node counts limits for itself'))
  const unreadable = new OutageLog(reason => app.log.warn({ reason }, 'skipped a hint that cannot be read: another version, or another program, uses this channel'))
  const bus = openBus(url, app.store.epoch, {
    onError: error => outage.reportFailure(error),
    // Rate-limited: another program may publish any number of messages on this channel.
    onUnreadable: () => unreadable.reportFailure(new Error('no hint of this version'))
  })
  bus.onChange(isUp => {
    outage.reportRecovery()
    if (isUp) app.log.info({ redis }, 'redis is reachable')
    else app.log.warn({ redis }, 'redis is not reachable')
  })
  app.metrics.watch('belfry_bus_up', 'Whether this node can send hints to other nodes and receive theirs: 1 or 0', () => bus.isUp ? 1 : 0)
  app.decorate('bus', bus)
  app.addHook('onClose', () => bus.close())
}, { name: 'bus', fastify: '5.x', dependencies: ['store', 'metrics'] })
