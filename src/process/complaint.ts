const REPEAT_MS = 60_000
/** So many reasons are said of one outage as they come; then only the reminders go on. */
const MAX_REASONS = 5

/** What a complaint is about: an error whose `cause`, if it has one, says more. */
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

  /** Whether something was reported that is not over. */
  get isOpen (): boolean {
    return this.#reasons.size > 0
  }

  /** Something went wrong, again or for the first time. */
  about (error: unknown): void {
    const reason = reasonOf(error)
    const isDue = this.#now() - this.#saidAt >= REPEAT_MS
    const isNews = !this.#reasons.has(reason) && this.#reasons.size < MAX_REASONS
    if (this.isOpen && !isNews && !isDue) return
    this.#reasons.add(reason)
    this.#saidAt = this.#now()
    this.#say(reason)
  }

  /** It is over: what comes next begins anew. */
  over (): void {
    if (!this.isOpen) return
    this.#reasons.clear()
    this.#end()
  }
}

/** An error in words, without its stack. Its other fields are left out: they may hold a password. */
export function reasonOf (error: unknown): string {
  const { message = String(error), code, cause, errors } = (error ?? {}) as Fault & { errors?: Error[] }
  if (cause instanceof Error) return reasonOf(cause)
  return message || errors?.[0]?.message || code || 'unknown'
}
