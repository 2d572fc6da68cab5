import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import pkg from '../package.json' with { type: 'json' }
import { asyncApi } from '../src/docs/asyncapi/document.ts'
import { Asset } from '../src/http/asset.ts'
import { icon, iconPath } from '../src/web/icon.ts'

// Loaded when a page is first asked for: with Swagger UI and ReDoc, it is megabytes.
const pages = () => import('../src/docs/pages.ts')

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
    let framesPage: ((path: string) => Asset) | undefined
    app.serve('/asyncapi', async ({ url }) => {
      framesPage ??= (await pages()).asyncPage(framesOf)
      return framesPage(pathOf(url))
    })
  })
}

const pathOf = (url: string) => url.split('?', 1)[0]!

/** Swagger UI and ReDoc, with the assets that they load. */
const pageRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook('onRequest', app.asDocsPage)
  app.serve('/docs', async ({ url }) => (await pages()).swaggerPage(pathOf(url)))
  app.serve('/redoc', async ({ url }) => (await pages()).redocPage(pathOf(url)))
  for (const place of ['docs', 'redoc', 'asyncapi']) {
    app.serve(`/${place}/static/:file`, async ({ params }) => (await pages()).assetAt(`${place}/static/${(params as { file: string }).file}`), { isHashed: true })
  }
  app.serve(`/${iconPath}`, () => icon, { isHashed: true })
}

export default docsRoutes
