/**
 * Deadlines in whole seconds, one timer for all of them: ten thousand sockets with a heartbeat and a
 * token each cost a map entry, not a timer. Two clocks:
 *
 * - `after`: time this process was awake. What it slept through (a suspended machine, a stopped
 *   process, a blocked event loop) counts against no peer, whose bytes could not be read either.
 * - `at`: the wall clock, looked at with each tick, for a token's `exp` must hold however the clock got there.
 */
export interface Deadline { readonly at: number }

/** Whose deadlines they are. An object and no function: of those there would be two for each socket. */
export interface Owner { due (deadline: Deadline): void }

/** Milliseconds; `monotonic` since some start, `wall` since 1970. */
export interface Clock { monotonic: () => number, wall: () => number }

const SYSTEM: Clock = { monotonic: () => performance.now(), wall: () => Date.now() }
const TICK_MS = 1_000
/** More than this between two ticks was no time in which peers were heard. */
const MAX_AWAKE_MS = 2_000

export class Wheel {
  readonly #clock: Clock
  readonly #awakeSlots = new Slots(0)
  readonly #wallSlots: Slots
  #awakeMs = 0
  #tickedAt: number
  #timer: NodeJS.Timeout | undefined

  constructor (clock = SYSTEM) {
    this.#clock = clock
    this.#tickedAt = clock.monotonic()
    this.#wallSlots = new Slots(this.wallSeconds)
  }

  /** Whole seconds since 1970. */
  get wallSeconds (): number {
    return Math.floor(this.#clock.wall() / 1000)
  }

  /** Tells `owner` with a tick when `seconds` have passed, at least. */
  after (seconds: number, owner: Owner): Deadline {
    return this.#awakeSlots.add((this.#awakeNow() + seconds * 1000) / 1000, owner)
  }

  /** Tells `owner` with the first tick at which the wall clock shows `second` (since 1970) or later. */
  at (second: number, owner: Owner): Deadline {
    return this.#wallSlots.add(second, owner)
  }

  cancel (deadline: Deadline | undefined): void {
    (deadline as Task | undefined)?.slots.remove(deadline as Task)
  }

  start (): void {
    // With the wall clock's seconds, so that what ends at one ends then.
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.start()
      this.tick()
    }, TICK_MS - this.#clock.wall() % TICK_MS).unref()
  }

  stop (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#awakeSlots.clear()
    this.#wallSlots.clear()
  }

  /** Looks at both clocks: whose deadline is there is told. */
  tick (): void {
    this.#awakeMs = this.#awakeNow()
    this.#tickedAt = this.#clock.monotonic()
    this.#awakeSlots.advance(Math.floor(this.#awakeMs / 1000))
    this.#wallSlots.advance(this.wallSeconds)
  }

  #awakeNow (): number {
    return this.#awakeMs + Math.min(this.#clock.monotonic() - this.#tickedAt, MAX_AWAKE_MS)
  }
}

interface Task extends Deadline { owner: Owner, slots: Slots }

/** Tasks by the second they are due at, on one clock. */
class Slots {
  readonly #slots = new Map<number, Set<Task>>()
  #second: number

  constructor (second: number) {
    this.#second = second
  }

  /** What lies in the past is due with the next tick. */
  add (second: number, owner: Owner): Deadline {
    const task: Task = { at: Math.max(this.#second + 1, Math.ceil(second)), owner, slots: this }
    const slot = this.#slots.get(task.at)
    if (slot) slot.add(task)
    else this.#slots.set(task.at, new Set([task]))
    return task
  }

  remove (task: Task): void {
    const slot = this.#slots.get(task.at)
    slot?.delete(task)
    if (slot?.size === 0) this.#slots.delete(task.at)
  }

  clear (): void {
    this.#slots.clear()
  }

  advance (second: number): void {
    const from = this.#second
    this.#second = second
    for (const at of this.#between(from, second)) {
      // One of them may cancel another: it stays here until it is told.
      for (const task of this.#slots.get(at) ?? []) task.owner.due(task)
      this.#slots.delete(at)
    }
  }

  /** Seconds with `from < second ≤ to` that have tasks, in order; a clock may leap by years, or go back. */
  #between (from: number, to: number): number[] {
    if (to === from + 1) return this.#slots.has(to) ? [to] : []
    return [...this.#slots.keys()].filter(second => second <= to).sort((a, b) => a - b)
  }
}
