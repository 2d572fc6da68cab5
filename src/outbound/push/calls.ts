import { follow } from '../follow.ts'
import { PushGate } from './gate.ts'
import type { Sent } from './sender.ts'
import { PACE, type PushServices } from './services.ts'

/** A call whose answer came when nobody waited for it any more. */
export interface Late<T> { key: string, of: T, sent: Sent }

interface Call<T> { of: T, controller: AbortController, sent?: Sent }

/** What a call is of while its answer is waited for no more. */
const OUT: Sent = { isDone: false, isOut: true, status: null, error: 'not answered yet' }

/**
 * Calls to push services, several at once. Whoever makes one gets its answer, or after a while that it is out: it goes on, and its answer is
 * kept until it is asked for.
 */
export class PushCalls<T> {
  readonly #gate: PushGate
  readonly #onLate: () => void
  /** Those that are out, and those whose answers came since, by what they are of. */
  readonly #out = new Map<string, Call<T>>()

  /** `onLate`: called when the answer to one that is out has come. */
  constructor (services: PushServices, onLate: () => void) {
    this.#gate = new PushGate(services)
    this.#onLate = onLate
  }

  /** Makes a call, as soon as one to this origin may begin; of the same `key`, one at a time. Rejects if `call` does in time, or once `signal` is aborted. */
  async make (key: string, of: T, origin: string, call: (signal: AbortSignal) => Promise<Sent>, signal: AbortSignal): Promise<Sent> {
    const leave = this.#out.has(key) ? undefined : await this.#gate.enter(origin, signal)
    const known = this.#out.get(key)
    if (known || !leave) {
      if (leave && 'end' in leave) leave.end(undefined, 0)
      return known?.sent ?? OUT
    }
    if ('putOffMs' in leave) return { isDone: false, isPostponed: true, status: null, error: 'the push service is left alone for a while', retryAfterMs: leave.putOffMs }
    const controller = new AbortController()
    const letGo = follow(signal, controller)
    const startedAt = performance.now()
    const ended = call(controller.signal).then(
      sent => {
        leave.end(sent.isPostponed ? undefined : sent.status !== null, performance.now() - startedAt)
        return sent
      },
      (error: unknown) => {
        leave.end(undefined, 0)
        throw error
      }
    )
    ended.then(letGo, letGo)
    const inTime = leave.isPrompt ? await soon(ended, PACE.lateMs) : undefined
    if (inTime) return inTime.value
    leave.isLate()
    const out: Call<T> = { of, controller }
    this.#out.set(key, out)
    ended.then(
      sent => {
        out.sent = sent
        this.#onLate()
      },
      // Broken off, or the store is away: what is written down of it says when it is tried again.
      () => { if (this.#out.get(key) === out) this.#out.delete(key) }
    )
    return OUT
  }

  /** Answers that came late, `limit` at most, until they are settled. */
  late (limit: number): Late<T>[] {
    return [...this.#out].flatMap(([key, { of, sent }]) => sent ? [{ key, of, sent }] : []).slice(0, limit)
  }

  get hasLate (): boolean {
    return this.late(1).length > 0
  }

  /** That a late answer is written down. */
  settle (key: string): void {
    this.#out.delete(key)
  }

  /** Lets nothing more begin: what waits for its turn is put off. */
  close (): void {
    this.#gate.close()
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
