import type { Covered } from '../hub/recent/coverage.ts'

/** What a device says it has. */
export interface Ack extends Covered { userId: string, device: string, /** What of it no connection was sent. */ unsent?: number[] }

export interface AckWriterDeps {
  /** Commits what devices have; several acks share a commit. */
  write: (acks: Ack[]) => Promise<void>
  /** The shortest time between two writes of a device, milliseconds. */
  paceMs?: number
}

const PACE_MS = 5_000
/** The shortest time between two commits, unless there are more acks than one has: milliseconds. The second is for acks of which each device had one before. */
const COMMIT_MS = 25
const SHARED_MS = 250
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
  /** Whether the next commit has them. */
  isDue: boolean
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
  /** When the timer ends, by `performance.now()`. */
  #commitAt = Infinity
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
    if (isFirst || acks.size > MAX_INTERVALS || performance.now() >= device.from) this.#request(device, isFirst ? COMMIT_MS : SHARED_MS)
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS).unref()
    return answer.promise
  }

  /** Writes everything that waits; resolves when it is committed. */
  async flush (): Promise<void> {
    for (const device of this.#devices.values()) if (device.acks.size > 0) this.#request(device, SHARED_MS)
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
    if (!device) this.#devices.set(key, device = { from: -Infinity, acks: new Map(), answers: [], isDue: false })
    return device
  }

  /** Puts a device's acks into the next commit, which is so long after the one before. */
  #request (device: Device, pauseMs: number): void {
    if (!device.isDue) this.#due.push(device)
    device.isDue = true
    if (this.#due.length >= MAX_ACKS) return this.#commit()
    const now = performance.now()
    // At the end of the turn at the earliest, so that acks of one turn share a commit.
    const at = Math.max(now, this.#committedAt + pauseMs)
    if (at >= this.#commitAt) return
    clearTimeout(this.#timer)
    this.#commitAt = at
    this.#timer = setTimeout(() => this.#commit(), at - now)
  }

  #commit (): void {
    clearTimeout(this.#timer)
    this.#commitAt = Infinity
    const devices = this.#due
    this.#due = []
    if (devices.length === 0) return
    const now = performance.now()
    this.#committedAt = now
    const [acks, answers]: [Ack[], Answer[]] = [[], []]
    for (const device of devices) {
      for (const ack of device.acks.values()) acks.push(ack)
      for (const answer of device.answers) answers.push(answer)
      device.from = now + this.#paceMs
      device.acks.clear()
      device.answers.length = 0
      device.isDue = false
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
      if (device.acks.size > 0) this.#request(device, SHARED_MS)
      else if (device.answers.length === 0) this.#devices.delete(key)
    }
    if (this.#devices.size > 0) return
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
  }
}
