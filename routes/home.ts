import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import pkg from '../package.json' with { type: 'json' }
import { HomeRef } from '../schemas/health.ts'
import { problems } from '../schemas/problem.ts'
import { homePage, type Status } from '../src/docs/home.ts'
import { icon } from '../src/docs/icon.ts'

const { version } = pkg

/** The start page of the server, and its icons. */
const homeRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { href } = app.publicUrl
  const links = {
    docs: `${href}/docs`,
    redoc: `${href}/redoc`,
    openapi: `${href}/openapi.json`,
    asyncapi: `${href}/asyncapi`,
    asyncapi_document: `${href}/asyncapi.json`,
    ready: `${href}/readyz`
  }

  app.get('/', {
    onRequest: app.asPage,
    config: { access: 'anyone' },
    schema: {
      operationId: 'getHome',
      summary: 'What this server is, and links to its pages',
      description: 'A page for browsers (`Accept: text/html`), JSON for other clients.',
      tags: ['operations'],
      response: { 200: HomeRef, ...problems() }
    }
  }, async ({ headers: { accept = '' } }, reply) => {
    reply.headers({ 'cache-control': 'no-store', vary: [reply.getHeader('vary'), 'accept'].filter(Boolean).join(', ') })
    const degraded = await app.readiness().catch(() => undefined)
    const status: Status = degraded === undefined ? 'unavailable' : degraded.length > 0 ? 'degraded' : 'ok'
    if (!accept.includes('text/html')) return { name: 'belfry' as const, version, status, links }
    const page = homePage({ version, status, degraded: degraded ?? [] })
    return await reply.type('text/html; charset=utf-8').serializer(String).send(page as never)
  })

  // Browsers request /favicon.ico for responses that are not HTML.
  app.serve('/favicon.ico', () => icon)
  app.serve('/favicon.svg', () => icon)
}

export default homeRoutes
