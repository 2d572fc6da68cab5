import type { Platform } from '../platform.ts'

/** After so much silence a link is asked whether it is alive, milliseconds. */
const PING_AFTER_MS = 25_000

export interface PulseOptions {
  platform: Platform
  /** Milliseconds that an answer to a ping may take. */
  maxDelay: number
  /** Called when nothing is heard from the other end any more. */
  onDead (reason: string): void
}

/**
 * Finds out that a link is dead: browsers hide the pings of a WebSocket, and a connection without packets can be lost
 * without anybody noticing. A link that takes frames is sent a `ping` after a silence; one that does not has to be heard by
 * itself.
 */
export class Pulse {
  readonly #options: PulseOptions
  #ping: (() => void) | undefined
  /** The longest silence that is normal. */
  #limit = 0
  #heardAt = 0
  #isHeard = false
  #isPinging = false
  #cancel = () => {}

  constructor (options: PulseOptions) {
    this.#options = options
  }

  /** Begins to watch a link: `ping` sends one, if the link takes frames; else something comes every `heartbeat` milliseconds. */
  start (ping: (() => void) | undefined, heartbeat: number): void {
    this.#ping = ping
    this.#limit = ping ? PING_AFTER_MS : heartbeat + this.#options.maxDelay
    this.heard()
    this.#watch()
  }

  stop (): void {
    this.#cancel()
    this.#isPinging = false
  }

  /** Something came. No timer is touched: there may be thousands a second. */
  heard (): void {
    this.#isHeard = true
    this.#heardAt = this.#options.platform.now()
  }

  /** Asks at once whether the link is alive. */
  probe (): void {
    if (this.#isPinging) return
    if (!this.#ping) return this.#watch()
    const { maxDelay, onDead } = this.#options
    this.#isPinging = true
    this.#isHeard = false
    this.#ping()
    this.#wait(maxDelay, () => {
      this.#isPinging = false
      if (this.#isHeard) this.#watch()
      else onDead('no answer to a ping')
    })
  }

  #watch (): void {
    const left = this.#heardAt + this.#limit - this.#options.platform.now()
    if (left > 0) this.#wait(left, () => this.#watch())
    else if (this.#ping) this.probe()
    else this.#options.onDead('nothing was heard')
  }

  #wait (ms: number, fn: () => void): void {
    this.#cancel()
    this.#cancel = this.#options.platform.after(ms, fn)
  }
}
