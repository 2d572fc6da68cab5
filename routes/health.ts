import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { problem } from '../src/errors.ts'
import { problems } from '../schemas/problem.ts'

const Healthy = Type.Object({ status: Type.Literal('ok') })

const healthRoutes: FastifyPluginAsyncTypebox = async (app) => {
  // Probes come every few seconds, so only what goes wrong is worth a line.
  const quiet = ['info', 'debug', 'trace'].includes(app.log.level) ? { logLevel: 'warn' as const } : {}

  app.get('/healthz', {
    ...quiet,
    config: { access: 'anyone', servesWhileDraining: true },
    schema: {
      operationId: 'isAlive',
      summary: 'Whether the process lives',
      tags: ['operations'],
      response: { 200: Healthy, ...problems() }
    }
  }, async () => ({ status: 'ok' as const }))

  app.get('/readyz', {
    ...quiet,
    config: { access: 'anyone' },
    schema: {
      operationId: 'isReady',
      summary: 'Whether it takes requests: store and bus are reachable and it is not shutting down',
      tags: ['operations'],
      response: { 200: Healthy, ...problems() }
    }
  }, async () => {
    await app.store.ping()
    if (!app.bus.isUp) throw problem('BLF_UNAVAILABLE', 'The bus between the nodes cannot be reached.')
    return { status: 'ok' as const }
  })

  app.metrics.watch('belfry_sockets', 'Open, authenticated sockets of this node', () => app.hub.size)
  app.metrics.watch('belfry_tail_position', 'Number of the newest event this node\'s tail has delivered', () => app.tail.position)

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
