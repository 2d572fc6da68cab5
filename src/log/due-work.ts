import { setTimeout as pause } from 'node:timers/promises'

export interface DueWorkDeps {
  onError: (error: unknown) => void
  /** Called when the store could be asked, after an error or not. */
  onSuccess?: () => void
  /** How often the store is asked at least, milliseconds: for what was made due at other nodes, and a clock that was set. */
  pollMs?: number | undefined
}

const POLL_MS = 1_000
/** While something is due all the time, a pause follows each step that is this many times as long: other writes keep most of the store. */
const PAUSE_FACTOR = 3
/** The shortest of these pauses, milliseconds: what is due one after the other then shares commits. */
const MIN_PAUSE_MS = 20

/**
 * Does what the store says is due, step by step. Every node has one of a kind; whichever comes first takes a step: it is one
 * commit, so that no lease is needed that a killed node could keep. It sleeps until the next step is due, but never longer than `pollMs`, so it needs no long
 * timers and sees what other nodes made due.
 */
export abstract class DueWork {
  readonly #deps: DueWorkDeps
  readonly #pollMs: number
  #timer: NodeJS.Timeout | undefined
  /** When the timer fires, by `performance.now()`. */
  #wakesAt = Infinity
  /** The earliest time of the next step, by `performance.now()`. */
  #pausesUntil = -Infinity
  #running: Promise<void> | undefined
  #isStopped = false

  constructor (deps: DueWorkDeps, pollMs = POLL_MS) {
    this.#deps = deps
    this.#pollMs = deps.pollMs ?? pollMs
  }

  /** In how many milliseconds something is due; 0 for now, null for nothing. */
  protected abstract dueIn (): Promise<number | null>

  /** Takes one step; whether something is due still. */
  protected abstract step (): Promise<boolean>

  /** How long to pause after a step that took so many milliseconds, milliseconds. */
  protected pauseAfter (ms: number): number {
    return Math.max(MIN_PAUSE_MS, ms * PAUSE_FACTOR)
  }

  /** Does what became due while no node ran, and goes on. */
  start (): void {
    this.#sleep(0)
  }

  /** Does all that is due; resolves when nothing is. A second call joins the first. Rejects if the store fails. */
  async run (): Promise<void> {
    this.#running ??= this.#runAll().finally(() => { this.#running = undefined })
    await this.#running
  }

  /** Begins nothing more; resolves when a step that is running is done. */
  async stop (): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#running?.catch(() => {})
  }

  /** Wakes in so many milliseconds at the latest. */
  protected wakeWithin (ms: number): void {
    if (this.#wakesAt > performance.now() + ms) this.#sleep(ms)
  }

  async #runAll (): Promise<void> {
    for (let isMore = true; isMore && !this.#isStopped;) {
      const start = performance.now()
      isMore = await this.step()
      const now = performance.now()
      this.#pausesUntil = now + this.pauseAfter(now - start)
      if (isMore) await pause(this.#pausesUntil - now)
    }
  }

  #sleep (ms: number): void {
    if (this.#isStopped) return
    clearTimeout(this.#timer)
    const now = performance.now()
    const wait = Math.max(Math.min(ms, this.#pollMs), this.#pausesUntil - now)
    this.#wakesAt = now + wait
    this.#timer = setTimeout(() => this.#wake(), wait).unref()
  }

  async #wake (): Promise<void> {
    // What is made due meanwhile sets no timer; the next sleep regards it.
    this.#wakesAt = -Infinity
    let wait = this.#pollMs
    try {
      if (await this.dueIn() === 0) await this.run()
      wait = await this.dueIn() ?? wait
      this.#deps.onSuccess?.()
    } catch (error) {
      this.#deps.onError(error)
    }
    this.#sleep(wait)
  }
}
