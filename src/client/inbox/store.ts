import type { Answer, Core } from '../seam.ts'
import { reduce, type Input } from './state/reduce.ts'
import { initialState, type State } from './state/state.ts'
import { Timers } from './timers.ts'

/** Under load, listeners are told once in this many milliseconds: as often as a screen is drawn. */
const PERIOD = 16

/** A clock that differs less from the server's is taken to be right: the `Date` header has whole seconds. */
const TOLERANCE = 1500

/** Holds the state, applies what happens to it in its order, and tells who listens. */
export class Store {
  readonly core: Core
  readonly timers: Timers
  #state = initialState
  #queue: Input[] = []
  #isScheduled = false
  #hasNews = false
  #told = -Infinity
  /** How far the server's clock is ahead, in milliseconds. */
  #skew = 0
  readonly #listeners = new Set<() => void>()
  /** Does what the state asks for, after each change and before listeners are told. */
  work: () => void = () => {}

  constructor (core: Core) {
    this.core = core
    this.timers = new Timers(core.clock)
  }

  /** The server's time, in milliseconds. */
  now (): number {
    return this.core.clock.now() + this.#skew
  }

  /** The state after everything that has happened. */
  get state (): State {
    if (this.#queue.length > 0 || this.#state.nextExpiry <= this.now()) {
      this.#state = reduce(this.#state, this.#queue.splice(0), this.now())
      this.#hasNews = true
    }
    return this.#state
  }

  dispatch (...inputs: Input[]): void {
    this.#queue.push(...inputs)
    this.#schedule()
  }

  /** Tells listeners although nothing was dispatched: the connection changed. */
  touch (): void {
    this.#hasNews = true
    this.#schedule()
  }

  onChange (listener: () => void): () => void {
    this.#listeners.add(listener)
    this.#schedule()
    return () => {
      this.#listeners.delete(listener)
      this.#awaitExpiry()
    }
  }

  /** Makes a call, and learns the server's time from its answer. */
  async call (method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer> {
    const answer = await this.core.call(method, path, body)
    if (answer.date !== undefined) {
      const skew = answer.date + 500 - this.core.clock.now()
      this.#skew = Math.abs(skew) < TOLERANCE ? 0 : skew
    }
    return answer
  }

  /** Lets something run by itself. It handles its own failures: another one is a fault of ours, and is reported. */
  run (work: () => Promise<unknown>): void {
    work().catch((error: unknown) => this.core.report({ code: 'internal', reason: String(error) }))
  }

  #schedule (): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    const wait = this.#told + PERIOD - this.core.clock.now()
    const flush = () => this.#flush()
    // Frames that come together are applied together. A clock that was set back must not delay them.
    if (wait > 0 && wait <= PERIOD) this.core.clock.setTimeout(flush, wait)
    else queueMicrotask(flush)
  }

  /** Who listens is told when something expires; without listeners, nothing keeps a process alive until then. */
  #awaitExpiry (): void {
    const isAwaited = this.#listeners.size > 0
    this.timers.move('expiry', isAwaited ? this.state.nextExpiry - this.now() : Infinity, () => this.dispatch({ kind: 'tick' }))
  }

  #flush (): void {
    this.#isScheduled = false
    this.#awaitExpiry()
    if (!this.#hasNews) return
    this.#hasNews = false
    this.#told = this.core.clock.now()
    for (const listener of [this.work, ...this.#listeners]) {
      try {
        listener()
      } catch (error) {
        // A listener of the page's own must not stop the others.
        this.core.report({ code: 'listener', reason: String(error) })
      }
    }
  }
}

/** How long to wait before the next of several tries, in milliseconds: half a second, twice as long each time, at most 30 s. */
export function backoff ({ clock }: Core, tries: number): number {
  return tries === 0 ? 0 : Math.min(30_000, 500 * 2 ** (tries - 1)) * (0.5 + clock.random() / 2)
}
