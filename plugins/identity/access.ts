import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { problem } from '../../src/errors.ts'
import { describeAccess, mayEver, type Access } from '../../src/rights/rights.ts'
import type { Principal } from '../../src/rights/principal.ts'
import { secured } from '../../schemas/docs.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route: `anyone`, or a principal with at least one of these rights. Required for every documented route. */
    access?: Access
    /** A ticket in the query may stand for the `Authorization` header. */
    takesTickets?: boolean
    /** The cookie of a login may stand for the `Authorization` header: `request.principal` is null then, and the route reads the cookie. */
    takesCookies?: boolean
  }
}

/** Enforces and documents what routes declare in `config.access`: adds the guard, `Cache-Control: no-store` and the description. */
export default fp(async (app) => {
  app.addHook('onRoute', (route) => {
    const access = route.config?.access
    if (access === undefined) {
      if (route.schema?.hide || route.websocket || route.method === 'OPTIONS' || route.method === 'HEAD') return
      throw new Error(`${String(route.method)} ${route.url} declares no "access" in its config`)
    }
    if (access === 'anyone') return
    if (route.config?.takesTickets) route.preHandler = [app.authenticateOrRedeem, allow, ...hooksOf(route.preHandler)]
    else if (route.config?.takesCookies) route.onRequest = [app.authenticateUnlessCookie, allowIfKnown, ...hooksOf(route.onRequest)]
    else route.onRequest = [app.authenticate, allow, ...hooksOf(route.onRequest)]
    route.onSend = [noStore, ...hooksOf(route.onSend)]
    const { description, ...schema } = route.schema ?? {}
    route.schema = { ...schema, ...secured, description: [description, describeAccess(access)].filter(Boolean).join('\n\n') }

    function allowIfKnown (request: FastifyRequest, reply: unknown, done: (error?: Error) => void): void {
      if ((request.principal as Principal | null) === null) done()
      else allow(request, reply, done)
    }

    function allow (request: FastifyRequest, _reply: unknown, done: (error?: Error) => void): void {
      const isAllowed = (access as Exclude<Access, 'anyone'>).some(right => mayEver(request.principal, right))
      done(isAllowed ? undefined : problem('BLF_FORBIDDEN'))
    }
  })
}, { name: 'access', fastify: '5.x', dependencies: ['auth'] })

/** Responses to an authenticated principal must not be stored by proxies or browsers. */
function noStore (_request: unknown, reply: FastifyReply, _payload: unknown, done: () => void): void {
  reply.header('cache-control', 'no-store')
  done()
}

function hooksOf<T> (hooks: T | T[] | undefined): T[] {
  return hooks === undefined ? [] : Array.isArray(hooks) ? hooks : [hooks]
}
