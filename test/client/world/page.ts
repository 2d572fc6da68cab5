import type { Page, PageEvent } from '../../../src/client/platform.ts'

/** A page whose events a test fires. */
export class HandPage implements Page {
  isShown = true
  readonly #listeners = new Map<PageEvent, Set<() => void>>()

  isVisible (): boolean { return this.isShown }

  on (event: PageEvent, fn: () => void): () => void {
    const set = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, set.add(fn))
    return () => { set.delete(fn) }
  }

  fire (event: PageEvent): void {
    for (const fn of [...this.#listeners.get(event) ?? []]) fn()
  }

  get listeners (): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0)
  }
}
