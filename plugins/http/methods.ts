import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** The methods that the path of this URL supports, for `Allow`; empty if no route matches. */
    methodsOf: (url: string) => string[]
  }
}

/** Records the methods of each path, for 405 answers and for OPTIONS requests that are not CORS preflights. */
export default fp(async (app) => {
  const known = new Map<string, { pattern: RegExp, methods: Set<string> }>()

  app.addHook('onRoute', ({ url, method }) => {
    // The wildcard that @fastify/cors registers for preflights is not a path.
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
    // A request with this header is a preflight, which @fastify/cors answers.
    if (request.method !== 'OPTIONS' || 'access-control-request-method' in request.headers) return done()
    const methods = app.methodsOf(request.url)
    if (methods.length === 0) return reply.callNotFound()
    reply.code(204).header('allow', methods.join(', ')).send()
  })
}, { name: 'methods', fastify: '5.x' })

/** Converts a route's path to a regular expression: `:name` matches one segment, `*` the rest. */
function patternOf (url: string): RegExp {
  const parts = url.replace(/(?<=.)\/$/, '').split('/').map(part => {
    if (part.startsWith(':')) return '[^/]+'
    return part === '*' ? '.*' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${parts.join('/')}/?$`)
}
