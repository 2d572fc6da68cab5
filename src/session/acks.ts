import type { Covered } from '../hub/recent/coverage.ts'

/** What a device says it has. */
export interface Ack extends Covered { userId: string, device: string }

export interface AckWriterDeps {
  /** Commits what devices have; several acks share a commit. */
  write: (acks: Ack[]) => Promise<void>
  /** The shortest time between two writes of a device, milliseconds. */
  paceMs?: number
}

const PACE_MS = 5_000
/** The shortest time between two commits, unless there are more acks than one has: milliseconds. */
const COMMIT_MS = 25
/** How often acks that waited are looked for, milliseconds. */
const SWEEP_MS = 500
/** The most acks in one commit, so that others need not wait long for it. */
const MAX_ACKS = 500
/** The most intervals of one device that wait; then they are written at once. */
const MAX_INTERVALS = 16

type Answer = PromiseWithResolvers<void>
interface Device {
  /** When its next ack may be written, by `performance.now()`. */
  from: number
  /** What is to be written, by where it begins. */
  acks: Map<number, Ack>
  answers: Answer[]
}

/**
 * Writes what devices acknowledge: the first ack of a connection at once, then at most one in five seconds a device. An ack
 * that waits is replaced by a later one, and both are answered after the write. Acks of many devices share commits.
 */
export class AckWriter {
  readonly #write: AckWriterDeps['write']
  readonly #paceMs: number
  readonly #devices = new Map<string, Device>()
  #due: Device[] = []
  #committedAt = -Infinity
  #timer: NodeJS.Timeout | undefined
  #sweeper: NodeJS.Timeout | undefined
  readonly #running = new Set<Promise<void>>()

  constructor ({ write, paceMs = PACE_MS }: AckWriterDeps) {
    this.#write = write
    this.#paceMs = paceMs
  }

  /** Resolves once the ack, or one that replaced it, is committed. `isFirst`: whether its connection had none before. */
  ack (ack: Ack, isFirst: boolean): Promise<void> {
    if (ack.low >= ack.high) return Promise.resolve()
    const device = this.#deviceOf(ack)
    const { acks, answers } = device
    const waiting = acks.get(ack.low)
    if (!waiting || waiting.high < ack.high) acks.set(ack.low, ack)
    const answer = Promise.withResolvers<void>()
    // Whether it is to be written now; one that is written already with others has left `#devices`' list of what waits.
    if (answers.push(answer) > 1 && !isFirst && acks.size <= MAX_INTERVALS) return answer.promise
    if (isFirst || acks.size > MAX_INTERVALS || performance.now() >= device.from) this.#request(device)
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS).unref()
    return answer.promise
  }

  /** Writes everything that waits; resolves when it is committed. */
  async flush (): Promise<void> {
    for (const device of this.#devices.values()) this.#request(device)
    this.#commit()
    await Promise.all(this.#running)
  }

  /** The same, for good. */
  async close (): Promise<void> {
    clearInterval(this.#sweeper)
    await this.flush()
  }

  #deviceOf ({ userId, device: name }: Ack): Device {
    // A device's name has no space.
    const key = `${name} ${userId}`
    let device = this.#devices.get(key)
    if (!device) this.#devices.set(key, device = { from: -Infinity, acks: new Map(), answers: [] })
    return device
  }

  /** Puts a device's acks into the next commit. */
  #request (device: Device): void {
    if (!this.#due.includes(device)) this.#due.push(device)
    if (this.#due.length >= MAX_ACKS) return this.#commit()
    const wait = this.#committedAt + COMMIT_MS - performance.now()
    // At the end of the turn, so that acks of one turn share a commit.
    this.#timer ??= setTimeout(() => this.#commit(), Math.max(0, wait))
  }

  #commit (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const devices = this.#due
    this.#due = []
    if (devices.length === 0) return
    const now = performance.now()
    this.#committedAt = now
    const acks = devices.flatMap(device => [...device.acks.values()])
    const answers = devices.flatMap(device => device.answers)
    for (const device of devices) {
      device.from = now + this.#paceMs
      device.acks = new Map()
      device.answers = []
    }
    const running = this.#write(acks).then(
      () => { for (const { resolve } of answers) resolve() },
      (error: unknown) => { for (const { reject } of answers) reject(error) }
    ).finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /** Writes the acks that have waited long enough, and forgets devices that have none. */
  #sweep (): void {
    const now = performance.now()
    for (const [key, device] of this.#devices) {
      if (device.from > now) continue
      if (device.acks.size > 0) this.#request(device)
      else if (device.answers.length === 0) this.#devices.delete(key)
    }
    if (this.#devices.size > 0) return
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
  }
}
