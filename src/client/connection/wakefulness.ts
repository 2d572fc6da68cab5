import type { Page } from '../platform.ts'

/**
 * Follows whether a page is awake; returns a function that ends that. Where there is no page, it always is.
 *
 * `onWake`: the network is back, or the page is looked at: what seems open may be dead. `onSleep`: the page is frozen or kept for
 * "back": no code of it runs, and other tabs must not wait for it. `onRise`: it is not any more.
 */
export function watchSleep (page: Page | undefined, onWake: () => void, onSleep: () => void, onRise: () => void): () => void {
  let isAsleep = false
  const sleep = () => {
    if (isAsleep) return
    isAsleep = true
    onSleep()
  }
  const wake = () => {
    // A page is loaded and made visible in the background too.
    if (!isAsleep) return onWake()
    isAsleep = false
    onRise()
  }
  const look = () => { if (page!.isVisible()) wake() }
  return page?.on({ online: wake, pageshow: wake, resume: wake, visibilitychange: look, pagehide: sleep, freeze: sleep }) ?? (() => {})
}
