import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import type { onRequestAsyncHookHandler } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** A hook for routes whose answers are pages that a browser shows: they may load what lies here. */
    asPage: onRequestAsyncHookHandler
  }
}

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
  // Swagger UI and ReDoc style themselves from their scripts, with data: images and fonts.
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  fontSrc: ['data:'],
  connectSrc: ["'self'"]
}

// Helmet's defaults would turn every request of a page served over plain http into https.
const policy = (directives: Record<string, string[]>) => ({ useDefaults: false, directives })

/** Headers that keep browsers from doing what no page of ours needs, and CORS for the origins that are allowed. */
export default fp<SecurityOptions>(async (app, { allowedOrigins }) => {
  await app.register(helmet, { contentSecurityPolicy: policy(closed) })
  app.decorate('asPage', async (_request, reply) => { await reply.helmet({ contentSecurityPolicy: policy(page) }) })

  await app.register(cors, {
    origin: allowedOrigins,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['retry-after', 'location'],
    // An OPTIONS that is no preflight is a request like any other, not an error in plain text.
    strictPreflight: false
  })
}, { name: 'security', fastify: '5.x' })
