import { LateCalls, type Late } from '../late.ts'
import { NOT_ANSWERED } from '../outcome.ts'
import { PushGate } from './gate.ts'
import type { Sent } from './sender.ts'
import { PACE, type PushServices } from './services.ts'

/**
 * Calls to push services, several at once. Whoever makes one gets its answer, or after a while that it is out: it goes on, and its answer is
 * kept until it is asked for.
 */
export class PushCalls<T> {
  readonly #gate: PushGate
  readonly #calls: LateCalls<T, Sent>

  /** `onLate`: called when the answer to one that is out has come. */
  constructor (services: PushServices, onLate: () => void) {
    this.#gate = new PushGate(services)
    this.#calls = new LateCalls(onLate)
  }

  /** Makes a call, as soon as one to this origin may begin; of the same `key`, one at a time. Rejects if `call` does in time, or once `signal` is aborted. */
  async make (key: string, of: T, origin: string, call: (signal: AbortSignal) => Promise<Sent>, signal: AbortSignal): Promise<Sent> {
    const leave = this.#calls.has(key) ? undefined : await this.#gate.enter(origin, signal)
    const isKnown = this.#calls.has(key)
    if (isKnown || !leave) {
      if (leave && 'end' in leave) leave.end(undefined, 0)
      return this.#calls.sent(key) ?? NOT_ANSWERED
    }
    if ('putOffMs' in leave) return { isDone: false, isPostponed: true, status: null, error: 'the push service is left alone for a while', retryAfterMs: leave.putOffMs }
    const startedAt = performance.now()
    const made = async (signal: AbortSignal): Promise<Sent> => {
      try {
        const sent = await call(signal)
        leave.end(sent.isPostponed ? undefined : sent.status !== null, performance.now() - startedAt)
        return sent
      } catch (error) {
        leave.end(undefined, 0)
        throw error
      }
    }
    return await this.#calls.make({ key, of, call: made, waitMs: leave.isPrompt ? PACE.lateMs : 0, onOut: () => leave.isLate(), signal }) ?? NOT_ANSWERED
  }

  /** Answers that came late, `limit` at most, until they are settled. */
  late (limit: number): Late<T, Sent>[] {
    return this.#calls.late(limit)
  }

  get hasLate (): boolean {
    return this.#calls.hasLate
  }

  /** That a late answer is written down. */
  settle (key: string): void {
    this.#calls.settle(key)
  }

  /** Lets nothing more begin: what waits for its turn is put off. */
  close (): void {
    this.#gate.close()
  }

  /** Resolves once all that are out have ended, or so many milliseconds have passed. */
  async ended (ms: number): Promise<void> {
    await this.#calls.ended(ms)
  }

  /** Forgets what is out: it is another's to know what comes of it. */
  forget (): void {
    this.#calls.forget()
  }

  /** Breaks off what is out. */
  stop (): void {
    this.#calls.stop()
  }
}
