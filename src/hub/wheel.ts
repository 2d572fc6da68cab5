/**
 * Deadlines in whole seconds, with one timer for all of them: a heartbeat and a token's expiry cost each
 * socket a map entry, not a timer. There are two clocks:
 *
 * - `after` counts the time that this process was awake. The time of a suspended machine, a stopped
 *   process or a blocked event loop does not count against peers: their bytes could not be read either.
 * - `at` reads the wall clock at each tick: a token expires at its `exp`, also if the clock was changed.
 */
export interface Deadline { readonly at: number }

/** Called at its deadlines. An object, because a function for each deadline would be two per socket. */
export interface Owner { due (deadline: Deadline): void }

/** Milliseconds; `monotonic` since some start, `wall` since 1970. */
export interface Clock { monotonic: () => number, wall: () => number }

const SYSTEM: Clock = { monotonic: () => performance.now(), wall: () => Date.now() }
const TICK_MS = 1_000
/** If more time passes between two ticks, the process was not awake for the rest of it. */
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

  /** Calls `owner.due` at the first tick after at least `seconds`. */
  after (seconds: number, owner: Owner): Deadline {
    return this.#awakeSlots.add((this.#awakeNow() + seconds * 1000) / 1000, owner)
  }

  /** Calls `owner.due` at the first tick at which the wall clock shows `second` (since 1970) or later. */
  at (second: number, owner: Owner): Deadline {
    return this.#wallSlots.add(second, owner)
  }

  cancel (deadline: Deadline | undefined): void {
    (deadline as Task | undefined)?.slots.remove(deadline as Task)
  }

  start (): void {
    // Ticks at the beginning of the wall clock's seconds, so that tokens expire on time.
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

  /** Reads both clocks and calls the owners of all deadlines that have come. */
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

  /** A deadline in the past is due at the next tick. */
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
      // The slot stays in the map meanwhile, because a task may cancel another one of it.
      for (const task of this.#slots.get(at) ?? []) task.owner.due(task)
      this.#slots.delete(at)
    }
  }

  /** The seconds with `from < second ≤ to` that have tasks, in order. The clock may jump by years, or back. */
  #between (from: number, to: number): number[] {
    if (to === from + 1) return this.#slots.has(to) ? [to] : []
    return [...this.#slots.keys()].filter(second => second <= to).sort((a, b) => a - b)
  }
}
