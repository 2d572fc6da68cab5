import fp from 'fastify-plugin'
import type { Counters } from '../src/limits/counters.ts'
import { MemoryCounters } from '../src/limits/memory.ts'
import { RedisLimits } from '../src/limits/redis.ts'
import { originOf, RateLimit } from '../src/limits/rate-limit.ts'
import { Seats } from '../src/limits/seats.ts'

declare module 'fastify' {
  interface FastifyInstance { limits: Limits }
}

/** How much is too much. Everything throws errors of the catalogue. */
export interface Limits {
  /** Counts a request of a principal (`user:<id>`, `key:<id>`). */
  principal: (sender: string) => Promise<void>
  /** Counts a request that nobody has signed, or signed badly. */
  address: (ip: string) => Promise<void>
  /** Counts an attempt at a password. */
  login: (ip: string, username: string) => Promise<void>
  seats: Seats
}

export interface LimitsOptions {
  requests: number
  logins: number
  maxSockets: number
  maxSocketsEach: number
  /** Where nodes count together; without it each counts for itself. */
  redisUrl: string | undefined
  counters?: Counters | undefined
}

export default fp<LimitsOptions>(async (app, { requests, logins, maxSockets, maxSocketsEach, redisUrl, ...options }) => {
  const shared = redisUrl === undefined
    ? undefined
    : new RedisLimits(redisUrl, app.store.epoch, error => app.log.debug({ err: error }, 'redis'))
  const counters = options.counters ?? shared ?? new MemoryCounters()
  const onError = (error: unknown) => app.log.error({ err: error }, 'the limits could not be counted')
  const limit = (name: string, max: number) => new RateLimit({ counters, name, max, onError })
  const byPrincipal = limit('principal', requests)
  const byAddress = limit('address', requests)
  const loginsByAddress = limit('login from', logins)
  const loginsByName = limit('login as', logins)

  app.decorate('limits', {
    principal: sender => byPrincipal.take(sender),
    address: ip => byAddress.take(originOf(ip)),
    async login (ip, username) {
      await loginsByAddress.take(originOf(ip))
      await loginsByName.take(username)
    },
    seats: new Seats({ max: maxSockets, maxEach: maxSocketsEach, shared })
  })
  app.addHook('onClose', async () => shared?.close())
}, { name: 'limits', fastify: '5.x', dependencies: ['store'] })
