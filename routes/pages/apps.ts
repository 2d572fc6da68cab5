import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { appsBundle, type App } from '../../src/web/apps.ts'

/** The inbox and the console, and what they load. Every path below `/console` is its page: what is shown is for its script to read from the path. */
const appsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook('onRequest', app.asApp)

  const page = (path: string, name: App) => app.serve(path, async ({ url }) => (await appsBundle()).page(name, url.split('?', 1)[0]!))
  page('/inbox', 'inbox')
  page('/console', 'console')
  page('/console/*', 'console')
  app.serve('/static/:file', async ({ params }) => (await appsBundle()).files.get(`static/${(params as { file: string }).file}`), { isHashed: true })
}

export default appsRoutes
