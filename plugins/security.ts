import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import fp from 'fastify-plugin'

export interface SecurityOptions { allowedOrigins: string[] }

/** Headers that keep browsers from doing what no page of ours needs, and CORS for the origins that are allowed. */
export default fp<SecurityOptions>(async (app, { allowedOrigins }) => {
  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        // Swagger UI and ReDoc style themselves from their scripts, and draw with data: images.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        workerSrc: ["'self'", 'blob:'],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
        // Would turn every request of a page served over plain http into https.
        upgradeInsecureRequests: null
      }
    }
  })
  await app.register(cors, {
    origin: allowedOrigins,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['retry-after', 'location']
  })
}, { name: 'security', fastify: '5.x' })
