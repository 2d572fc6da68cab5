import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { backoff, connect, PREFIX, reportSilentCloses } from '../redis.ts'
import { Listeners, type Bus, type Hint } from './bus.ts'
import { decode, encode } from './message.ts'

export interface RedisBusOptions {
  /** How often each connection is asked whether it lives, milliseconds; no answer by the next time, and it is made anew. */
  heartbeatMs?: number
  /** Told of what goes wrong; nothing needs doing. */
  onError?: ((error: Error) => void) | undefined
  /** Told of a message that is no hint, or of another version; it was skipped. */
  onUnreadable?: ((text: string) => void) | undefined
}

/** Hints sent but not confirmed; with more than that Redis is behind, and they are better lost than kept. */
const MAX_UNCONFIRMED = 1_000

/** A bus over Redis' publish and subscribe: one channel for the nodes of a log. */
export class RedisBus implements Bus {
  readonly #id = randomUUID()
  readonly #channel: string
  readonly #epoch: string
  readonly #publisher: Redis
  readonly #subscriber: Redis
  readonly #hints = new Listeners<Hint>()
  readonly #changes = new Listeners<boolean>()
  readonly #heartbeat: NodeJS.Timeout
  readonly #onUnreadable: (text: string) => void
  readonly #onError: (error: Error) => void
  #isSubscribed = false
  /** Whether the server was asked what it is, and can be used. */
  #isFit = false
  #refusals = 0
  #isUp = false
  #isClosed = false
  #unconfirmed = 0

  constructor (url: string, epoch: string, { heartbeatMs = 1_000, onError = () => {}, onUnreadable = () => {} }: RedisBusOptions = {}) {
    this.#onUnreadable = onUnreadable
    this.#onError = onError
    this.#epoch = epoch
    this.#channel = `${PREFIX}log:${epoch}`
    this.#publisher = connect(url)
    this.#subscriber = connect(url, { autoResubscribe: false })
    for (const connection of [this.#publisher, this.#subscriber]) {
      connection.on('error', onError)
      reportSilentCloses(connection, onError)
      connection.on('close', () => this.#changed())
    }
    this.#publisher.on('ready', () => this.#judge())
    this.#publisher.on('close', () => { this.#isFit = false })
    this.#subscriber.on('ready', () => this.#subscribe())
    this.#subscriber.on('close', () => { this.#isSubscribed = false })
    this.#subscriber.on('message', (_channel, text) => this.#receive(text))
    this.#heartbeat = setInterval(() => this.#beat([this.#publisher, this.#subscriber], heartbeatMs), heartbeatMs).unref()
  }

  get isUp (): boolean {
    return !this.#isClosed && this.#publisher.status === 'ready' && this.#isFit && this.#subscriber.status === 'ready' && this.#isSubscribed
  }

  publish (hint: Hint): void {
    if (this.#isClosed || this.#publisher.status !== 'ready' || this.#unconfirmed >= MAX_UNCONFIRMED) return
    this.#unconfirmed += 1
    // Lost is lost: every node looks at the log by itself.
    this.#publisher.publish(this.#channel, encode(this.#id, hint)).catch(() => {}).finally(() => { this.#unconfirmed -= 1 })
  }

  onHint (listener: (hint: Hint) => void): void {
    this.#hints.add(listener)
  }

  onChange (listener: (isUp: boolean) => void): void {
    this.#changes.add(listener)
  }

  async close (): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#heartbeat)
    this.#publisher.disconnect()
    this.#subscriber.disconnect()
  }

  #judge (): void {
    const judge = (info: string) => {
      const reason = unfitness(info)
      this.#isFit = reason === undefined
      if (reason !== undefined && !this.#isClosed) this.#onError(new Error(reason))
      this.#changed()
    }
    // A user who may not ask has a Redis that somebody has set up with care.
    this.#publisher.info('server').then(judge, () => judge(''))
  }

  #subscribe (): void {
    this.#subscriber.subscribe(this.#channel).then(() => {
      this.#isSubscribed = true
      this.#refusals = 0
      this.#changed()
    }, (error: Error) => {
      // A connection that broke comes back and subscribes; a user that may not is asked for again ever less often.
      if (this.#subscriber.status !== 'ready') return
      this.#onError(error)
      setTimeout(() => { if (this.#subscriber.status === 'ready') this.#subscribe() }, backoff(++this.#refusals)).unref()
    })
  }

  #receive (text: string): void {
    if (this.#isClosed) return
    const message = decode(text)
    if (!message) return this.#onUnreadable(text)
    if (message.node !== this.#id && message.hint.epoch === this.#epoch) this.#hints.tell(message.hint)
  }

  #changed (): void {
    if (this.#isClosed) return
    const { isUp } = this
    if (isUp === this.#isUp) return
    this.#isUp = isUp
    this.#changes.tell(isUp)
  }

  /** A network that swallows everything does not close a connection; only silence shows it. */
  #beat (connections: Redis[], withinMs: number): void {
    for (const connection of connections) {
      if (connection.status !== 'ready') continue
      const silence = setTimeout(() => connection.disconnect(true), withinMs * 0.9).unref()
      connection.ping().catch(() => {}).finally(() => clearTimeout(silence))
    }
  }
}

/** Why the server that describes itself so must not be used. */
function unfitness (info: string): string | undefined {
  const [, mode] = /^redis_mode:(\w+)/m.exec(info) ?? []
  if (mode === 'cluster') return 'it is a Redis Cluster, which keeps parts of what nodes count in different places; REDIS_URL must be a single Redis'
  if (mode === 'sentinel') return 'it is a Redis Sentinel, which only knows where a Redis is; REDIS_URL must be that Redis, or an address that follows it'
  return undefined
}
