import type { Bus } from '../bus/bus.ts'

/** How long another node may take to say that the device is there, and then to write, milliseconds. */
const FOUND_MS = 300
const WRITTEN_MS = 8_000
/** The most questions that wait at once; further ones are not asked. */
const MAX_WAITING = 1_000

export interface RelayDeps {
  bus: Pick<Bus, 'isUp' | 'tell' | 'onTold'>
  /** This node, among all. */
  node: string
  /** Notes what a device got at this node; undefined if it has no such connection here. */
  answer: (userId: string, device: string, cursor: string) => Promise<void> | undefined
}

interface Question { ack: string, from: string, user: string, device: string, cursor: string }
interface Answer { acked: string, to: string, state: 'found' | 'written' | 'failed' }

/** `unknown`: the other nodes could not be asked, or the one that has the device could not write it. */
export type Outcome = 'written' | 'absent' | 'unknown'
interface Waiting { settle: (outcome: Outcome) => void, timer: NodeJS.Timeout }

/** Asks the other nodes to note what a device got, for a request that came to a node where the device has no connection. */
export class AckRelay {
  readonly #deps: RelayDeps
  readonly #waiting = new Map<string, Waiting>()
  #count = 0

  constructor (deps: RelayDeps) {
    this.#deps = deps
    deps.bus.onTold(text => this.#told(text))
  }

  /** What another node has made of it. */
  async ask (userId: string, device: string, cursor: string): Promise<Outcome> {
    const { bus, node } = this.#deps
    if (!bus.isUp || this.#waiting.size >= MAX_WAITING) return 'unknown'
    const id = `${node} ${++this.#count}`
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const settle = (outcome: Outcome) => {
      clearTimeout(this.#waiting.get(id)?.timer)
      this.#waiting.delete(id)
      resolve(outcome)
    }
    this.#waiting.set(id, { settle, timer: setTimeout(() => settle('absent'), FOUND_MS) })
    bus.tell(JSON.stringify({ ack: id, from: node, user: userId, device, cursor } satisfies Question))
    return await promise
  }

  close (): void {
    for (const { settle } of this.#waiting.values()) settle('unknown')
  }

  #told (text: string): void {
    // What nodes tell each other of other things is no concern of this.
    if (!text.startsWith('{"ack')) return
    let told: Partial<Question> & Partial<Answer>
    try {
      told = JSON.parse(text) as Partial<Question> & Partial<Answer>
    } catch {
      return
    }
    if (isQuestion(told)) this.#note(told)
    else if (told.to === this.#deps.node && typeof told.acked === 'string') this.#hear(told.acked, told.state)
  }

  #note ({ ack, from, user, device, cursor }: Question): void {
    const { bus, answer } = this.#deps
    const say = (state: Answer['state']) => bus.tell(JSON.stringify({ acked: ack, to: from, state } satisfies Answer))
    try {
      const noted = answer(user, device, cursor)
      if (!noted) return
      say('found')
      noted.then(() => say('written'), () => say('failed'))
    } catch {
      // A cursor of another log, which the asking node has refused.
    }
  }

  #hear (id: string, state: Answer['state'] | undefined): void {
    const waiting = this.#waiting.get(id)
    if (!waiting) return
    if (state !== 'found') return waiting.settle(state === 'written' ? 'written' : 'unknown')
    clearTimeout(waiting.timer)
    waiting.timer = setTimeout(() => waiting.settle('unknown'), WRITTEN_MS)
  }
}

function isQuestion (told: Partial<Question>): told is Question {
  const { ack, from, user, device, cursor } = told
  return [ack, from, user, device, cursor].every(part => typeof part === 'string')
}
