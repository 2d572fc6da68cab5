import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import fp from 'fastify-plugin'
import pkg from '../../package.json' with { type: 'json' }
import { NodeSampler } from '../../src/overview/node.ts'
import { OverviewMonitor } from '../../src/overview/overview.ts'
import { formatTimestamp } from '../../src/protocol/timestamp.ts'

declare module 'fastify' {
  interface FastifyInstance { overview: OverviewMonitor }
}

/** `isShared`: whether there is a Redis, over which there may be other nodes. */
export interface OverviewOptions { isShared: boolean }

/** Sockets and streams that were closed because their readers were too slow. */
const SLOW = 1013

/** How all nodes are: `GET /api/overview` and its stream. */
export default fp<OverviewOptions>(async (app, { isShared }) => {
  const { store, bus, hub, metrics, tail } = app
  const startedAt = formatTimestamp(Date.now())
  let sends = 0
  store.onCommit(events => { for (const { kind } of events) if (kind === 'notification') sends += 1 })

  const sampler = new NodeSampler(nodeId(), startedAt, {
    sockets: () => hub.size - app.countStreams(),
    streams: () => app.countStreams(),
    lagMs: () => metrics.recent.lagMs.value,
    flushP99: () => metrics.recent.flushes.p99(),
    commitP99: () => metrics.recent.commits.p99(),
    degraded: () => [...bus.isUp ? [] : ['bus' as const], ...store.isFull() ? ['store_full' as const] : []],
    sends: () => sends,
    deliveries: () => metrics.deliveries,
    slowCloses: () => metrics.countOf('belfry_socket_closes_total', SLOW) + metrics.countOf('belfry_stream_closes_total', SLOW)
  })
  const overview = new OverviewMonitor({ version: pkg.version, startedAt, store, bus, isShared, sampler, head: () => tail.seq })
  app.decorate('overview', overview)
  app.addHook('preClose', async () => overview.close())
}, { name: 'overview', fastify: '5.x', dependencies: ['store', 'bus', 'tail', 'hub', 'metrics'] })

/** The machine's name, by which operators know it, and something that no other node has. */
function nodeId (): string {
  const machine = hostname().replaceAll(/[^\w.-]/g, '-').slice(0, 100)
  return `${machine === '' ? 'node' : machine}.${randomBytes(3).toString('hex')}`
}
