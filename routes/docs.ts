import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import pkg from '../package.json' with { type: 'json' }
import { asyncApi } from '../src/docs/asyncapi/document.ts'
import { assets, redocPage, swaggerPage } from '../src/docs/pages.ts'
import { Asset } from '../src/http/asset.ts'

const docsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  // Generated on the first request, when all routes are registered.
  let document: Asset | undefined
  const documentOf = () => {
    document ??= new Asset('application/json; charset=utf-8', JSON.stringify(app.swagger()))
    return document
  }
  app.serve('/openapi.json', documentOf)
  app.serve('/docs/json', documentOf)

  const asyncDocument = new Asset('application/json; charset=utf-8', JSON.stringify(asyncApi({ version: pkg.version, href: app.publicUrl.href })))
  app.serve('/asyncapi.json', () => asyncDocument)

  await app.register(pageRoutes)
}

/** Swagger UI and ReDoc, with the assets that they load. */
const pageRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook('onRequest', app.asDocsPage)
  const pathOf = (url: string) => url.split('?', 1)[0]!

  app.serve('/docs', ({ url }) => swaggerPage(pathOf(url)))
  app.serve('/redoc', ({ url }) => redocPage(pathOf(url)))
  for (const { path, asset } of Object.values(assets)) app.serve(`/${path}`, () => asset, { isHashed: true })
}

export default docsRoutes
