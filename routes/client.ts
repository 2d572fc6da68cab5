import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { clientBundles, elementsBundle, hashedName } from '../src/web/client.ts'

/**
 * The client for browsers, its preferences, its pushes and the elements of the inbox, each as one module that pages of any origin may
 * load. `belfry.js`, `preferences.js`, `push.js` and `inbox.js` are always the newest; `Content-Location` names their twins, whose content never changes
 * and which caches keep for good. What the elements load on demand lies beside them.
 */
const clientRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook('onRequest', app.asPublicScript)

  for (const [name, bundle] of Object.entries(clientBundles)) {
    app.serve(`/${name}.js`, async (_request, reply) => {
      const asset = await bundle()
      reply.header('content-location', hashedName(name, asset))
      return asset
    })
  }
  app.serve('/inbox.js', async (_request, reply) => {
    const { name, files } = await elementsBundle()
    reply.header('content-location', name)
    return files.get(name)
  })
  app.serve('/:file', async ({ params }) => {
    const { file } = params as { file: string }
    const [name = ''] = file.split('.')
    const asset = Object.hasOwn(clientBundles, name) ? await clientBundles[name as keyof typeof clientBundles]() : undefined
    // What elements load on demand may begin with the same name.
    return asset && file === hashedName(name, asset) ? asset : (await elementsBundle()).files.get(file)
  }, { isHashed: true })
}

export default clientRoutes
