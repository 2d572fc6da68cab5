import type { Answer, Core } from '../seam.ts'
import type { BelfryError } from '../errors.ts'
import type { Replica } from './model.ts'
import { backoff } from '../shared/backoff.ts'
import { createReplica } from './replica.ts'

/** Under load, listeners are told once in this many milliseconds: as often as a screen is drawn. */
const PERIOD = 16
/** A clock that differs less from the server's is taken to be right: the `Date` header has whole seconds. */
const TOLERANCE = 1500
const DELAYS = { minReconnectDelay: 500, maxReconnectDelay: 30_000 }
/** The longest time of a timer. */
const MOST = 0x7fffffff

/** What is done at some moment: undefined until it has to be. */
export interface Task { due?: number | undefined }

/** The replica with what it needs of the world: calls, the server's time, one timer, and who is told of changes. */
export interface Store {
  readonly core: Core
  readonly _replica: Replica
  /** Rises with every change. */
  _version: number
  readonly _listeners: Set<() => void>
  /** What is called after every change, and when the time has come that it asked for with `isDue`. */
  readonly _workers: (() => void)[]
  /** The server's time, in milliseconds. */
  now (): number
  /** Makes a call, and learns the server's time from its answer. Undefined: none came. */
  call (method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer | undefined>
  /** Something changed: works, and tells who listens. What comes together is worked on together. */
  _touch (): void
  /** Whether a task is due, which is `delay` milliseconds after it was first asked. Until then, the workers are called again. */
  _isDue (task: Task, delay: number): boolean
  /** How long to wait before the next of several tries, in milliseconds. */
  _delay (tries: number): number
  /** Ends the timer, until something happens. */
  stop (): void
}

export function createStore (core: Core): Store {
  const { clock } = core
  const listeners = new Set<() => void>()
  const workers: (() => void)[] = []
  /** How far the server's clock is ahead, in milliseconds. */
  let skew = 0
  /** When the workers are called again, without a change. */
  let next = Infinity
  let stop = () => {}
  let isScheduled = false
  let told = -Infinity
  let toldVersion = 0
  const now = () => clock.now() + skew
  const replica = createReplica(now)

  const touch = () => {
    store._version++
    if (isScheduled) return
    isScheduled = true
    const wait = told + PERIOD - clock.now()
    // A clock that was set back must not delay it.
    if (wait > 0 && wait <= PERIOD) clock.after(wait, work)
    else queueMicrotask(work)
  }

  const work = () => {
    isScheduled = false
    stop()
    // Without listeners, and after the end, nothing keeps a process alive until something expires.
    next = listeners.size > 0 && core.connection !== 'disconnected' && replica._isTimed ? replica._nextExpiry : Infinity
    for (const worker of workers) worker()
    if (next < Infinity) stop = clock.after(Math.min(MOST, Math.max(0, next - now())), touch)
    if (toldVersion === store._version) return
    toldVersion = store._version
    told = clock.now()
    for (const listener of listeners) {
      try {
        listener()
      } catch (error) {
        // A listener of the page's own must not stop the others.
        core.report({ code: 'listener', reason: String(error) })
      }
    }
  }

  const store: Store = {
    core,
    _replica: replica,
    _version: 0,
    _listeners: listeners,
    _workers: workers,
    now,
    _touch: touch,
    stop: () => stop(),
    async call (method, path, body) {
      const answer = await core.call(method, `/api/notifications/${path}`, body).catch(({ code, message }: BelfryError) => {
        // Where no answer comes, the connection tells it.
        if (code === 'not_belfry') core.report({ code, reason: message })
        return undefined
      })
      if (answer?.date) {
        skew = answer.date + 500 - clock.now()
        if (Math.abs(skew) < TOLERANCE) skew = 0
      }
      if (answer && !replica._isTimed) {
        // What expires may be in the counts or not: their moment was of a clock that may be wrong.
        if (replica._nextExpiry < Infinity) replica._counts._doubt()
        replica._isTimed = true
      }
      return answer
    },
    _isDue (task, delay) {
      const due = task.due ??= now() + delay
      if (due > now()) next = Math.min(next, due)
      else task.due = undefined
      return !task.due
    },
    _delay: tries => tries && backoff(DELAYS, clock.random(), tries)
  }
  return store
}
