import { Flood } from './incoming.ts'

/** Frames that may wait before the socket is not read for a while. */
const MAX_LENGTH = 64
const DONE = Promise.resolve()

/**
 * The frames of one client, handled one after the other. Urgent frames have a line of their own, which
 * does not wait for the others: a replay that takes minutes must not cost a socket its token.
 */
export class FrameQueue {
  #ordered: Promise<void> = DONE
  #urgent: Promise<void> = DONE
  #length = 0
  #flood: Flood | undefined

  /** Counts one more frame; returns whether the client sends too many. */
  isFlooded (): boolean {
    return (this.#flood ??= new Flood()).isTooMany()
  }

  push (handle: () => Promise<void>, isUrgent: boolean): void {
    const done = () => { this.#length -= 1 }
    this.#length += 1
    if (isUrgent) this.#urgent = this.#urgent.then(handle).finally(done)
    else this.#ordered = this.#ordered.then(handle).finally(done)
  }

  /** Handles no frame before `work` is done; for a queue that is still empty. */
  waitFor (work: Promise<void>): void {
    this.#ordered = work
  }

  /** Handles no urgent frame before `work` is done. */
  delayUrgent (work: Promise<void>): void {
    this.#urgent = work
  }

  /** Releases settled promises, which keep in memory what they were made with. */
  trim (): void {
    if (this.#length === 0) this.#ordered = this.#urgent = DONE
  }

  get isFull (): boolean {
    return this.#length >= MAX_LENGTH
  }

  /** Resolves when every frame so far was handled. */
  async settled (): Promise<void> {
    await Promise.all([this.#ordered, this.#urgent])
  }
}
