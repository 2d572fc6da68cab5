import { ServerResponse, type IncomingMessage } from 'node:http'
import cors from '@fastify/cors'
import type { onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import helmet from 'helmet'

declare module 'fastify' {
  interface FastifyInstance {
    /** A hook for routes whose answers are pages that a browser shows: they may load what lies here. */
    asPage: onRequestHookHandler
    /** The same for Swagger UI and ReDoc, which also style themselves from their scripts. */
    asDocsPage: onRequestHookHandler
  }
}

const POLICY = 'content-security-policy'

export interface SecurityOptions { allowedOrigins: string[] }

/** JSON loads nothing. */
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

const docsPage = {
  ...page,
  styleSrc: ["'self'", "'unsafe-inline'"],
  fontSrc: ['data:']
}

/** Of helmet's headers those that speak to documents: windows, frames' origins, downloads, plugins. */
const forDocuments = {
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false
} as const

/** What helmet sets, asked once: it is the same for every answer, and working it out anew is not free. */
function headersOf (directives: Record<string, string[]>, without: Partial<typeof forDocuments> = {}): Record<string, string> {
  const response = new ServerResponse({ method: 'GET' } as IncomingMessage)
  // Helmet's defaults would turn every request of a page served over plain http into https. HSTS speaks for
  // a whole domain, so it is for the proxy that ends TLS there.
  helmet({ contentSecurityPolicy: { useDefaults: false, directives }, strictTransportSecurity: false, ...without })({} as IncomingMessage, response, () => {})
  return response.getHeaders() as Record<string, string>
}

/** Headers that keep browsers from doing what no page of ours needs, and CORS for the origins that are allowed. */
export default fp<SecurityOptions>(async (app, { allowedOrigins }) => {
  const [ofJson, ofPages, ofDocs] = [headersOf(closed, forDocuments), headersOf(page), headersOf(docsPage)]
  // With the answer, so that an upgrade, which has none, does without.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (!reply.hasHeader(POLICY)) reply.headers(ofJson)
    done()
  })
  app.decorate('asPage', (_request, reply, done) => {
    reply.headers(ofPages)
    done()
  })

  app.decorate('asDocsPage', (_request, reply, done) => {
    reply.headers(ofDocs)
    done()
  })

  await app.register(cors, {
    origin: allowedOrigins,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['retry-after', 'location', 'ratelimit', 'ratelimit-policy'],
    // An OPTIONS that is no preflight is a request like any other, not an error in plain text.
    strictPreflight: false
  })
}, { name: 'security', fastify: '5.x' })
