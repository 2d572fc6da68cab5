import { ServerResponse, type IncomingMessage } from 'node:http'
import cors from '@fastify/cors'
import type { onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import helmet from 'helmet'

declare module 'fastify' {
  interface FastifyInstance {
    /** A hook for routes whose answers Fastify does not send, and so would lack these headers. */
    withSecurityHeaders: onRequestHookHandler
    /** A hook for routes that serve HTML pages, which may load scripts, styles and images from this server. */
    asPage: onRequestHookHandler
    /** The same, with a form that is sent to this server. */
    asForm: onRequestHookHandler
    /** The same for Swagger UI and ReDoc, whose scripts also insert inline styles. */
    asDocsPage: onRequestHookHandler
    /** The same for pages that scripts draw: text becomes neither HTML nor a script, and icons come from the allowed origins. */
    asApp: onRequestHookHandler
    /** A hook for routes that serve scripts which pages of any origin may load, those that isolate themselves too. */
    asPublicScript: onRequestHookHandler
  }
}

const POLICY = 'content-security-policy'

export interface SecurityOptions { allowedOrigins: string[], iconOrigins: string[] }

/** The policy of JSON responses, which load nothing. */
const closed = {
  defaultSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"]
}

const page = {
  ...closed,
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"]
}

const formPage = { ...page, formAction: ["'self'"] }

const docsPage = {
  ...page,
  styleSrc: ["'self'", "'unsafe-inline'"],
  fontSrc: ['data:']
}

const appPage = (iconOrigins: string[]) => ({
  ...page,
  imgSrc: [...page.imgSrc, ...iconOrigins],
  manifestSrc: ["'self'"],
  workerSrc: ["'self'"],
  requireTrustedTypesFor: ["'script'"],
  // Lit's policy for its templates, which are constants, and ours for service workers.
  trustedTypes: ['lit-html', 'belfry']
})

/** Headers of helmet that only affect HTML pages, turned off for JSON. */
const withoutPageHeaders = {
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false
} as const

/** The headers that helmet sets. Computed once, because they are the same for every response. */
function headersOf (directives: Record<string, string[]>, without: Partial<typeof withoutPageHeaders> = {}): Record<string, string> {
  const response = new ServerResponse({ method: 'GET' } as IncomingMessage)
  // Helmet's default directives would upgrade the requests of a page served over plain http to https. HSTS is for a
  // whole domain, so the proxy that ends TLS for it has to set that.
  helmet({ contentSecurityPolicy: { useDefaults: false, directives }, strictTransportSecurity: false, ...without })({} as IncomingMessage, response, () => {})
  return response.getHeaders() as Record<string, string>
}

/** Security headers, and CORS for the allowed origins. */
export default fp<SecurityOptions>(async (app, { allowedOrigins, iconOrigins }) => {
  const [ofJson, ofPages, ofForms, ofDocs, ofApps] = [headersOf(closed, withoutPageHeaders), headersOf(page), headersOf(formPage), headersOf(docsPage), headersOf(appPage(iconOrigins))]
  // In `onSend`, which does not run for an accepted upgrade.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (!reply.hasHeader(POLICY)) reply.headers(ofJson)
    done()
  })
  const sending = (headers: Record<string, string>): onRequestHookHandler => (_request, reply, done) => {
    reply.headers(headers)
    done()
  }
  app.decorate('withSecurityHeaders', sending(ofJson))
  app.decorate('asPage', sending(ofPages))
  app.decorate('asForm', sending(ofForms))
  app.decorate('asDocsPage', sending(ofDocs))
  app.decorate('asApp', sending(ofApps))
  app.decorate('asPublicScript', sending({ ...ofJson, 'cross-origin-resource-policy': 'cross-origin', 'access-control-allow-origin': '*' }))

  await app.register(cors, {
    origin: allowedOrigins,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    // `Date` is for clients whose clock is wrong.
    exposedHeaders: ['date', 'retry-after', 'location', 'ratelimit', 'ratelimit-policy'],
    // An OPTIONS request that is not a preflight is answered like any other, not with an error in plain text.
    strictPreflight: false
  })
}, { name: 'security', fastify: '5.x' })
