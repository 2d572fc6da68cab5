import { sizeOfEvent } from './event-size.ts'
import type { LogEvent } from './event.ts'
import type { LogReader } from './reader.ts'

/** Takes contiguous events in log order, each once, synchronously with the offer where that is possible. */
export type TailFollower = (events: LogEvent[]) => void

export interface TailOptions {
  log: Pick<LogReader, 'events' | 'head'>
  /** Where to begin: events after this `seq` are delivered. */
  position: number
  /** Called when the store cannot be read, or when a follower throws. */
  onError: (error: unknown) => void
  /** How long to wait for a hole to be filled by an offer before the store is asked, milliseconds now; absent: not at all. */
  patience?: () => number
}

const PAGE = 500
/** Bytes of events kept while a hole before them waits to be filled. */
const MAX_AHEAD_BYTES = 8 * 1024 * 1024

/**
 * This node's ordered reader of the log. Events come in as offers (what this node committed itself)
 * or as hints (what another one did); they go out contiguous, in order, each once. A hole is filled
 * from the store, so a lost, doubled or late offer only costs a read.
 */
export class Tail {
  readonly #options: TailOptions
  readonly #followers = new Set<TailFollower>()
  #position: number
  #filling: Promise<void> | undefined
  #isAskedFor = false
  #waiting: { seq: number, resolve: () => void }[] = []
  #ahead: LogEvent[] = []
  #aheadBytes = 0
  #patience: NodeJS.Timeout | undefined

  constructor (options: TailOptions) {
    this.#options = options
    this.#position = options.position
  }

  /** The `seq` of the last event delivered. */
  get position (): number {
    return this.#position
  }

  /** Delivers what comes after `position` to one more follower, after those that came before it; returns how to end that. */
  follow (follower: TailFollower): () => void {
    this.#followers.add(follower)
    return () => { this.#followers.delete(follower) }
  }

  /** Takes committed events, in order among themselves. */
  offer (events: LogEvent[]): void {
    const fresh = events.filter(({ seq }) => seq > this.#position)
    const [first] = fresh
    if (!first) return
    if (first.seq === this.#position + 1 && !this.#filling) {
      this.#deliver(fresh)
      this.#closeUp()
    } else {
      this.#keep(fresh)
    }
  }

  /** Reads on from the store until nothing is left; failures are reported and the next offer tries again. */
  catchUp (): void {
    // What asks while a page is being read may know of events that the page misses.
    this.#isAskedFor = true
    this.#filling ??= this.#fill()
  }

  /** Resolves when it is not reading. */
  async settled (): Promise<void> {
    await this.#filling
  }

  /** Waits for nothing more; resolves when it is not reading. */
  async close (): Promise<void> {
    clearTimeout(this.#patience)
    this.#patience = undefined
    this.#ahead = []
    await this.#filling
  }

  /** Resolves once the event `seq` is delivered. */
  reached (seq: number): Promise<void> {
    if (seq <= this.#position) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push({ seq, resolve })
    this.catchUp()
    return promise
  }

  async #fill (): Promise<void> {
    try {
      while (this.#isAskedFor) {
        this.#isAskedFor = false
        const page = await this.#options.log.events(this.#position, PAGE)
        if (page.length > 0) this.#deliver(page)
        this.#closeUp()
        if (page.length === PAGE) this.#isAskedFor = true
      }
    } catch (error) {
      this.#options.onError(error)
    } finally {
      this.#filling = undefined
    }
    this.#closeUp()
  }

  /** With several nodes, what was committed before often is on its way: a hint is cheaper than a read. */
  #keep (events: LogEvent[]): void {
    const patience = this.#options.patience?.() ?? 0
    const bytes = events.reduce((sum, event) => sum + sizeOfEvent(event), 0)
    if (patience === 0 || this.#aheadBytes + bytes > MAX_AHEAD_BYTES) return this.catchUp()
    this.#ahead.push(...events)
    this.#aheadBytes += bytes
    this.#patience ??= setTimeout(() => {
      this.#patience = undefined
      this.catchUp()
    }, patience).unref()
  }

  /** Delivers what was kept, as far as it now follows. */
  #closeUp (): void {
    if (this.#ahead.length === 0) return
    const ahead = this.#ahead.filter(({ seq }) => seq > this.#position).sort((a, b) => a.seq - b.seq)
    let next = this.#position + 1
    const following: LogEvent[] = []
    this.#ahead = []
    for (const event of ahead) {
      if (event.seq === next) {
        following.push(event)
        next += 1
      } else if (event.seq > next) {
        this.#ahead.push(event)
      }
    }
    this.#aheadBytes = this.#ahead.reduce((sum, event) => sum + sizeOfEvent(event), 0)
    if (following.length > 0) this.#deliver(following)
    if (this.#ahead.length > 0) return
    clearTimeout(this.#patience)
    this.#patience = undefined
  }

  #deliver (events: LogEvent[]): void {
    for (const follower of this.#followers) {
      try {
        follower(events)
      } catch (error) {
        // The others must not miss events because of it.
        this.#options.onError(error)
      }
    }
    this.#position = events.at(-1)!.seq
    const ready = this.#waiting.filter(({ seq }) => seq <= this.#position)
    if (ready.length === 0) return
    this.#waiting = this.#waiting.filter(({ seq }) => seq > this.#position)
    for (const { resolve } of ready) resolve()
  }
}
