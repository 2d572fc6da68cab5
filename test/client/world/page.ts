import type { Page, PageEvent } from '../../../src/client/platform.ts'

/** A page whose events a test fires. */
export class HandPage implements Page {
  isShown = true
  readonly #listeners = new Map<PageEvent, Set<() => void>>()

  isVisible (): boolean { return this.isShown }

  on (listeners: Record<PageEvent, () => void>): () => void {
    const entries = Object.entries(listeners) as [PageEvent, () => void][]
    for (const [event, fn] of entries) this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(fn))
    return () => { for (const [event, fn] of entries) this.#listeners.get(event)!.delete(fn) }
  }

  fire (event: PageEvent): void {
    for (const fn of [...this.#listeners.get(event) ?? []]) fn()
  }

  get listeners (): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0)
  }
}
