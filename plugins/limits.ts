import fp from 'fastify-plugin'
import { addressGroup } from '../src/limits/address-group.ts'
import type { Counters } from '../src/limits/counters.ts'
import { MemoryCounters } from '../src/limits/memory.ts'
import type { LimitName, Quota } from '../src/protocol/quota.ts'
import { RedisLimits } from '../src/limits/redis.ts'
import { RateLimit, type Taken } from '../src/limits/rate-limit.ts'
import { Seats } from '../src/limits/seats.ts'
import { OutageLog } from '../src/process/outage-log.ts'

declare module 'fastify' {
  interface FastifyInstance { limits: Limits }
}

/**
 * The rate limits and the socket limits. A use is counted before the work that it limits, and refunded
 * (`refund…`) if it turns out not to be one that is limited. The methods that count throw BLF_RATE_LIMITED.
 */
export interface Limits {
  /** Counts a request of a user or an API key. */
  principal: (principal: { kind: 'user' | 'key', id: string, rateLimit?: number | null }) => Promise<Quota | undefined>
  /** Counts further requests that a single one stands for. Does not throw: those within the limit may be served. */
  further: (requests: number, principal: { kind: 'user' | 'key', id: string, rateLimit?: number | null }) => Promise<Taken>
  /** Counts the renewal of an open socket's token. A limit of its own, so that a client that has used up its requests does not lose its socket. */
  renewal: (principal: { kind: 'user' | 'key', id: string }) => Promise<Quota | undefined>
  /** Counts a request whose credentials are missing, invalid or not verified yet. */
  address: (ip: string) => Promise<void>
  /** Undoes one `address` count, because the credentials turned out to be valid. */
  refundAddress: (ip: string) => void
  /** Counts a request with a validly signed token whose session may have ended. */
  stale: (ip: string, userId: string) => Promise<void>
  /** Undoes one `stale` count, because the session is open. */
  refundStale: (ip: string, userId: string) => void
  /** Counts a password attempt, by address and by username. */
  login: (ip: string, username: string) => Promise<void>
  /** Undoes the address's count after a correct password, because many people may log in from one address. The username's count stays. */
  refundLogin: (ip: string) => void
  seats: Seats
}

export interface LimitsOptions {
  /** Requests a minute of each user, and of each address without valid credentials; 0 is no limit, as for the others. */
  requests: number
  /** Requests a minute of each API key. */
  keyRequests: number
  /** Password attempts a minute, for each address and each username. */
  logins: number
  maxSockets: number
  /** Sockets of one subject: a user, an API key or an address group. */
  maxSocketsEach: number
  /** The Redis in which all nodes count together; without it each node counts alone. */
  redisUrl: string | undefined
  counters?: Counters | undefined
  /** How long to wait for a reply from Redis, milliseconds. */
  redisAnswerMs?: number | undefined
}

/** How often a minute a token may be renewed on each of the sockets that a user or key may have. */
const RENEWALS_PER_SOCKET = 2

export default fp<LimitsOptions>(async (app, { requests, keyRequests, logins, maxSockets, maxSocketsEach, redisUrl, redisAnswerMs, ...options }) => {
  const outage = new OutageLog(reason => app.log.warn({ reason }, 'redis cannot be used for limits: this node counts for itself'))
  const countersOutage = new OutageLog(reason => app.log.error({ reason }, 'the limits could not be counted'))
  const shared = redisUrl === undefined
    ? undefined
    : new RedisLimits({ url: redisUrl, epoch: app.store.epoch, onError: error => outage.reportFailure(error), answerMs: redisAnswerMs })
  // Else what comes first would be counted by this node alone, although Redis is there.
  await shared?.opened
  app.bus.onChange(isUp => { if (isUp) outage.reportRecovery() })
  const counters = options.counters ?? shared ?? new MemoryCounters()
  const onError = (error: unknown) => countersOutage.reportFailure(error)
  const limit = (name: LimitName, max: number) => new RateLimit({ counters, name, max, onError })
  const byUser = limit('user', requests)
  const byKey = limit('key', keyRequests)
  const byRenewal = limit('renewal', requests === 0 ? 0 : RENEWALS_PER_SOCKET * maxSocketsEach)
  const byAddress = limit('address', requests)
  const byStaleUser = limit('stale', requests)
  const loginsByAddress = limit('login-address', logins)
  const loginsByName = limit('login-username', logins)
  const staleKey = (ip: string, userId: string) => `${addressGroup(ip)} ${userId}`

  app.decorate('limits', {
    principal: ({ kind, id, rateLimit }) => kind === 'user' ? byUser.take(id) : byKey.take(id, rateLimit),
    further: (requests, { kind, id, rateLimit }) => kind === 'user' ? byUser.takeUpTo(requests, id) : byKey.takeUpTo(requests, id, rateLimit),
    renewal: ({ kind, id }) => byRenewal.take(`${kind} ${id}`),
    async address (ip) { await byAddress.take(addressGroup(ip)) },
    refundAddress: ip => byAddress.refund(addressGroup(ip)),
    async stale (ip, userId) { await byStaleUser.take(staleKey(ip, userId)) },
    refundStale: (ip, userId) => byStaleUser.refund(staleKey(ip, userId)),
    async login (ip, username) {
      await loginsByAddress.take(addressGroup(ip))
      await loginsByName.take(username)
    },
    refundLogin: ip => loginsByAddress.refund(addressGroup(ip)),
    seats: new Seats({ max: maxSockets, maxEach: maxSocketsEach, shared: shared?.seats })
  })
  app.addHook('onClose', async () => shared?.close())
}, { name: 'limits', fastify: '5.x', dependencies: ['store', 'bus'] })
