import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { connect, PREFIX } from '../bus/redis.ts'
import type { Count, Counters } from './counters.ts'
import { MemoryCounters } from './memory.ts'
import type { SharedSeats } from './seats.ts'

// Redis and not the database: what is counted is gone in a minute, and would cost a write a request there.

const HIT = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return { count, redis.call('PTTL', KEYS[1]) }`

/** A node's count among those of the others; counts of nodes that are gone do not count. */
const SIT = `
local others = 0
local counts = redis.call('HGETALL', KEYS[1])
for i = 1, #counts, 2 do
  if counts[i] ~= ARGV[1] then
    if redis.call('EXISTS', ARGV[2] .. counts[i]) == 1 then others = others + tonumber(counts[i + 1])
    else redis.call('HDEL', KEYS[1], counts[i]) end
  end
end
if others + tonumber(ARGV[3]) > tonumber(ARGV[4]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 1`

interface Scripts {
  blfHit (key: string, windowMs: number): Promise<[number, number]>
  blfSit (key: string, node: string, nodes: string, count: number, max: number, seconds: number): Promise<number>
}

/** Longer than any request should wait for a limit. */
const ANSWER_MS = 300
const ALIVE_MS = 5_000
const ALIVE_EXPIRY_MS = 3 * ALIVE_MS
const SEATS_EXPIRY_S = 7 * 86_400

/** Limits that all nodes of a log count together. While Redis is away each node counts for itself. */
export class RedisLimits implements Counters, SharedSeats {
  readonly #node = randomUUID()
  readonly #prefix: string
  readonly #redis: Redis & Scripts
  readonly #own = new MemoryCounters()
  readonly #seats = new Map<string, number>()
  readonly #beat: NodeJS.Timeout

  constructor (url: string, epoch: string, onError: (error: Error) => void) {
    this.#prefix = `${PREFIX}${epoch}:`
    this.#redis = connect(url, {
      commandTimeout: ANSWER_MS,
      enableAutoPipelining: true,
      scripts: { blfHit: { lua: HIT, numberOfKeys: 1 }, blfSit: { lua: SIT, numberOfKeys: 1 } }
    }) as Redis & Scripts
    this.#redis.on('error', onError)
    this.#redis.on('ready', () => this.#announce())
    this.#beat = setInterval(() => this.#live(), ALIVE_MS).unref()
  }

  async hit (key: string, windowMs: number): Promise<Count> {
    try {
      const [count, leftMs] = await this.#redis.blfHit(`${this.#prefix}limit:${key}`, windowMs)
      return { count, leftMs }
    } catch (error) {
      this.#suspect(error)
      return await this.#own.hit(key, windowMs)
    }
  }

  async sit (owner: string, count: number, max: number): Promise<boolean> {
    this.#seats.set(owner, count)
    try {
      return await this.#redis.blfSit(this.#seatsOf(owner), this.#node, this.#nodes, count, max, SEATS_EXPIRY_S) === 1
    } catch (error) {
      this.#suspect(error)
      return true
    }
  }

  rise (owner: string, count: number): void {
    if (count > 0) this.#seats.set(owner, count)
    else this.#seats.delete(owner)
    this.#tell(owner, count)
  }

  async close (): Promise<void> {
    clearInterval(this.#beat)
    // Its seats are free at once; those of a node that dies are when it has been silent for long enough.
    await this.#redis.del(this.#nodes + this.#node).catch(() => {})
    this.#redis.disconnect()
  }

  get #nodes (): string {
    return `${this.#prefix}node:`
  }

  #seatsOf (owner: string): string {
    return `${this.#prefix}seats:${owner}`
  }

  #tell (owner: string, count: number): void {
    const told = count > 0
      ? this.#redis.hset(this.#seatsOf(owner), this.#node, count)
      : this.#redis.hdel(this.#seatsOf(owner), this.#node)
    told.catch(() => {})
  }

  #live (): void {
    this.#redis.set(this.#nodes + this.#node, '1', 'PX', ALIVE_EXPIRY_MS).catch(() => {})
  }

  /** What was told before may have been lost with Redis. */
  #announce (): void {
    this.#live()
    for (const [owner, count] of this.#seats) this.#tell(owner, count)
  }

  /** One that does not answer in time is not asked again before it has been connected to anew. */
  #suspect (error: unknown): void {
    if (error instanceof Error && error.message === 'Command timed out') this.#redis.disconnect(true)
  }
}
