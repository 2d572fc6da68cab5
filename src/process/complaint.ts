const REPEAT_MS = 60_000
/** The most different reasons reported in one outage; after that only the reminders continue. */
const MAX_REASONS = 5

/** A reported error; its `cause`, if it has one, says more. */
type Fault = Error & { code?: string }

/**
 * Reports an outage without flooding the log: each reason once, a reminder once a minute, and one line when it is over.
 *
 *     about(a) about(a) about(b) about(a) … a minute … about(a) over()
 *     say a             say b                          say a    end
 */
export class Complaint {
  readonly #say: (reason: string) => void
  readonly #end: () => void
  readonly #now: () => number
  readonly #reasons = new Set<string>()
  #saidAt = -Infinity

  constructor (say: (reason: string) => void, end = () => {}, now = () => performance.now()) {
    this.#say = say
    this.#end = end
    this.#now = now
  }

  /** Whether an outage was reported that is not over. */
  get isOpen (): boolean {
    return this.#reasons.size > 0
  }

  /** Call it for each error, the first and every repetition. */
  about (error: unknown): void {
    const reason = reasonOf(error)
    const isDue = this.#now() - this.#saidAt >= REPEAT_MS
    const isNews = !this.#reasons.has(reason) && this.#reasons.size < MAX_REASONS
    if (this.isOpen && !isNews && !isDue) return
    this.#reasons.add(reason)
    this.#saidAt = this.#now()
    this.#say(reason)
  }

  /** Ends the outage; the next error begins a new one. */
  over (): void {
    if (!this.isOpen) return
    this.#reasons.clear()
    this.#end()
  }
}

/** The message of an error, without its stack or other fields, which may hold a password. */
export function reasonOf (error: unknown): string {
  const { message = String(error), code, cause, errors } = (error ?? {}) as Fault & { errors?: Error[] }
  if (cause instanceof Error) return reasonOf(cause)
  return message || errors?.[0]?.message || code || 'unknown'
}
