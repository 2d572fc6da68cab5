import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../within.ts'

const POLL_MS = 50

/** Asks now and then, until it is so; fails, and says what it waited for, instead of hanging. */
export async function polled (what: string, isSo: () => Promise<boolean>): Promise<void> {
  await until(what, async () => await isSo() || await pause(POLL_MS, false))
}

/** Who waits until something is so, told whenever it may have become so. */
export class Waiting {
  #waiting: { test: () => boolean, resolve: () => void }[] = []

  /** Resolves when `test` is true: now, or after a `wake`. */
  until (test: () => boolean): Promise<void> {
    if (test()) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push({ test, resolve })
    return promise
  }

  wake (): void {
    const ready = this.#waiting.filter(({ test }) => test())
    this.#waiting = this.#waiting.filter(waiting => !ready.includes(waiting))
    for (const { resolve } of ready) resolve()
  }
}
