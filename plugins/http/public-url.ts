import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance { publicUrl: PublicUrl }
}

/** The address people reach the server under, taken apart; all empty while nobody has said it. */
export interface PublicUrl {
  /** The whole of it, without a slash at the end: what absolute links begin with. */
  href: string
  /** As browsers write it in the `Origin` header. */
  origin: string
  /** The prefix that a proxy takes off, without a slash at the end. */
  path: string
}

export interface PublicUrlOptions { url: string | undefined }

export default fp<PublicUrlOptions>(async (app, { url }) => {
  const parsed = url === undefined ? undefined : new URL(url)
  app.decorate('publicUrl', { href: url ?? '', origin: parsed?.origin ?? '', path: parsed?.pathname.replace(/\/$/, '') ?? '' })
}, { name: 'public-url', fastify: '5.x' })
