/**
 * Deadlines in whole seconds, one timer for all of them: ten thousand sockets with a heartbeat and a
 * token each cost a map entry, not a timer.
 */
export interface Deadline { readonly at: number }

interface Task extends Deadline { run: () => void }

export class Wheel {
  readonly #slots = new Map<number, Set<Task>>()
  #now = 0
  #timer: NodeJS.Timeout | undefined

  /** Runs `run` at the tick `seconds` from now, at least one. */
  after (seconds: number, run: () => void): Deadline {
    const task: Task = { at: this.#now + Math.max(1, Math.ceil(seconds)), run }
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

  /** One second passes: everything that is due runs. */
  tick (): void {
    this.#now += 1
    const due = this.#slots.get(this.#now)
    this.#slots.delete(this.#now)
    for (const { run } of due ?? []) run()
  }
}
