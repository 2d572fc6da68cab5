import { sizeOfEvent } from './event-size.ts'
import type { LogEvent } from './event.ts'
import type { LogReader } from './reader.ts'

/** Receives contiguous events in log order, each exactly once; synchronously within `offer` if no earlier event is missing. */
export type TailFollower = (events: LogEvent[]) => void

export interface TailOptions {
  log: Pick<LogReader, 'events' | 'head'>
  /** The `seq` to begin after. */
  seq: number
  /** Called when the store cannot be read, or when a follower throws. */
  onError: (error: unknown) => void
  /** How long, in milliseconds, to wait for offers to fill a gap before reading the store; called for each gap. Absent: no wait. */
  patience?: () => number
}

const PAGE = 500
/** The most bytes of events buffered behind a gap. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024

/**
 * This node's ordered reader of the log. Events arrive as offers: committed by this node, or received from
 * another one. They are delivered contiguous, in order, each exactly once. A gap is filled from the store,
 * so a lost, duplicate or late offer costs a read and nothing else:
 *
 *     delivered 1 2 3 · gap 4 · buffered 5 6     offer(4), or a read of the store, delivers 4 5 6
 */
export class Tail {
  readonly #options: TailOptions
  readonly #followers = new Set<TailFollower>()
  #seq: number
  #reading: Promise<void> | undefined
  #needsRead = false
  #waiting: { seq: number, resolve: () => void }[] = []
  #buffered: LogEvent[] = []
  #bufferedBytes = 0
  #readTimer: NodeJS.Timeout | undefined

  constructor (options: TailOptions) {
    this.#options = options
    this.#seq = options.seq
  }

  /** The `seq` of the last event delivered. */
  get seq (): number {
    return this.#seq
  }

  /** Adds a follower, which receives each event after the earlier followers do; returns a function that removes it. */
  follow (follower: TailFollower): () => void {
    this.#followers.add(follower)
    return () => { this.#followers.delete(follower) }
  }

  /** Takes committed events, sorted by `seq`. */
  offer (events: LogEvent[]): void {
    const fresh = events.filter(({ seq }) => seq > this.#seq)
    const [first] = fresh
    if (!first) return
    if (first.seq === this.#seq + 1 && !this.#reading) {
      this.#deliver(fresh)
      this.#deliverBuffered()
    } else {
      this.#buffer(fresh)
    }
  }

  /** Reads the store until no event is left. Failures are reported to `onError`; the next call tries again. */
  catchUp (): void {
    // A call during a read may be about events that the read misses, so another read must follow.
    this.#needsRead = true
    this.#reading ??= this.#readAll()
  }

  /** Resolves when no read is running. */
  async settled (): Promise<void> {
    await this.#reading
  }

  /** Drops buffered events; resolves when no read is running. */
  async close (): Promise<void> {
    clearTimeout(this.#readTimer)
    this.#readTimer = undefined
    this.#buffered = []
    await this.#reading
  }

  /** Resolves once the event `seq` is delivered. */
  reached (seq: number): Promise<void> {
    if (seq <= this.#seq) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push({ seq, resolve })
    this.catchUp()
    return promise
  }

  async #readAll (): Promise<void> {
    try {
      while (this.#needsRead) {
        this.#needsRead = false
        const page = await this.#options.log.events(this.#seq, PAGE)
        if (page.length > 0) this.#deliver(page)
        this.#deliverBuffered()
        if (page.length === PAGE) this.#needsRead = true
      }
    } catch (error) {
      this.#options.onError(error)
    } finally {
      this.#reading = undefined
    }
    this.#deliverBuffered()
  }

  /** Buffers events behind a gap. With several nodes, the missing events are often on their way: waiting is cheaper than a read. */
  #buffer (events: LogEvent[]): void {
    const patience = this.#options.patience?.() ?? 0
    const bytes = events.reduce((sum, event) => sum + sizeOfEvent(event), 0)
    if (patience === 0 || this.#bufferedBytes + bytes > MAX_BUFFERED_BYTES) return this.catchUp()
    this.#buffered.push(...events)
    this.#bufferedBytes += bytes
    this.#readTimer ??= setTimeout(() => {
      this.#readTimer = undefined
      this.catchUp()
    }, patience).unref()
  }

  /** Delivers the buffered events that now follow without a gap. */
  #deliverBuffered (): void {
    if (this.#buffered.length === 0) return
    const buffered = this.#buffered.filter(({ seq }) => seq > this.#seq).sort((a, b) => a.seq - b.seq)
    let next = this.#seq + 1
    const contiguous: LogEvent[] = []
    this.#buffered = []
    for (const event of buffered) {
      if (event.seq === next) {
        contiguous.push(event)
        next += 1
      } else if (event.seq > next) {
        this.#buffered.push(event)
      }
    }
    this.#bufferedBytes = this.#buffered.reduce((sum, event) => sum + sizeOfEvent(event), 0)
    if (contiguous.length > 0) this.#deliver(contiguous)
    if (this.#buffered.length > 0) return
    clearTimeout(this.#readTimer)
    this.#readTimer = undefined
  }

  #deliver (events: LogEvent[]): void {
    for (const follower of this.#followers) {
      try {
        follower(events)
      } catch (error) {
        // The other followers must still receive the events.
        this.#options.onError(error)
      }
    }
    this.#seq = events.at(-1)!.seq
    const ready = this.#waiting.filter(({ seq }) => seq <= this.#seq)
    if (ready.length === 0) return
    this.#waiting = this.#waiting.filter(({ seq }) => seq > this.#seq)
    for (const { resolve } of ready) resolve()
  }
}
