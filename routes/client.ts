import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { scripts } from '../src/web/client.ts'

/**
 * The client for browsers, its preferences, its pushes and the elements of the inbox, each as one module that pages of any origin may
 * load. `belfry.js`, `preferences.js`, `push.js` and `inbox.js` are always the newest; `Content-Location` names their twins, whose content never changes
 * and which caches keep for good. What they load on demand lies beside them.
 */
const clientRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook('onRequest', app.asPublicScript)

  for (const [name, script] of Object.entries(scripts)) {
    app.serve(`/${name}.js`, async (_request, reply) => {
      const { name, files } = await script()
      reply.header('content-location', name)
      return files.get(name)
    })
  }
  app.serve('/:file', async ({ params }) => {
    const { file } = params as { file: string }
    const [name = ''] = file.split('.')
    const named = Object.hasOwn(scripts, name) ? scripts[name as keyof typeof scripts] : undefined
    // What is loaded on demand has a name of its own, or the same one.
    for (const script of [named, scripts.belfry, scripts.inbox]) {
      const asset = (await script?.())?.files.get(file)
      if (asset) return asset
    }
    return undefined
  }, { isHashed: true })
}

export default clientRoutes
