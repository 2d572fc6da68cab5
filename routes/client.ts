import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { clientBundle, hashedName } from '../src/web/client.ts'

/**
 * The client for browsers, as one module that pages of any origin may load. `belfry.js` is always the newest;
 * `Content-Location` names its twin, whose content never changes and which caches keep for good.
 */
const clientRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook('onRequest', app.asPublicScript)

  app.serve('/belfry.js', async (_request, reply) => {
    const asset = await clientBundle()
    reply.header('content-location', hashedName(asset))
    return asset
  })
  app.serve('/:file', async ({ params }) => {
    const asset = await clientBundle()
    return (params as { file: string }).file === hashedName(asset) ? asset : undefined
  }, { isHashed: true })
}

export default clientRoutes
