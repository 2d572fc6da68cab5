import swaggerUi from '@fastify/swagger-ui'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

const docsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: false })

  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}

export default docsRoutes
