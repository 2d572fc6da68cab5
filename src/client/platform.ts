/** What the client needs of where it runs. Tests pass a clock and a page of their own. */
export interface Platform {
  /** Milliseconds of a clock that nobody sets. */
  now (): number
  /** Milliseconds since 1970, of a clock that may be wrong. */
  wall (): number
  /** From 0 up to, not including, 1. */
  random (): number
  /** Calls `fn` after so many milliseconds, unless the returned function is called first. */
  after (ms: number, fn: () => void): () => void
  /** Undefined where there is no page: in Node, in a worker. */
  page?: Page | undefined
  /** Undefined where a page has none: over plain http. */
  locks?: Locks | undefined
  /** Opens the channel of this name to the other tabs. */
  channel?: ((name: string) => Channel) | undefined
}

/** The events of a page that tell when a connection may be lost or has to be given up. */
export type PageEvent = 'online' | 'visibilitychange' | 'pageshow' | 'pagehide' | 'freeze' | 'resume'

export interface Page {
  isVisible (): boolean
  /** Returns a function that ends it. */
  on (listeners: Record<PageEvent, () => void>): () => void
}

/** The part of `navigator.locks` that is used. */
export interface Locks {
  request<T> (name: string, options: { steal?: boolean, signal?: AbortSignal }, fn: (lock: object | null) => Promise<T>): Promise<T>
}

/** The part of a `BroadcastChannel` that is used. */
export interface Channel {
  onmessage: ((event: any) => void) | null
  postMessage (message: unknown): void
  close (): void
}

/** What a browser has and Node has not, or not all of it. */
const here = globalThis as unknown as {
  document?: { visibilityState: string }
  navigator?: { locks?: Locks }
  BroadcastChannel?: new (name: string) => Channel
  addEventListener (type: string, fn: () => void, options: { capture: true, signal: AbortSignal }): void
}

/** The page, or the Node process, that this code runs in. */
export function currentPlatform (): Platform {
  const { document, navigator, BroadcastChannel } = here
  return {
    now: () => performance.now(),
    wall: Date.now,
    random: Math.random,
    after (ms, fn) {
      const timer = setTimeout(fn, ms)
      return () => clearTimeout(timer)
    },
    page: document && {
      isVisible: () => document.visibilityState !== 'hidden',
      // Some events are the window's, others the document's: the window sees all of them before they arrive.
      on (listeners) {
        const end = new AbortController()
        for (const [event, fn] of Object.entries(listeners)) here.addEventListener(event, fn, { capture: true, signal: end.signal })
        return () => end.abort()
      }
    },
    locks: navigator?.locks,
    channel: BroadcastChannel && (name => new BroadcastChannel(name))
  }
}

/** Starts a timer, and ends the one that was started before; without `fn` it only does that. */
export type Timer = (ms?: number, fn?: () => void) => void

export function createTimer ({ after }: Platform): Timer {
  const none = () => {}
  let stop = none
  return (ms = 0, fn) => {
    stop()
    stop = fn ? after(ms, fn) : none
  }
}

/** Resolves after so many milliseconds; at once if there are none. */
export async function sleep ({ after }: Platform, ms: number): Promise<void> {
  if (ms > 0) await new Promise<void>(resolve => { after(ms, resolve) })
}

/** What `fn` resolves to. Throws if that takes longer than `ms`. */
export function within<T> (clock: Pick<Platform, 'after'>, ms: number, fn: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(ms, () => reject(new Error('no answer in time')))
    fn().finally(stop).then(resolve, reject)
  })
}
