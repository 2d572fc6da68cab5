import type { Redis } from 'ioredis'
import { connect, PREFIX } from '../redis.ts'
import type { Count, Counters } from './counters.ts'
import { MemoryCounters } from './memory.ts'
import { RedisSeats, seatScripts, type RedisSeatsOptions, type SeatScripts } from './redis-seats.ts'

// Counters are in Redis and not in the database: they last a minute, and would cost the database one write per request.

/** Redis' clock may be set back: a window with more time left than `windowMs` is shortened to `windowMs`. */
const HIT = `
local count = redis.call('INCRBY', KEYS[1], ARGV[2])
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
  blfHit (key: string, windowMs: number, hits: number): Promise<[number, number]>
  blfGiveBack (key: string): Promise<number>
}

/** How long a request waits for Redis before the node uses its own counters. */
const ANSWER_MS = 300

export interface RedisLimitsOptions {
  url: string
  epoch: string
  onError: (error: Error) => void
  /** How long to wait for an answer from Redis, milliseconds. */
  answerMs?: number | undefined
  /** See `RedisSeatsOptions`. */
  alive?: RedisSeatsOptions['alive']
}

/** Counters shared by all nodes of a log. While Redis is unreachable, each node counts for itself. */
export class RedisLimits implements Counters {
  readonly seats: RedisSeats
  /** Resolves once Redis can be asked, or has turned out not to be there, or has taken as long as an answer may take. */
  readonly opened: Promise<void>
  readonly #prefix: string
  readonly #redis: Redis & Scripts
  readonly #fallback = new MemoryCounters()
  readonly #onError: (error: Error) => void

  constructor ({ url, epoch, onError, answerMs = ANSWER_MS, alive }: RedisLimitsOptions) {
    this.#prefix = `${PREFIX}${epoch}:`
    this.#redis = connect(url, {
      commandTimeout: answerMs,
      enableAutoPipelining: true,
      scripts: { blfHit: { lua: HIT, numberOfKeys: 1 }, blfGiveBack: { lua: GIVE_BACK, numberOfKeys: 1 }, ...seatScripts }
    }) as Redis & Scripts
    // The bus uses the same Redis and reports that it is unreachable; only refused commands are reported here.
    this.#redis.on('error', () => {})
    this.opened = new Promise(resolve => {
      const timer = setTimeout(resolve, answerMs)
      for (const event of ['ready', 'close', 'end']) {
        this.#redis.once(event, () => {
          clearTimeout(timer)
          resolve()
        })
      }
    })
    this.#onError = onError
    this.seats = new RedisSeats({ redis: this.#redis, prefix: this.#prefix, onError: error => this.#failed(error), alive })
  }

  async hit (key: string, windowMs: number, hits = 1): Promise<Count> {
    try {
      const [count, leftMs] = await this.#redis.blfHit(`${this.#prefix}limit:${key}`, windowMs, hits)
      return { count, leftMs }
    } catch (error) {
      this.#failed(error)
      return await this.#fallback.hit(key, windowMs, hits)
    }
  }

  async refund (key: string): Promise<void> {
    try {
      await this.#redis.blfGiveBack(`${this.#prefix}limit:${key}`)
    } catch (error) {
      this.#failed(error)
      await this.#fallback.refund(key)
    }
  }

  async close (): Promise<void> {
    await this.seats.close()
    this.#redis.disconnect()
  }

  /** Reports a refused command. After a timeout it reconnects, so that further requests do not wait for a dead connection. */
  #failed (error: unknown): void {
    if (!(error instanceof Error)) return
    if (error.message === 'Command timed out') this.#redis.disconnect(true)
    else if (error.name === 'ReplyError') this.#onError(error)
  }
}
