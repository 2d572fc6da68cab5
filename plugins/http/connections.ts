import fp from 'fastify-plugin'
import type { Connections } from '../../src/http/connections.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The server's connections and their bounds. */
    connections: Connections
  }
}

export interface ConnectionsOptions { connections: Connections }

/** Logs and counts the connections that `Connections` cuts. */
export default fp<ConnectionsOptions>(async (app, { connections }) => {
  app.decorate('connections', connections)
  let cut = 0
  connections.onCut = (reason, address) => {
    cut += 1
    app.log.warn({ reason, ip: address }, reason === 'unread' ? 'cut a connection that does not read its answers' : 'cut a connection with too many requests ahead of their answers')
  }
  app.metrics.watchTotal('belfry_http_connections_cut_total', 'HTTP connections cut because answers were not read, or too many requests were sent ahead of them', () => cut)
}, { name: 'connections', fastify: '5.x', dependencies: ['metrics'] })
