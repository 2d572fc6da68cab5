import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { clientBundle, elementsBundle, hashedName } from '../src/web/client.ts'

/**
 * The client for browsers and the elements of the inbox, each as one module that pages of any origin may load.
 * `belfry.js` and `inbox.js` are always the newest; `Content-Location` names their twins, whose content never changes
 * and which caches keep for good. What the elements load on demand lies beside them.
 */
const clientRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook('onRequest', app.asPublicScript)

  app.serve('/belfry.js', async (_request, reply) => {
    const asset = await clientBundle()
    reply.header('content-location', hashedName(asset))
    return asset
  })
  app.serve('/inbox.js', async (_request, reply) => {
    const { name, files } = await elementsBundle()
    reply.header('content-location', name)
    return files.get(name)
  })
  app.serve('/:file', async ({ params }) => {
    const { file } = params as { file: string }
    if (!file.startsWith('belfry.')) return (await elementsBundle()).files.get(file)
    const asset = await clientBundle()
    return file === hashedName(asset) ? asset : undefined
  }, { isHashed: true })
}

export default clientRoutes
