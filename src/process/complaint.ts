const REPEAT_MS = 60_000

/** Says what goes wrong for as long as it does: when it begins, when its reason changes, and once a minute. */
export class Complaint {
  readonly #say: (reason: string) => void
  #reason: string | undefined
  #saidAt = -Infinity

  constructor (say: (reason: string) => void) {
    this.#say = say
  }

  /** Something went wrong, again or for the first time. Only its message is said: an error's other fields may hold a password. */
  about ({ message, code }: Error & { code?: string }): void {
    const reason = message || code || 'unknown'
    const isNews = reason !== this.#reason || performance.now() - this.#saidAt >= REPEAT_MS
    if (!isNews) return
    this.#reason = reason
    this.#saidAt = performance.now()
    this.#say(reason)
  }

  /** It is over: what comes next begins anew. */
  over (): void {
    this.#reason = undefined
  }
}
