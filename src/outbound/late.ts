import { follow } from './follow.ts'

/** A call whose answer came when nobody waited for it any more. */
export interface Late<T, S> { key: string, of: T, sent: S }

interface Call<T, S> { of: T, controller: AbortController, ended: Promise<S>, sent?: S }

/** How a call is made. */
export interface Making<T, S> {
  /** What it is known by, and what it is of. */
  key: string
  of: T
  call: (signal: AbortSignal) => Promise<S>
  /** How long its answer is waited for, milliseconds. */
  waitMs: number
  /** Called if nobody waits for it any more. */
  onOut?: () => void
  /** Breaks it off. */
  signal: AbortSignal
}

/** Calls that take long: whoever makes one waits for a while. Then it is out: it goes on, and its answer is kept until it is asked for. */
export class LateCalls<T, S> {
  readonly #onLate: () => void
  /** Those that are out, and those whose answers came since. */
  readonly #out = new Map<string, Call<T, S>>()

  /** `onLate`: called when the answer to one that is out has come. */
  constructor (onLate: () => void) {
    this.#onLate = onLate
  }

  /** Makes a call; undefined if it is out now. Rejects if the call does in time, or once `signal` is aborted. */
  async make ({ key, of, call, waitMs, onOut, signal }: Making<T, S>): Promise<S | undefined> {
    const controller = new AbortController()
    const letGo = follow(signal, controller)
    const ended = call(controller.signal)
    ended.then(letGo, letGo)
    const inTime = waitMs > 0 ? await soon(ended, waitMs) : undefined
    if (inTime) return inTime.value
    onOut?.()
    const out: Call<T, S> = { of, controller, ended }
    this.#out.set(key, out)
    ended.then(
      sent => {
        out.sent = sent
        this.#onLate()
      },
      // Broken off, or the store is away: what is written down of it says when it is tried again.
      () => { if (this.#out.get(key) === out) this.#out.delete(key) }
    )
    return undefined
  }

  /** Resolves once all have ended, or so many milliseconds have passed. */
  async ended (ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    const all = Promise.all([...this.#out.values()].map(({ ended }) => ended.catch(() => {})))
    await Promise.race([all, promise])
    clearTimeout(timer)
  }

  /** Whether it is out, or was answered late. */
  has (key: string): boolean {
    return this.#out.has(key)
  }

  /** The answer to one that came late. */
  sent (key: string): S | undefined {
    return this.#out.get(key)?.sent
  }

  /** Answers that came late, `limit` at most, until they are settled. */
  late (limit: number): Late<T, S>[] {
    return [...this.#out].flatMap(([key, { of, sent }]) => sent ? [{ key, of, sent }] : []).slice(0, limit)
  }

  get hasLate (): boolean {
    return this.late(1).length > 0
  }

  /** That a late answer is written down. */
  settle (key: string): void {
    this.#out.delete(key)
  }

  /** Forgets what is out: it is another's to know what comes of it. */
  forget (): void {
    this.#out.clear()
  }

  /** Breaks off what is out. */
  stop (): void {
    for (const { controller } of this.#out.values()) controller.abort()
    this.#out.clear()
  }
}

/** What a promise resolves with, if it does so soon. */
async function soon<T> (promise: Promise<T>, ms: number): Promise<{ value: T } | undefined> {
  const { promise: over, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), ms)
  try {
    return await Promise.race([promise.then(value => ({ value })), over])
  } finally {
    clearTimeout(timer)
  }
}
