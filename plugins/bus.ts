import fp from 'fastify-plugin'
import type { Bus } from '../src/bus/bus.ts'
import { openBus } from '../src/bus/open.ts'
import { Complaint } from '../src/process/complaint.ts'

declare module 'fastify' {
  interface FastifyInstance { bus: Bus }
}

export interface BusOptions { url: string | undefined }

/** How this node tells the others of what it committed, and hears of what they did. */
export default fp<BusOptions>(async (app, { url }) => {
  // Its password, if it has one, is nobody's to read.
  const redis = url === undefined ? undefined : URL.parse(url)?.host
  const complaint = new Complaint(reason => app.log.warn({ redis, reason }, 'redis cannot be used: other nodes\' events come a little later, and limits count at each node for itself'))
  const unreadable = new Complaint(reason => app.log.warn({ reason }, 'skipped a hint that cannot be read: another version, or another program, uses this channel'))
  const bus = openBus(url, app.store.epoch, {
    onError: error => complaint.about(error),
    // Others may publish as fast as they like.
    onUnreadable: () => unreadable.about(new Error('no hint of this version'))
  })
  bus.onChange(isUp => {
    complaint.over()
    if (isUp) app.log.info({ redis }, 'redis is reachable')
    else app.log.warn({ redis }, 'redis is not reachable')
  })
  app.metrics.watch('belfry_bus_up', 'Whether hints between nodes come and go: 1 or 0', () => bus.isUp ? 1 : 0)
  app.decorate('bus', bus)
  app.addHook('onClose', () => bus.close())
}, { name: 'bus', fastify: '5.x', dependencies: ['store', 'metrics'] })
