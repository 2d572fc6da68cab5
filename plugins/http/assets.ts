import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { problem } from '../../src/errors.ts'
import { matchesTag, type Asset } from '../../src/http/asset.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Serves a public asset at `url`; undefined is a 404. `isHashed`: the URL contains a hash of the content, so caches
     * never need to revalidate.
     */
    serve: (url: string, assetOf: AssetOf, options?: { isHashed?: boolean }) => void
  }
}

type AssetOf = (request: FastifyRequest, reply: FastifyReply) => Asset | undefined | Promise<Asset | undefined>

const FOREVER = 'public, max-age=31536000, immutable'
/** Caches may store the asset but revalidate it for every request; a 304 costs little. */
const REVALIDATE = 'no-cache'

export default fp(async (app) => {
  app.decorate('serve', function (this: FastifyInstance, url, assetOf, { isHashed = false } = {}) {
    this.get(url, { schema: { hide: true } }, async (request, reply) => {
      const asset = await assetOf(request, reply)
      if (asset === undefined) throw problem('BLF_ROUTE_NOT_FOUND')
      return await send(request, reply, asset, isHashed ? FOREVER : REVALIDATE)
    })
  })
}, { name: 'assets', fastify: '5.x' })

async function send ({ headers }: FastifyRequest, reply: FastifyReply, asset: Asset, cacheControl: string): Promise<FastifyReply> {
  const encoding = asset.encodingFor(headers['accept-encoding'])
  const etag = asset.etag(encoding)
  reply.headers({ etag, 'cache-control': cacheControl })
  // CORS may have set `Vary` already.
  reply.header('vary', [reply.getHeader('vary'), 'accept-encoding'].filter(Boolean).join(', '))
  if (matchesTag(headers['if-none-match'], etag)) return await reply.code(304).send()
  if (encoding) reply.header('content-encoding', encoding)
  return await reply.type(asset.type).send(await asset.body(encoding))
}
