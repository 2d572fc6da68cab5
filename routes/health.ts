import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { AliveRef, ReadyRef } from '../schemas/health.ts'
import { problems } from '../schemas/problem.ts'

const healthRoutes: FastifyPluginAsyncTypebox = async (app) => {
  // Probes arrive every few seconds, so only failures are logged.
  const quiet = ['info', 'debug', 'trace'].includes(app.log.level) ? { logLevel: 'warn' as const } : {}

  app.get('/healthz', {
    ...quiet,
    config: { access: 'anyone', servesWhileDraining: true },
    schema: {
      operationId: 'isAlive',
      summary: 'Whether the process is running',
      description: 'A liveness probe: supervisors restart a process that does not answer. Load balancers should use `/readyz`.',
      tags: ['operations'],
      response: { 200: AliveRef, ...problems() }
    }
  }, async () => ({ status: 'ok' as const }))

  app.get('/readyz', {
    ...quiet,
    config: { access: 'anyone' },
    schema: {
      operationId: 'isReady',
      summary: 'Whether a load balancer should send requests here',
      description: 'A readiness probe: 200 while the store is reachable and the node is not shutting down, 503 otherwise. A 200 lists what is degraded.',
      tags: ['operations'],
      response: { 200: ReadyRef, ...problems() }
    }
  }, async () => {
    const degraded = await app.readiness()
    return { status: degraded.length === 0 ? 'ok' as const : 'degraded' as const, degraded }
  })

  app.metrics.watch('belfry_sockets', 'Open, authenticated sockets of this node', () => app.hub.size - app.countStreams())
  app.metrics.watch('belfry_tail_position', 'Number of the newest event this node\'s tail has delivered', () => app.tail.seq)

  app.get('/metrics', {
    ...quiet,
    config: { access: ['metrics.read'] },
    schema: {
      operationId: 'getMetrics',
      summary: 'Metrics in Prometheus\' text format',
      tags: ['operations'],
      response: {
        200: { description: 'The metrics of this node.', content: { 'text/plain': { schema: Type.String() } } },
        ...problems(401, 403)
      }
    }
  }, async (_request, reply) => {
    const text = await app.metrics.registry.metrics()
    return await reply.header('content-type', app.metrics.registry.contentType).serializer(String).send(text)
  })
}

export default healthRoutes
