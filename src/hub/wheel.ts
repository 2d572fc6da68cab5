/**
 * Deadlines in whole seconds, one timer for all of them: ten thousand sockets with a heartbeat and a
 * token each cost a map entry, not a timer.
 */
export interface Deadline { readonly at: number }

/** Whose deadlines they are. An object and no function: of those there would be two for each socket. */
export interface Owner { due (deadline: Deadline): void }

interface Task extends Deadline { owner: Owner }

export class Wheel {
  readonly #slots = new Map<number, Set<Task>>()
  #now = 0
  #timer: NodeJS.Timeout | undefined

  /** Tells `owner` at the tick `seconds` from now, at least one. */
  after (seconds: number, owner: Owner): Deadline {
    const task: Task = { at: this.#now + Math.max(1, Math.ceil(seconds)), owner }
    const slot = this.#slots.get(task.at)
    if (slot) slot.add(task)
    else this.#slots.set(task.at, new Set([task]))
    return task
  }

  cancel (deadline: Deadline | undefined): void {
    if (!deadline) return
    const slot = this.#slots.get(deadline.at)
    slot?.delete(deadline as Task)
    if (slot?.size === 0) this.#slots.delete(deadline.at)
  }

  start (): void {
    this.#timer ??= setInterval(() => this.tick(), 1000).unref()
  }

  stop (): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#slots.clear()
  }

  /** One second passes: whose deadline is there is told. */
  tick (): void {
    this.#now += 1
    const due = this.#slots.get(this.#now)
    this.#slots.delete(this.#now)
    for (const task of due ?? []) task.owner.due(task)
  }
}
