import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { problem } from '../src/errors.ts'
import { describeAccess, mayEver, type Access } from '../src/rights.ts'
import { secured } from '../schemas/docs.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route: `anyone`, or whoever has one of these rights. Every documented route says so. */
    access?: Access
  }
}

/** Sees to what routes declare in `config.access`: the guard, the answers to it, and what the document says of it. */
export default fp(async (app) => {
  app.addHook('onRoute', (route) => {
    const access = route.config?.access
    if (access === undefined) {
      if (route.schema?.hide || route.websocket || route.method === 'OPTIONS' || route.method === 'HEAD') return
      throw new Error(`${String(route.method)} ${route.url} does not say who may call it`)
    }
    if (access === 'anyone') return
    route.onRequest = [app.authenticate, allow, ...hooksOf(route.onRequest)]
    route.onSend = [noStore, ...hooksOf(route.onSend)]
    const { description, ...schema } = route.schema ?? {}
    route.schema = { ...schema, ...secured, description: [description, describeAccess(access)].filter(Boolean).join('\n\n') }

    async function allow (request: FastifyRequest): Promise<void> {
      if ((access as Exclude<Access, 'anyone'>).some(right => mayEver(request.principal, right))) return
      throw problem('BLF_FORBIDDEN')
    }
  })
}, { name: 'access', fastify: '5.x', dependencies: ['auth'] })

/** What is one principal's is no proxy's or browser's to keep. */
async function noStore (_request: unknown, reply: { header: (name: string, value: string) => unknown }): Promise<void> {
  reply.header('cache-control', 'no-store')
}

function hooksOf<T> (hooks: T | T[] | undefined): T[] {
  return hooks === undefined ? [] : Array.isArray(hooks) ? hooks : [hooks]
}
