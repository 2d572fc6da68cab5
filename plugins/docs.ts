import swagger from '@fastify/swagger'
import fp from 'fastify-plugin'
import pkg from '../package.json' with { type: 'json' }
import type { OpenApiDocument } from '../src/docs/document.ts'
import { finish } from '../src/docs/finish.ts'
import { guide } from '../src/docs/guide.ts'
import { socketTags } from '../src/docs/socket.ts'
import { tags } from '../schemas/docs.ts'

// Relative to the URL that the document was fetched from.
const here = { url: '/', description: 'this server' }

/** Makes the OpenAPI document from the schemas of the routes that are registered after it. */
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
      // The node itself is a server too, for those who reach it without the proxy.
      servers: href === '' ? [here] : [{ url: href, description: 'this server' }, { ...here, description: 'this node, without the proxy' }],
      tags: [...tags, ...socketTags],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The `access_token` of a login, a token that another backend minted, or an API key.' }
        }
      }
    },
    refResolver: {
      // By default components have the names def-0, def-1, ….
      buildLocalReference: (json, _baseUri, _fragment, i) => typeof json['$id'] === 'string' ? json['$id'] : `def-${i}`
    },
    // A plugin's prefix and its path `/` make a path with a slash at the end. Fastify takes both, the document has one.
    transform: ({ schema, url }) => ({ schema, url: url.replace(/(?<=.)\/$/, '') }),
    transformObject: (document) => {
      if (!('openapiObject' in document)) return document.swaggerObject
      return finish(document.openapiObject as OpenApiDocument) as typeof document.openapiObject
    }
  })
}, { name: 'docs', fastify: '5.x', dependencies: ['public-url'] })
