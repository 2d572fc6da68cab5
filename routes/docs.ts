import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import pkg from '../package.json' with { type: 'json' }
import { asyncApi } from '../src/docs/asyncapi/document.ts'
import { assets, asyncPage, redocPage, swaggerPage } from '../src/docs/pages.ts'
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

  let framesAsset: Asset | undefined
  const framesOf = () => asyncApi({ version: pkg.version, href: app.publicUrl.href })
  app.serve('/asyncapi.json', () => {
    framesAsset ??= new Asset('application/json; charset=utf-8', JSON.stringify(framesOf()))
    return framesAsset
  })

  await app.register(pageRoutes)
  await app.register(async (app) => {
    app.addHook('onRequest', app.asPage)
    const framesPage = asyncPage(framesOf)
    app.serve('/asyncapi', ({ url }) => framesPage(pathOf(url)))
  })
}

const pathOf = (url: string) => url.split('?', 1)[0]!

/** Swagger UI and ReDoc, with the assets that they load. */
const pageRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook('onRequest', app.asDocsPage)
  app.serve('/docs', ({ url }) => swaggerPage(pathOf(url)))
  app.serve('/redoc', ({ url }) => redocPage(pathOf(url)))
  for (const { path, asset } of Object.values(assets)) app.serve(`/${path}`, () => asset, { isHashed: true })
}

export default docsRoutes
