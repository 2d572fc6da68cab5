import swagger from '@fastify/swagger'
import fp from 'fastify-plugin'
import pkg from '../package.json' with { type: 'json' }
import { finish, type OpenApiDocument } from '../src/docs/finish.ts'
import { guide } from '../src/docs/guide.ts'
import { socketTags } from '../src/docs/socket.ts'
import { tags } from '../schemas/docs.ts'

// Relative to where the document was fetched from, whatever host and scheme that was.
const here = { url: '/', description: 'this server' }

/** The OpenAPI document, made from the schemas of the routes. Registered before the routes it collects. */
export default fp(async (app) => {
  const { href } = app.publicUrl
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Belfry',
        version: pkg.version,
        summary: 'Realtime notifications over REST and WebSocket',
        description: guide,
        contact: { name: 'Whoever runs this server' },
        license: { name: 'MIT', identifier: 'MIT' }
      },
      // A node that is asked directly, past its proxy, is a server too.
      servers: href === '' ? [here] : [{ url: href, description: 'this server' }, { ...here, description: 'this node, without the proxy' }],
      tags: [...tags, ...socketTags],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The `access_token` of a login, a token minted by a trusted backend, or an API key.' }
        }
      }
    },
    refResolver: {
      // By default components are called def-0, def-1, ….
      buildLocalReference: (json, _baseUri, _fragment, i) => typeof json['$id'] === 'string' ? json['$id'] : `def-${i}`
    },
    // A resource's own path has no slash at its end; Fastify takes both.
    transform: ({ schema, url }) => ({ schema, url: url.replace(/(?<=.)\/$/, '') }),
    transformObject: (document) => {
      if (!('openapiObject' in document)) return document.swaggerObject
      return finish(document.openapiObject as OpenApiDocument) as typeof document.openapiObject
    }
  })
}, { name: 'docs', fastify: '5.x', dependencies: ['public-url'] })
