import { createHash } from 'node:crypto'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { icon, redocBundle, redocLogo, redocPage, TITLE } from '../src/docs/pages.ts'

const docsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())

  await app.register(pageRoutes)
}

/** Swagger UI and ReDoc, with all that they load. */
const pageRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook('onRequest', app.asPage)

  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: false,
    theme: {
      title: TITLE,
      favicon: [{ filename: 'icon.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: icon }]
    },
    uiConfig: {
      layout: 'BaseLayout',
      deepLinking: true,
      persistAuthorization: true,
      displayRequestDuration: true,
      tryItOutEnabled: true,
      defaultModelsExpandDepth: 0
    }
  })

  const serve = (url: string, type: string, content: string | Buffer) => {
    const etag = `"${createHash('sha256').update(content).digest('base64url')}"`
    app.get(url, { schema: { hide: true } }, async (request, reply) => {
      reply.header('etag', etag).header('cache-control', 'no-cache')
      if (request.headers['if-none-match'] === etag) return await reply.code(304).send()
      return await reply.type(type).send(content)
    })
  }
  serve('/redoc', 'text/html; charset=utf-8', redocPage)
  serve('/redoc/redoc.standalone.js', 'text/javascript; charset=utf-8', await redocBundle())
  serve('/redoc/icon.svg', 'image/svg+xml', icon)
  serve('/redoc/logo.svg', 'image/svg+xml', redocLogo)
}

export default docsRoutes
