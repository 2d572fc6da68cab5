import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import pkg from '../../package.json' with { type: 'json' }
import { HomeRef, meanings } from '../../schemas/health.ts'
import { problems } from '../../schemas/problem.ts'
import { Asset } from '../../src/http/asset.ts'
import { homePage, homeStyle, type Status } from '../../src/pages/home/page.ts'
import { icon, iconPath } from '../../src/web/icon.ts'

const { version } = pkg
const style = new Asset('text/css; charset=utf-8', homeStyle)
const loads = { icon: iconPath, style: `static/home.${style.hash}.css` }

/** The start page of the server, and its icons. */
const homeRoutes: FastifyPluginAsyncTypebox<{ hasApps: boolean }> = async (app, { hasApps }) => {
  const { href } = app.publicUrl
  const links = {
    ...(hasApps ? { inbox: `${href}/inbox`, console: `${href}/console` } : {}),
    docs: `${href}/docs`,
    redoc: `${href}/redoc`,
    openapi: `${href}/openapi.json`,
    asyncapi: `${href}/asyncapi`,
    asyncapi_document: `${href}/asyncapi.json`,
    client: `${href}/client/belfry.js`,
    elements: `${href}/client/inbox.js`,
    ready: `${href}/readyz`
  }

  app.get('/', {
    onRequest: app.asApp,
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
    if (!hasApps || !accept.includes('text/html')) return { name: 'belfry' as const, version, status, links }
    const page = homePage({ version, status, degraded: (degraded ?? []).map(name => meanings[name]), loads })
    return await reply.type('text/html; charset=utf-8').serializer(String).send(page as never)
  })

  app.serve(`/${loads.style}`, () => style, { isHashed: true })
  // Browsers request /favicon.ico for responses that are not HTML.
  app.serve('/favicon.ico', () => icon)
  app.serve('/favicon.svg', () => icon)
}

export default homeRoutes
