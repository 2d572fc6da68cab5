import fp from 'fastify-plugin'
import { errorCodes, type ErrorCode } from '../../src/protocol/error-codes.ts'
import { Durations } from './durations.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts an error that was sent on a socket. */
    countRefusal: (code: ErrorCode) => void
  }
}

/** Metrics of requests and refusals. The number of label values is bounded: route patterns, never paths. */
export default fp(async (app) => {
  const durations = new Durations(app.metrics.registry, {
    name: 'belfry_http_request_duration_seconds', help: 'Duration of an HTTP request', labelNames: ['route', 'method', 'status']
  })
  const countRefusal = app.metrics.counterOf({ name: 'belfry_refusals_total', help: 'Error responses over HTTP and on sockets, by error code', label: 'reason', values: Object.keys(errorCodes) })

  app.addHook('onResponse', (request, reply, done) => {
    const { url: route = 'none' } = request.routeOptions
    durations.observe(reply.elapsedTime / 1000, route, route === 'none' ? 'any' : request.method, reply.statusCode)
    if (reply.refusal) countRefusal(reply.refusal.code)
    done()
  })
  app.decorate('countRefusal', countRefusal)
}, { name: 'request-metrics', fastify: '5.x', dependencies: ['metrics', 'error-handler'] })
