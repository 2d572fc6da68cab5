import type { Page, PageEvent } from './platform.ts'

export interface Sleeper {
  /** The network is back, or the page is looked at: what seems open may be dead. */
  _onWake (): void
  /** The page is frozen or kept for "back": no code of it runs, and other tabs must not wait for it. */
  _onSleep (): void
  /** It is not any more. */
  _onRise (): void
}

/** Follows whether a page is awake; returns a function that ends that. Where there is no page, it always is. */
export function watchSleep (page: Page | undefined, { _onSleep: onSleep, _onRise: onRise, _onWake: onWake }: Sleeper): () => void {
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
  const listeners: Record<PageEvent, () => void> = { online: wake, pageshow: wake, resume: wake, visibilitychange: look, pagehide: sleep, freeze: sleep }
  const ends = Object.entries(listeners).map(([event, listener]) => page?.on(event as PageEvent, listener))
  return () => { for (const end of ends) end?.() }
}
