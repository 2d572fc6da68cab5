import swagger from '@fastify/swagger'
import fp from 'fastify-plugin'
import { tags } from '../schemas/docs.ts'

/** The OpenAPI document, made from the schemas of the routes. Registered before the routes it collects. */
export default fp(async (app) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Belfry',
        version: '0.1.0',
        description: 'Realtime notifications: one REST call, every open WebSocket and every inbox.',
        license: { name: 'MIT', identifier: 'MIT' }
      },
      tags,
      components: {
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } }
      }
    },
    refResolver: {
      // By default components are called def-0, def-1, ….
      buildLocalReference: (json, _baseUri, _fragment, i) => typeof json['$id'] === 'string' ? json['$id'] : `def-${i}`
    }
  })
}, { name: 'docs', fastify: '5.x' })
