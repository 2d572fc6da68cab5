const REPEAT_MS = 60_000
/** The most different reasons reported in one outage; after that only the reminders continue. */
const MAX_REASONS = 5

/** A reported error; its `cause`, if it has one, says more. */
type Fault = Error & { code?: string }

/**
 * Reports an outage without flooding the log: each reason once, a reminder once a minute, and one line when it is over.
 *
 *     failure a, a, b, a … a minute … a    recovery
 *     report  a     b                 a    over
 */
export class OutageLog {
  readonly #onFailure: (reason: string) => void
  readonly #onRecovery: () => void
  readonly #now: () => number
  readonly #reasons = new Set<string>()
  #reportedAt = -Infinity

  constructor (onFailure: (reason: string) => void, onRecovery = () => {}, now = () => performance.now()) {
    this.#onFailure = onFailure
    this.#onRecovery = onRecovery
    this.#now = now
  }

  /** Whether an outage was reported that is not over. */
  get isOpen (): boolean {
    return this.#reasons.size > 0
  }

  /** Call it for each error, the first and every repetition. */
  reportFailure (error: unknown): void {
    const reason = reasonOf(error)
    const isDue = this.#now() - this.#reportedAt >= REPEAT_MS
    const isNews = !this.#reasons.has(reason) && this.#reasons.size < MAX_REASONS
    if (this.isOpen && !isNews && !isDue) return
    this.#reasons.add(reason)
    this.#reportedAt = this.#now()
    this.#onFailure(reason)
  }

  /** Ends the outage; the next error begins a new one. */
  reportRecovery (): void {
    if (!this.isOpen) return
    this.#reasons.clear()
    this.#onRecovery()
  }
}

/** The message of an error, without its stack or other fields, which may hold a password. */
export function reasonOf (error: unknown): string {
  const { message = String(error), code, cause, errors } = (error ?? {}) as Fault & { errors?: Error[] }
  if (cause instanceof Error) return reasonOf(cause)
  return message || errors?.[0]?.message || code || 'unknown'
}
