import { setTimeout as pause } from 'node:timers/promises'
import type { Published } from '../store/plans.ts'
import type { Store } from '../store/store.ts'

export interface SchedulerDeps {
  store: Pick<Store, 'nextPlan' | 'publishDue'>
  /** Called with what each commit published. */
  onPublished: (published: Published) => void
  onError: (error: unknown) => void
  /** Called when the store could be asked, after an error or not. */
  onSuccess?: () => void
  /** How often the store is asked at least, milliseconds: for plans that were made at other nodes, and a clock that was set. */
  pollMs?: number | undefined
}

const POLL_MS = 1_000
/** Plans published per commit: few enough that sends which share the commit hardly notice. */
const PAGE = 100
/** Writes per commit when each of them publishes one plan, because it may replace a notification. */
const CHAINED = 8
/** While plans are due all the time, a pause follows each commit that is this many times as long: other writes keep most of the store. */
const PAUSE_FACTOR = 3
/** The shortest of these pauses, milliseconds: plans that are due one after the other then share commits. */
const MIN_PAUSE_MS = 20

/**
 * Publishes due plans. Every node has one; whichever comes first publishes. It sleeps until the next plan
 * is due, but never longer than `pollMs`, so it needs no long timers and sees what other nodes planned.
 */
export class Scheduler {
  readonly #deps: SchedulerDeps
  readonly #pollMs: number
  #timer: NodeJS.Timeout | undefined
  /** When the timer fires, by `performance.now()`. */
  #wakesAt = Infinity
  /** The earliest time of the next commit, by `performance.now()`. */
  #pausesUntil = -Infinity
  #running: Promise<void> | undefined
  #isStopped = false

  constructor (deps: SchedulerDeps) {
    this.#deps = deps
    this.#pollMs = deps.pollMs ?? POLL_MS
  }

  /** Publishes what became due while no node ran, and goes on. */
  start (): void {
    this.#sleep(0)
  }

  /** A plan was made for this time, milliseconds since 1970. */
  planned (sendAt: number): void {
    const wait = Math.max(0, sendAt - Date.now())
    if (this.#wakesAt > performance.now() + wait) this.#sleep(wait)
  }

  /** Publishes all that is due; resolves when nothing is. A second call joins the first. Rejects if the store fails. */
  async publish (): Promise<void> {
    this.#running ??= this.#publishAll().finally(() => { this.#running = undefined })
    await this.#running
  }

  /** Begins nothing more; resolves when a commit that is running is done. */
  async stop (): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#running?.catch(() => {})
  }

  async #publishAll (): Promise<void> {
    let isMore = true
    let writes = 1
    while (isMore && !this.#isStopped) {
      const start = performance.now()
      // Writes of the same turn share a commit, and are carried out in their order.
      const pages = await Promise.all(Array.from({ length: writes }, () => this.#deps.store.publishDue(PAGE)))
      for (const published of pages) this.#deps.onPublished(published)
      const now = performance.now()
      this.#pausesUntil = now + Math.max(MIN_PAUSE_MS, (now - start) * PAUSE_FACTOR)
      const last = pages.at(-1)!
      isMore = last.more
      writes = last.isChained ? CHAINED : 1
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
    // Plans that are made meanwhile set no timer; the next sleep regards them.
    this.#wakesAt = -Infinity
    let wait = this.#pollMs
    try {
      if ((await this.#deps.store.nextPlan()).dueIn === 0) await this.publish()
      wait = (await this.#deps.store.nextPlan()).dueIn ?? wait
      this.#deps.onSuccess?.()
    } catch (error) {
      this.#deps.onError(error)
    }
    this.#sleep(wait)
  }
}
