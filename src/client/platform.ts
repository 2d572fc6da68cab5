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
  on (event: PageEvent, fn: () => void): () => void
}

/** The part of `navigator.locks` that is used. */
export interface Locks {
  request<T> (name: string, options: { ifAvailable?: boolean, steal?: boolean, signal?: AbortSignal }, fn: (lock: object | null) => Promise<T>): Promise<T>
}

/** The part of a `BroadcastChannel` that is used. */
export interface Channel {
  onmessage: ((event: any) => void) | null
  postMessage (message: unknown): void
  close (): void
}

interface Target {
  addEventListener (type: string, fn: () => void): void
  removeEventListener (type: string, fn: () => void): void
}

/** What a browser has and Node has not, or not all of it. */
const here = globalThis as unknown as Target & {
  document?: Target & { visibilityState: string }
  navigator?: { locks?: Locks }
  BroadcastChannel?: new (name: string) => Channel
}

/** Events of the window; the others are the document's. */
const ofWindow: PageEvent[] = ['online', 'pageshow', 'pagehide']

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
      on (event, fn) {
        const target = ofWindow.includes(event) ? here : document
        target.addEventListener(event, fn)
        return () => target.removeEventListener(event, fn)
      }
    },
    locks: navigator?.locks,
    channel: BroadcastChannel && (name => new BroadcastChannel(name))
  }
}
