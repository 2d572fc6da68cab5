import type { Redis } from 'ioredis'
import { connect, PREFIX } from '../redis.ts'
import type { Count, Counters } from './counters.ts'
import { MemoryCounters } from './memory.ts'
import { RedisSeats, seatScripts, type RedisSeatsOptions, type SeatScripts } from './redis-seats.ts'

// Redis and not the database: what is counted is gone in a minute, and would cost a write a request there.

/** The server's own clock may be set back, so a window that would be longer than one begins anew. */
const HIT = `
local count = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 or left > tonumber(ARGV[1]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return { count, left }`

const GIVE_BACK = `
local count = tonumber(redis.call('GET', KEYS[1]) or '0')
if count > 0 then redis.call('DECR', KEYS[1]) end
return 0`

interface Scripts extends SeatScripts {
  blfHit (key: string, windowMs: number): Promise<[number, number]>
  blfGiveBack (key: string): Promise<number>
}

/** How long a request waits for Redis before its node counts alone. */
const ANSWER_MS = 300

export interface RedisLimitsOptions {
  url: string
  epoch: string
  onError: (error: Error) => void
  /** How long to wait for an answer of Redis, milliseconds. */
  answerMs?: number | undefined
  /** As `RedisSeats` has it. */
  alive?: RedisSeatsOptions['alive']
}

/** Limits that all nodes of a log count together. While Redis is away each node counts for itself. */
export class RedisLimits implements Counters {
  readonly seats: RedisSeats
  readonly #prefix: string
  readonly #redis: Redis & Scripts
  readonly #own = new MemoryCounters()
  readonly #onError: (error: Error) => void

  constructor ({ url, epoch, onError, answerMs = ANSWER_MS, alive }: RedisLimitsOptions) {
    this.#prefix = `${PREFIX}${epoch}:`
    this.#redis = connect(url, {
      commandTimeout: answerMs,
      enableAutoPipelining: true,
      scripts: { blfHit: { lua: HIT, numberOfKeys: 1 }, blfGiveBack: { lua: GIVE_BACK, numberOfKeys: 1 }, ...seatScripts }
    }) as Redis & Scripts
    // The bus says that Redis is away, which is the same Redis; here it is said what this one refuses.
    this.#redis.on('error', () => {})
    this.#onError = onError
    this.seats = new RedisSeats({ redis: this.#redis, prefix: this.#prefix, onError: error => this.#suspect(error), alive })
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

  async giveBack (key: string): Promise<void> {
    try {
      await this.#redis.blfGiveBack(`${this.#prefix}limit:${key}`)
    } catch (error) {
      this.#suspect(error)
      await this.#own.giveBack(key)
    }
  }

  async close (): Promise<void> {
    await this.seats.close()
    this.#redis.disconnect()
  }

  /** What it refuses is told; one that does not answer in time is not asked again before it has been connected to anew. */
  #suspect (error: unknown): void {
    if (!(error instanceof Error)) return
    if (error.message === 'Command timed out') this.#redis.disconnect(true)
    else if (error.name === 'ReplyError') this.#onError(error)
  }
}
