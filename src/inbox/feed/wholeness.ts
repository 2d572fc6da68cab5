import type { InboxSnapshot } from '@belfry/client'

/** How long a list may not be whole before it says so, in milliseconds: most connections come back sooner. */
const PATIENCE = 1_500

/** Whether a list is known to be whole, and since when it is not. */
export class Wholeness {
  readonly #onChange: () => void
  #isWhole = false
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Whether it has not been whole for longer than a moment. */
  isAway = false
  /** When it last was, in milliseconds. */
  lastAt: number | undefined

  constructor (onChange: () => void) { this.#onChange = onChange }

  notice ({ connection, stale }: InboxSnapshot): void {
    const isWhole = connection === 'connected' && !stale
    if (isWhole) this.stop()
    else {
      if (this.#isWhole) this.lastAt = Date.now()
      this.#timer ??= setTimeout(() => {
        this.isAway = true
        this.#onChange()
      }, PATIENCE)
    }
    this.#isWhole = isWhole
  }

  /** Another list begins. */
  reset (): void {
    this.stop()
    this.#isWhole = false
    this.lastAt = undefined
  }

  stop (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.isAway = false
  }
}
