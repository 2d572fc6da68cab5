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

/** Generates the OpenAPI document from the schemas of all routes that are registered after this plugin. */
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
      // The node is listed as well, for callers who bypass the proxy.
      servers: href === '' ? [here] : [{ url: href, description: 'this server' }, { ...here, description: 'this node, without the proxy' }],
      tags: [...tags, ...socketTags],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The `access_token` of a login, a token that another backend minted, or an API key.' }
        }
      }
    },
    refResolver: {
      // Names components by their `$id`; the default names are def-0, def-1, ….
      buildLocalReference: (json, _baseUri, _fragment, i) => typeof json['$id'] === 'string' ? json['$id'] : `def-${i}`
    },
    // A prefix and the path `/` make a path with a trailing slash. Fastify accepts it with and without; the document lists it without.
    transform: ({ schema, url }) => ({ schema, url: url.replace(/(?<=.)\/$/, '') }),
    transformObject: (document) => {
      if (!('openapiObject' in document)) return document.swaggerObject
      return finish(document.openapiObject as OpenApiDocument) as typeof document.openapiObject
    }
  })
}, { name: 'docs', fastify: '5.x', dependencies: ['public-url'] })
