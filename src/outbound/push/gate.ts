import { PACE, type PushServices } from './services.ts'

/** How many calls that answer in time are under way at once, and how many of them to one push service. */
const PROMPT = { all: 64, each: 32 }
/** How many others are: those that take long, and those to push services of which nothing is known. */
const OTHERS = { all: 256, each: 32 }
/** How many may take long before their push service does not count as prompt, whatever it answers between them. */
const MAX_LATE = 8

/** Leave to make a call. */
export interface Pass {
  /** Whether somebody may wait for it: one to a push service that is known to take long is not waited for. */
  isPrompt: boolean
  /** It takes long: nobody waits for it any more. */
  isLate (): void
  /** It has ended: `hasAnswer` is undefined if it was broken off here. */
  end (hasAnswer: boolean | undefined, tookMs: number): void
}

/** For how many milliseconds a message is to be put off, instead of a call. */
export interface PutOff { putOffMs: number }

interface Waiting { origin: string, resolve: (leave: Pass | PutOff) => void }
/** What is under way to one push service. */
interface Calls { count: number, late: number }

/**
 * Lets calls begin, so that those to a push service that takes long, or never answers, hold up only each other. What is known of
 * a push service decides:
 *
 *     prompt   many at once                       new      one, and the next ones wait for what it says
 *     slow     many, for which nobody waits       silent   one, for which nobody waits; what is more is put off
 */
export class PushGate {
  readonly #services: PushServices
  readonly #calls = new Map<string, Calls>()
  #prompt = 0
  #others = 0
  #waiting: Waiting[] = []
  #isClosed = false

  constructor (services: PushServices) {
    this.#services = services
  }

  /** Resolves once a call to this origin may begin, or is known to have to wait. Rejects when `signal` is aborted. */
  async enter (origin: string, signal: AbortSignal): Promise<Pass | PutOff> {
    signal.throwIfAborted()
    const leave = this.#decide(origin)
    if (leave) return leave
    const { promise, resolve, reject } = Promise.withResolvers<Pass | PutOff>()
    const waiting = { origin, resolve }
    this.#waiting.push(waiting)
    const onAbort = () => {
      this.#waiting = this.#waiting.filter(other => other !== waiting)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      return await promise
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** Nothing more begins: what waits is put off. */
  close (): void {
    this.#isClosed = true
    this.#admit()
  }

  /** Whoever waits and may begin now does. */
  #admit (): void {
    if (this.#waiting.length === 0) return
    // Who asked first goes first: for whom there is no room, there is none for those behind.
    const full = new Set<string>()
    this.#waiting = this.#waiting.filter(({ origin, resolve }) => {
      const leave = full.has(origin) ? undefined : this.#decide(origin)
      if (leave) resolve(leave)
      else full.add(origin)
      return !leave
    })
  }

  /** Undefined for one that has to wait for others to end, which is not long. */
  #decide (origin: string): Pass | PutOff | undefined {
    if (this.#isClosed) return { putOffMs: 0 }
    const waitMs = this.#services.waitFor(origin)
    if (waitMs > 0) return { putOffMs: waitMs }
    const { count, late } = this.#calls.get(origin) ?? { count: 0, late: 0 }
    const pace = this.#services.paceOf(origin)
    if (pace === 'prompt' && late < MAX_LATE) return this.#prompt < PROMPT.all && count - late < PROMPT.each ? this.#begin(origin, 'prompt') : undefined
    if (pace === 'new' && count > 0) return undefined
    const most = pace === 'silent' || pace === 'new' ? 1 : OTHERS.each
    if (count >= most || this.#others >= OTHERS.all) return { putOffMs: this.#services.hasFailed(origin) ? PACE.silentMs : PACE.putOffMs }
    return this.#begin(origin, pace === 'new' ? 'new' : 'late')
  }

  #begin (origin: string, as: 'prompt' | 'new' | 'late'): Pass {
    const calls = this.#calls.get(origin) ?? { count: 0, late: 0 }
    this.#calls.set(origin, calls)
    let isPrompt = as === 'prompt'
    let isLate = as === 'late'
    calls.count++
    if (isLate) calls.late++
    if (isPrompt) this.#prompt++
    else this.#others++
    return {
      isPrompt: !isLate,
      isLate: () => {
        if (isLate) return
        isLate = true
        calls.late++
        if (isPrompt) {
          this.#prompt--
          this.#others++
        }
        isPrompt = false
        this.#services.pacedAt(origin, as === 'new' ? 'silent' : 'slow')
        this.#admit()
      },
      end: (hasAnswer, tookMs) => {
        if (--calls.count === 0) this.#calls.delete(origin)
        if (isLate) calls.late--
        if (isPrompt) this.#prompt--
        else this.#others--
        if (hasAnswer === true) this.#services.pacedAt(origin, tookMs < PACE.lateMs ? 'prompt' : 'slow')
        // One that refuses connections holds up nobody.
        if (hasAnswer === false && tookMs >= PACE.lateMs) this.#services.pacedAt(origin, 'silent')
        this.#admit()
      }
    }
  }
}
