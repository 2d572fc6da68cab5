import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { backoff, connect, PREFIX, reportSilentCloses } from '../redis.ts'
import { Listeners, type Bus, type Hint } from './bus.ts'
import { decode, decodeTold, encode, encodeTold } from './message.ts'

export interface RedisBusOptions {
  /** How often each connection is pinged, milliseconds; a connection that has not answered by the next ping is reopened. */
  heartbeatMs?: number
  /** Called with errors, for the log only: the bus recovers by itself. */
  onError?: ((error: Error) => void) | undefined
  /** Called with a message that was skipped because it is not a hint, or of another version. */
  onUnreadable?: ((text: string) => void) | undefined
}

/** The most hints that are sent but not confirmed. With more, Redis is behind, and new hints are dropped instead of queued. */
const MAX_UNCONFIRMED = 1_000

/** A bus over Redis pub/sub, with two channels for the nodes of a log: one for hints, one for what they tell each other. */
export class RedisBus implements Bus {
  readonly #id = randomUUID()
  readonly #channel: string
  /** Apart from the hints: nodes of an earlier version would take what is told for unreadable hints. */
  readonly #toldChannel: string
  readonly #epoch: string
  readonly #publisher: Redis
  readonly #subscriber: Redis
  readonly #hints = new Listeners<Hint>()
  readonly #told = new Listeners<string>()
  readonly #changes = new Listeners<boolean>()
  readonly #heartbeat: NodeJS.Timeout
  readonly #onUnreadable: (text: string) => void
  readonly #onError: (error: Error) => void
  #isSubscribed = false
  /** Whether the server has described itself and can be used. */
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
    this.#toldChannel = `${PREFIX}nodes:${epoch}`
    this.#publisher = connect(url)
    this.#subscriber = connect(url, { autoResubscribe: false })
    for (const connection of [this.#publisher, this.#subscriber]) {
      connection.on('error', onError)
      reportSilentCloses(connection, onError)
      connection.on('close', () => this.#changed())
    }
    this.#publisher.on('ready', () => this.#checkServer())
    this.#publisher.on('close', () => { this.#isFit = false })
    this.#subscriber.on('ready', () => this.#subscribe())
    this.#subscriber.on('close', () => { this.#isSubscribed = false })
    this.#subscriber.on('message', (channel, text) => channel === this.#channel ? this.#receive(text) : this.#receiveTold(text))
    this.#heartbeat = setInterval(() => this.#beat([this.#publisher, this.#subscriber], heartbeatMs), heartbeatMs).unref()
  }

  get isUp (): boolean {
    return !this.#isClosed && this.#publisher.status === 'ready' && this.#isFit && this.#subscriber.status === 'ready' && this.#isSubscribed
  }

  publish (hint: Hint): void {
    // A lost hint is not sent again: every node also polls the log.
    this.#send(this.#channel, () => encode(this.#id, hint))
  }

  onHint (listener: (hint: Hint) => void): void {
    this.#hints.add(listener)
  }

  tell (text: string): void {
    this.#send(this.#toldChannel, () => encodeTold(this.#id, text))
  }

  onTold (listener: (text: string) => void): void {
    this.#told.add(listener)
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

  #send (channel: string, encoded: () => string): void {
    if (this.#isClosed || this.#publisher.status !== 'ready' || this.#unconfirmed >= MAX_UNCONFIRMED) return
    this.#unconfirmed += 1
    this.#publisher.publish(channel, encoded()).catch(() => {}).finally(() => { this.#unconfirmed -= 1 })
  }

  #checkServer (): void {
    const check = (info: string) => {
      const reason = unfitness(info)
      this.#isFit = reason === undefined
      if (reason !== undefined && !this.#isClosed) this.#onError(new Error(reason))
      this.#changed()
    }
    // A Redis user without the right to call INFO: its Redis is taken for usable.
    this.#publisher.info('server').then(check, () => check(''))
  }

  #subscribe (): void {
    this.#subscriber.subscribe(this.#channel, this.#toldChannel).then(() => {
      this.#isSubscribed = true
      this.#refusals = 0
      this.#changed()
    }, (error: Error) => {
      // A broken connection subscribes when it is ready again; one that is not permitted to subscribe retries with backoff.
      if (this.#subscriber.status !== 'ready') return
      this.#onError(error)
      setTimeout(() => { if (this.#subscriber.status === 'ready') this.#subscribe() }, backoff(++this.#refusals)).unref()
    })
  }

  #receive (text: string): void {
    if (this.#isClosed) return
    const message = decode(text)
    if (!message) return this.#onUnreadable(text)
    if (message.node !== this.#id && message.hint.epoch === this.#epoch) this.#hints.emit(message.hint)
  }

  #receiveTold (text: string): void {
    if (this.#isClosed) return
    const message = decodeTold(text)
    if (message && message.node !== this.#id) this.#told.emit(message.text)
  }

  #changed (): void {
    if (this.#isClosed) return
    const { isUp } = this
    if (isUp === this.#isUp) return
    this.#isUp = isUp
    this.#changes.emit(isUp)
  }

  /** Pings each connection and reopens one that does not answer: a network that drops every packet closes no connection. */
  #beat (connections: Redis[], withinMs: number): void {
    for (const connection of connections) {
      if (connection.status !== 'ready') continue
      const timeout = setTimeout(() => connection.disconnect(true), withinMs * 0.9).unref()
      connection.ping().catch(() => {}).finally(() => clearTimeout(timeout))
    }
  }
}

/** Why a server with this INFO must not be used; undefined if it can be. */
function unfitness (info: string): string | undefined {
  const [, mode] = /^redis_mode:(\w+)/m.exec(info) ?? []
  if (mode === 'cluster') return 'it is a Redis Cluster, which keeps parts of what nodes count in different places; REDIS_URL must be a single Redis'
  if (mode === 'sentinel') return 'it is a Redis Sentinel, which only knows where a Redis is; REDIS_URL must be that Redis, or an address that follows it'
  return undefined
}
