import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Asset } from '../../src/http/asset.ts'
import { appsBundle, rootFrom, type App, type Said } from '../../src/web/apps.ts'

export interface AppsOptions {
  iconOrigins: string[]
  /** Users whose passwords everybody may know: the form offers to log in as one of them. */
  demoUsers?: { username: string, password: string, is: string }[] | undefined
}

/** The inbox and the console, and what they load. Every path below `/console` is its page: what is shown is for its script to read from the path. */
const appsRoutes: FastifyPluginAsyncTypebox<AppsOptions> = async (app, { iconOrigins, demoUsers }) => {
  app.addHook('onRequest', app.asApp)
  const said: Said = { ...(iconOrigins.length > 0 ? { icons: iconOrigins } : {}), ...(demoUsers ? { demo: demoUsers } : {}) }
  const pages = new Map<string, Asset>()

  const page = (path: string, name: App) => app.serve(path, async ({ url }) => {
    const root = rootFrom(url.split('?', 1)[0]!)
    if (root === undefined) return undefined
    const key = `${name} ${root}`
    const made = pages.get(key) ?? (await appsBundle()).shell(name, root, said)
    pages.set(key, made)
    return made
  })
  page('/inbox', 'inbox')
  page('/console', 'console')
  page('/console/*', 'console')
  app.serve('/static/:file', async ({ params }) => (await appsBundle()).files.get(`static/${(params as { file: string }).file}`), { isHashed: true })
}

export default appsRoutes
