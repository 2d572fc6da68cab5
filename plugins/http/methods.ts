import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** The methods that a path has, for `Allow`; none if there is no such path. */
    methodsOf: (url: string) => string[]
  }
}

/** Knows which methods a path has: for 405, and for OPTIONS that no browser asks before its own request. */
export default fp(async (app) => {
  const known = new Map<string, { pattern: RegExp, methods: Set<string> }>()

  app.addHook('onRoute', ({ url, method }) => {
    // The catch-all of preflights is no path.
    if (url === '*' || url === '/*') return
    const entry = known.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() }
    known.set(url, entry)
    for (const name of [method].flat()) entry.methods.add(name)
  })

  app.decorate('methodsOf', (url) => {
    const [path = ''] = url.split('?')
    const methods = [...known.values()].filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => [...methods])
    return methods.length === 0 ? [] : [...new Set([...methods, 'OPTIONS'])].sort()
  })

  app.addHook('onRequest', (request, reply, done) => {
    // With this header it is a preflight, which CORS answers.
    if (request.method !== 'OPTIONS' || 'access-control-request-method' in request.headers) return done()
    const methods = app.methodsOf(request.url)
    if (methods.length === 0) return reply.callNotFound()
    reply.code(204).header('allow', methods.join(', ')).send()
  })
}, { name: 'methods', fastify: '5.x' })

/** A route's path as an expression: `:name` is a segment, `*` the rest. */
function patternOf (url: string): RegExp {
  const parts = url.replace(/(?<=.)\/$/, '').split('/').map(part => {
    if (part.startsWith(':')) return '[^/]+'
    return part === '*' ? '.*' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${parts.join('/')}/?$`)
}
