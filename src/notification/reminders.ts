import type { Store } from '../store/store.ts'

export interface RemindersDeps {
  store: Pick<Store, 'nextDemand' | 'remindDue'>
  onError: (error: unknown) => void
  /** Called when the store could be asked. */
  onSuccess?: () => void
  /** How often the store is asked at least, milliseconds: for what was sent at other nodes, and a clock that was set. */
  pollMs?: number | undefined
}

const POLL_MS = 2_000
/** A pause follows each step that is this many times as long, so that other writes keep most of the store. */
const PAUSE_FACTOR = 3
const MIN_PAUSE_MS = 20

/**
 * Takes the steps of reminders and escalations that are due. Every node has one; whichever comes first takes a step, whose commit moves
 * the place from where the next one goes on. So nobody holds a lease that a killed node could keep.
 */
export class Reminders {
  readonly #deps: RemindersDeps
  readonly #pollMs: number
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #isStopped = false

  constructor (deps: RemindersDeps) {
    this.#deps = deps
    this.#pollMs = deps.pollMs ?? POLL_MS
  }

  /** Takes what became due while no node ran, and goes on. */
  start (): void {
    this.#sleep(0)
  }

  /** Takes all steps that are due; resolves when none is. A second call joins the first. Rejects if the store fails. */
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

  async #runAll (): Promise<void> {
    for (let more = true; more && !this.#isStopped;) {
      const start = performance.now()
      more = (await this.#deps.store.remindDue()).more
      if (more) await new Promise(resolve => { setTimeout(resolve, Math.max(MIN_PAUSE_MS, (performance.now() - start) * PAUSE_FACTOR)) })
    }
  }

  #sleep (ms: number): void {
    if (!this.#isStopped) this.#timer = setTimeout(() => this.#wake(), Math.min(ms, this.#pollMs)).unref()
  }

  async #wake (): Promise<void> {
    let wait = this.#pollMs
    try {
      if (await this.#deps.store.nextDemand() === 0) await this.run()
      // Not sooner than a clock of another node may let it be due.
      wait = Math.max(MIN_PAUSE_MS, await this.#deps.store.nextDemand() ?? wait)
      this.#deps.onSuccess?.()
    } catch (error) {
      this.#deps.onError(error)
    }
    this.#sleep(wait)
  }
}
