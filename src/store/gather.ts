/**
 * Batches questions that arrive within a short time, for a store that answers many at little more than
 * the cost of one. The first after a pause is asked at once, alone; those that follow within `paceMs`
 * wait until there are `max` of them or the time is over.
 */
export interface GatherOptions<Q, A> {
  /** Resolves with as many answers as questions, in the same order. */
  ask: (questions: Q[]) => Promise<A[]>
  /** The most questions in one batch. */
  max: number
  /** The shortest time between two batches that are not full, in milliseconds. */
  paceMs: number
  /** A clock in milliseconds. */
  now?: () => number
}

interface Waiting<Q, A> { question: Q, resolve: (answer: A) => void, reject: (error: unknown) => void }

export class Gather<Q, A> {
  readonly #options: Required<GatherOptions<Q, A>>
  #waiting: Waiting<Q, A>[] = []
  #timer: NodeJS.Timeout | undefined
  #askedAt = -Infinity

  constructor (options: GatherOptions<Q, A>) {
    this.#options = { now: () => performance.now(), ...options }
  }

  /** Resolves with the question's answer; rejects if its batch fails. */
  get (question: Q): Promise<A> {
    const { max, paceMs, now } = this.#options
    const { promise, resolve, reject } = Promise.withResolvers<A>()
    this.#waiting.push({ question, resolve, reject })
    if (this.#waiting.length >= max || (!this.#timer && now() - this.#askedAt >= paceMs)) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), paceMs)
    return promise
  }

  /** Asks all waiting questions now. */
  flush (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#waiting.length === 0) return
    this.#askedAt = this.#options.now()
    const waiting = this.#waiting
    this.#waiting = []
    this.#options.ask(waiting.map(({ question }) => question)).then(
      answers => waiting.forEach(({ resolve }, index) => resolve(answers[index]!)),
      (error: unknown) => waiting.forEach(({ reject }) => reject(error))
    )
  }
}
