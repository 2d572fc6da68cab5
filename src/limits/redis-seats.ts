import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { SharedSeats } from './seats.ts'

/**
 * Sets a node's count, if the sum over all nodes stays within the maximum (0 means no maximum). Counts
 * of nodes that are gone are removed. Reserving and releasing use the same script, because commands with
 * different scripts may overtake each other on a new connection.
 */
const SEATS = `
local max = tonumber(ARGV[4])
if max > 0 then
  local others = 0
  local counts = redis.call('HGETALL', KEYS[1])
  for i = 1, #counts, 2 do
    if counts[i] ~= ARGV[1] then
      if redis.call('EXISTS', ARGV[2] .. counts[i]) == 1 then others = others + tonumber(counts[i + 1])
      else redis.call('HDEL', KEYS[1], counts[i]) end
    end
  end
  if others + tonumber(ARGV[3]) > max then return 0 end
end
if ARGV[3] == '0' then redis.call('HDEL', KEYS[1], ARGV[1])
else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 1`

export const seatScripts = { blfSeats: { lua: SEATS, numberOfKeys: 1 } }

export interface SeatScripts {
  blfSeats (key: string, node: string, nodes: string, count: number, max: number, seconds: number): Promise<number>
}

export interface RedisSeatsOptions {
  redis: Redis & SeatScripts
  /** The prefix of every key. */
  prefix: string
  /** Called for each command that failed. */
  onError: (error: unknown) => void
  /** How often a node renews the key that says it is alive, and when that key expires, milliseconds. */
  alive?: { beatMs: number, expiryMs: number } | undefined
}

const ALIVE = { beatMs: 5_000, expiryMs: 15_000 }
/** Redis drops an owner's counts that no node has announced for this long. */
const EXPIRY_S = 3_600
/** Every owner is announced again once in this many beats, which is 10 minutes. */
const BEATS_A_ROUND = 120
/** At most this many owners are announced at once, so that a node with many owners does not flood Redis. */
const BATCH = 1_000

/**
 * Counts the sockets of an owner over all nodes:
 *
 *     seats:<owner>  a hash with a field per node: its count
 *     node:<node>    exists while the node is alive
 *
 * A node announces its counts periodically, so that counts that were lost (by Redis, or because the
 * node was silent and the others took it for gone) are restored.
 */
export class RedisSeats implements SharedSeats {
  readonly #options: RedisSeatsOptions & { alive: { beatMs: number, expiryMs: number } }
  readonly #node = randomUUID()
  /** A count of 0 stays here until Redis has it. */
  readonly #counts = new Map<string, number>()
  readonly #timer: NodeJS.Timeout
  #remaining: IterableIterator<string> = [].values()

  constructor (options: RedisSeatsOptions) {
    this.#options = { ...options, alive: options.alive ?? ALIVE }
    options.redis.on('ready', () => { this.#announceAll().catch(() => {}) })
    this.#timer = setInterval(() => { this.#beat().catch(() => {}) }, this.#options.alive.beatMs).unref()
  }

  async reserve (owner: string, count: number, max: number): Promise<boolean> {
    this.#counts.set(owner, count)
    try {
      return await this.#setCount(owner, count, max) === 1
    } catch (error) {
      this.#options.onError(error)
      return true
    }
  }

  release (owner: string, count: number): void {
    this.#counts.set(owner, count)
    this.#announce(owner).catch(() => {})
  }

  async close (): Promise<void> {
    clearInterval(this.#timer)
    // Frees this node's seats at once; the seats of a node that dies become free when its key expires.
    await this.#options.redis.del(this.#nodes + this.#node).catch(() => {})
  }

  get #nodes (): string {
    return `${this.#options.prefix}node:`
  }

  #setCount (owner: string, count: number, max: number): Promise<number> {
    const { redis, prefix } = this.#options
    return redis.blfSeats(`${prefix}seats:${owner}`, this.#node, this.#nodes, count, max, EXPIRY_S)
  }

  async #announce (owner: string): Promise<void> {
    const count = this.#counts.get(owner) ?? 0
    try {
      await this.#setCount(owner, count, 0)
      if (count === 0 && this.#counts.get(owner) === 0) this.#counts.delete(owner)
    } catch (error) {
      this.#options.onError(error)
    }
  }

  /** Renews this node's key and announces some of its owners, or all of them if the key had expired. */
  async #beat (): Promise<void> {
    if (!await this.#renew()) return await this.#announceAll()
    let left = Math.ceil(this.#counts.size / BEATS_A_ROUND)
    const owners: string[] = []
    while (left-- > 0) {
      let next = this.#remaining.next()
      if (next.done) {
        this.#remaining = this.#counts.keys()
        next = this.#remaining.next()
      }
      if (!next.done) owners.push(next.value)
    }
    await Promise.all(owners.map(owner => this.#announce(owner)))
  }

  /** Renews this node's key. Returns whether it still existed; true also if Redis does not answer. */
  async #renew (): Promise<boolean> {
    const { redis, alive } = this.#options
    try {
      const [existed] = await Promise.all([redis.exists(this.#nodes + this.#node), redis.set(this.#nodes + this.#node, '1', 'PX', alive.expiryMs)])
      return existed === 1
    } catch {
      return true
    }
  }

  async #announceAll (): Promise<void> {
    await this.#renew()
    const owners = [...this.#counts.keys()]
    while (owners.length > 0) await Promise.all(owners.splice(0, BATCH).map(owner => this.#announce(owner)))
  }
}
