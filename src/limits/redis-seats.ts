import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { SharedSeats } from './seats.ts'

/**
 * A node's count, if with those of the others it is within a maximum (0 is none); counts of nodes that
 * are gone do not count. One script for both uses, for commands with different ones may overtake each
 * other while a connection is new.
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
  /** Before every name. */
  prefix: string
  /** Told of commands that failed. */
  onError: (error: unknown) => void
  /** How often a node says that it lives, and for how long that is believed, milliseconds. */
  alive?: { beatMs: number, expiryMs: number } | undefined
}

const ALIVE = { beatMs: 5_000, expiryMs: 15_000 }
/** What nobody has announced for so long is forgotten. */
const EXPIRY_S = 3_600
/** Every owner is announced anew once in so many beats: 10 minutes. */
const BEATS_A_ROUND = 120
/** Announced at once, so that a node with many owners does not flood Redis. */
const BATCH = 1_000

/**
 * Sockets of an owner at all nodes: a hash an owner, a field a node, and a key that says that a node
 * lives. A node announces its counts again and again, so that whatever was lost (by Redis, or because
 * the node was silent and others took it for gone) is there again a little later.
 */
export class RedisSeats implements SharedSeats {
  readonly #options: RedisSeatsOptions & { alive: { beatMs: number, expiryMs: number } }
  readonly #node = randomUUID()
  /** A count of 0 stays until Redis knows of it. */
  readonly #counts = new Map<string, number>()
  readonly #timer: NodeJS.Timeout
  #round: IterableIterator<string> = [].values()

  constructor (options: RedisSeatsOptions) {
    this.#options = { ...options, alive: options.alive ?? ALIVE }
    options.redis.on('ready', () => { this.#announceAll().catch(() => {}) })
    this.#timer = setInterval(() => { this.#beat().catch(() => {}) }, this.#options.alive.beatMs).unref()
  }

  async reserve (owner: string, count: number, max: number): Promise<boolean> {
    this.#counts.set(owner, count)
    try {
      return await this.#tell(owner, count, max) === 1
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
    // Its seats are free at once; those of a node that dies are when it has been silent for long enough.
    await this.#options.redis.del(this.#nodes + this.#node).catch(() => {})
  }

  get #nodes (): string {
    return `${this.#options.prefix}node:`
  }

  #tell (owner: string, count: number, max: number): Promise<number> {
    const { redis, prefix } = this.#options
    return redis.blfSeats(`${prefix}seats:${owner}`, this.#node, this.#nodes, count, max, EXPIRY_S)
  }

  async #announce (owner: string): Promise<void> {
    const count = this.#counts.get(owner) ?? 0
    try {
      await this.#tell(owner, count, 0)
      if (count === 0 && this.#counts.get(owner) === 0) this.#counts.delete(owner)
    } catch (error) {
      this.#options.onError(error)
    }
  }

  /** Says that this node lives, and announces some of its owners; all of them if it was taken for gone. */
  async #beat (): Promise<void> {
    if (!await this.#live()) return await this.#announceAll()
    let left = Math.ceil(this.#counts.size / BEATS_A_ROUND)
    const owners: string[] = []
    while (left-- > 0) {
      let next = this.#round.next()
      if (next.done) {
        this.#round = this.#counts.keys()
        next = this.#round.next()
      }
      if (!next.done) owners.push(next.value)
    }
    await Promise.all(owners.map(owner => this.#announce(owner)))
  }

  /** Whether the others still knew that it does; true also if that cannot be known. */
  async #live (): Promise<boolean> {
    const { redis, alive } = this.#options
    try {
      const [known] = await Promise.all([redis.exists(this.#nodes + this.#node), redis.set(this.#nodes + this.#node, '1', 'PX', alive.expiryMs)])
      return known === 1
    } catch {
      return true
    }
  }

  async #announceAll (): Promise<void> {
    await this.#live()
    const owners = [...this.#counts.keys()]
    while (owners.length > 0) await Promise.all(owners.splice(0, BATCH).map(owner => this.#announce(owner)))
  }
}
