import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance { publicUrl: PublicUrl }
}

/** The parts of the configured public URL; all empty if none is configured. */
export interface PublicUrl {
  /** The whole URL without a trailing slash: the base of absolute links. */
  href: string
  /** The origin, as browsers send it in the `Origin` header. */
  origin: string
  /** The path prefix that a proxy strips, without a trailing slash. */
  path: string
}

export interface PublicUrlOptions { url: string | undefined }

export default fp<PublicUrlOptions>(async (app, { url }) => {
  const parsed = url === undefined ? undefined : new URL(url)
  app.decorate('publicUrl', { href: url ?? '', origin: parsed?.origin ?? '', path: parsed?.pathname.replace(/\/$/, '') ?? '' })
}, { name: 'public-url', fastify: '5.x' })
