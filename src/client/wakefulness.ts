import type { Page, PageEvent } from './platform.ts'

export interface Sleeper {
  /** The network is back, or the page is looked at: what seems open may be dead. */
  onWake (): void
  /** The page is frozen or kept for "back": no code of it runs, and other tabs must not wait for it. */
  onSleep (): void
  /** It is not any more. */
  onRise (): void
}

/** Follows whether a page is awake. Where there is no page, it always is. */
export class Wakefulness {
  readonly #page: Page | undefined
  readonly #sleeper: Sleeper
  #isAsleep = false
  #ends: (() => void)[] = []

  constructor (page: Page | undefined, sleeper: Sleeper) {
    this.#page = page
    this.#sleeper = sleeper
  }

  start (): void {
    const { onSleep, onRise, onWake } = this.#sleeper
    const sleep = () => {
      if (this.#isAsleep) return
      this.#isAsleep = true
      onSleep()
    }
    const wake = () => {
      // A page is loaded and made visible in the background too.
      if (!this.#isAsleep) return onWake()
      this.#isAsleep = false
      onRise()
    }
    const on = (event: PageEvent, fn: () => void) => this.#page && this.#ends.push(this.#page.on(event, fn))
    this.stop()
    on('online', wake)
    on('pageshow', wake)
    on('resume', wake)
    on('visibilitychange', () => { if (this.#page!.isVisible()) wake() })
    on('pagehide', sleep)
    on('freeze', sleep)
  }

  stop (): void {
    for (const end of this.#ends) end()
    this.#ends = []
    this.#isAsleep = false
  }
}
