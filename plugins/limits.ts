import fp from 'fastify-plugin'
import { addressGroup } from '../src/limits/address-group.ts'
import type { Counters } from '../src/limits/counters.ts'
import { MemoryCounters } from '../src/limits/memory.ts'
import type { LimitName, Quota } from '../src/protocol/quota.ts'
import { RedisLimits } from '../src/limits/redis.ts'
import { RateLimit } from '../src/limits/rate-limit.ts'
import { Seats } from '../src/limits/seats.ts'
import { Complaint } from '../src/process/complaint.ts'

declare module 'fastify' {
  interface FastifyInstance { limits: Limits }
}

/**
 * How much is too much. Everything is counted before the work that it is to limit, and given back if
 * it turns out to be nothing that is limited. Everything throws BLF_RATE_LIMITED.
 */
export interface Limits {
  /** Counts a request of a user or an API key. */
  principal: (principal: { kind: 'user' | 'key', id: string, rateLimit?: number | null }) => Promise<Quota | undefined>
  /** Counts a new token for an open socket: apart, so that nobody loses a socket for having used up their requests. */
  renewal: (principal: { kind: 'user' | 'key', id: string }) => Promise<Quota | undefined>
  /** Counts a request that nobody has signed, or signed badly. */
  address: (ip: string) => Promise<void>
  /** Its credentials are good after all. */
  spareAddress: (ip: string) => void
  /** Counts a request whose signed token may be of a session that has ended. */
  stale: (ip: string, userId: string) => Promise<void>
  spareStale: (ip: string, userId: string) => void
  /** Counts an attempt at a password. */
  login: (ip: string, username: string) => Promise<void>
  /** The password was right: many people may log in from one address, but one account not for ever. */
  spareLogin: (ip: string) => void
  seats: Seats
}

export interface LimitsOptions {
  requests: number
  keyRequests: number
  logins: number
  maxSockets: number
  maxSocketsEach: number
  /** Where nodes count together; without it each counts for itself. */
  redisUrl: string | undefined
  counters?: Counters | undefined
  /** How long to wait for an answer of Redis, milliseconds. */
  redisAnswerMs?: number | undefined
}

/** How often a minute a token may be renewed on each of the sockets that a user or key may have. */
const RENEWALS_PER_SOCKET = 2

export default fp<LimitsOptions>(async (app, { requests, keyRequests, logins, maxSockets, maxSocketsEach, redisUrl, redisAnswerMs, ...options }) => {
  const complaint = new Complaint(reason => app.log.warn({ reason }, 'redis cannot be used for limits: they count at this node alone'))
  const uncounted = new Complaint(reason => app.log.error({ reason }, 'the limits could not be counted'))
  const shared = redisUrl === undefined
    ? undefined
    : new RedisLimits({ url: redisUrl, epoch: app.store.epoch, onError: error => complaint.about(error), answerMs: redisAnswerMs })
  app.bus.onChange(isUp => { if (isUp) complaint.over() })
  const counters = options.counters ?? shared ?? new MemoryCounters()
  const onError = (error: unknown) => uncounted.about(error)
  const limit = (name: LimitName, max: number) => new RateLimit({ counters, name, max, onError })
  const byUser = limit('user', requests)
  const byKey = limit('key', keyRequests)
  const byRenewal = limit('renewal', requests === 0 ? 0 : RENEWALS_PER_SOCKET * maxSocketsEach)
  const byAddress = limit('address', requests)
  const byStaleUser = limit('stale', requests)
  const loginsByAddress = limit('login-address', logins)
  const loginsByName = limit('login-username', logins)
  const staleOf = (ip: string, userId: string) => `${addressGroup(ip)} ${userId}`

  app.decorate('limits', {
    principal: ({ kind, id, rateLimit }) => kind === 'user' ? byUser.take(id) : byKey.take(id, rateLimit),
    renewal: ({ kind, id }) => byRenewal.take(`${kind} ${id}`),
    async address (ip) { await byAddress.take(addressGroup(ip)) },
    spareAddress: ip => byAddress.giveBack(addressGroup(ip)),
    async stale (ip, userId) { await byStaleUser.take(staleOf(ip, userId)) },
    spareStale: (ip, userId) => byStaleUser.giveBack(staleOf(ip, userId)),
    async login (ip, username) {
      await loginsByAddress.take(addressGroup(ip))
      await loginsByName.take(username)
    },
    spareLogin: ip => loginsByAddress.giveBack(addressGroup(ip)),
    seats: new Seats({ max: maxSockets, maxEach: maxSocketsEach, shared: shared?.seats })
  })
  app.addHook('onClose', async () => shared?.close())
}, { name: 'limits', fastify: '5.x', dependencies: ['store', 'bus'] })
