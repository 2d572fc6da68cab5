import type { Answer } from '../seam.ts'
import { COUNT_PATH, countsIn, pageIn, pagePath, problemIn } from './requests.ts'
import { areCountsKnown } from './state/snapshot.ts'
import { backoff, type Store } from './store.ts'
import type { Request, View } from './state/state.ts'
import { bottomOf, entitiesOf, isOutdated, nextBefore } from './state/views.ts'

const PAGE = 50
/** The most that a page may have. */
const MOST = 200
/** While a first connection is being made, lists wait for it this long: fetched before it, they are fetched again. */
const PATIENCE = 1000
/** Counts that a frame did not say are asked for within this many milliseconds: many clients got the same frame. */
const SPREAD = 2000

/** Fetches pages and counts: whatever the state says it lacks. */
export class Loader {
  readonly #store: Store
  #lastRequest = 0
  /** How often a list, or the counts, were asked for in vain. */
  readonly #tries = new Map<string, number>()
  readonly #waiting = new Map<string, (() => void)[]>()

  constructor (store: Store) { this.#store = store }

  /** Asks for what is missing and not asked for yet. */
  work (): void {
    const { state, timers } = this.#store
    for (const [key, view] of state.views) {
      if (!isOutdated(state, view)) {
        this.#tries.delete(key)
        timers.stop(`page ${key}`)
      }
      const isOpen = state.requests.some(({ kind, view: of }) => kind === 'page' && of === key)
      if (isOpen) continue
      if (!isOutdated(state, view) || view.hasFailed) this.#release(key)
      if (view.isUsed && isOutdated(state, view)) this.#soon(`page ${key}`, this.#delay(key, view), () => this.#store.run(() => this.#fetch(key, 'page')))
    }
    this.#workCounts()
  }

  /** The connection is there, or gone: the next `work` tries at once what waited for it. */
  onConnection (): void {
    for (const key of this.#store.state.views.keys()) this.#store.timers.stop(`page ${key}`)
    this.#store.timers.stop('count')
    this.#tries.clear()
  }

  /** Fetches the next page of a list, or the first one; resolves when it is there or has failed. */
  async next (key: string): Promise<void> {
    const { state } = this.#store
    const view = state.views.get(key)
    if (!view) return
    const isOpen = state.requests.some(({ view: of }) => of === key)
    if (isOpen || isOutdated(state, view)) {
      const done = new Promise<void>(resolve => this.#waiting.set(key, [...this.#waiting.get(key) ?? [], resolve]))
      if (!isOpen && view.hasFailed) await this.#fetch(key, 'page')
      else this.work()
      return await done
    }
    if (bottomOf(state, view) > 0) await this.#fetch(key, 'next')
  }

  #release (key: string): void {
    const waiting = this.#waiting.get(key) ?? []
    this.#waiting.delete(key)
    for (const resolve of waiting) resolve()
  }

  /** How long a list waits before it is fetched; Infinity: for the connection. */
  #delay (key: string, { hasFailed }: View): number {
    const { state, core } = this.#store
    const tries = this.#tries.get(key) ?? 0
    if (hasFailed && core.connection !== 'connected') return Infinity
    if (tries === 0 && core.connection === 'connecting') return PATIENCE
    return Math.max(backoff(core, tries), core.clock.random() * state.spread)
  }

  #soon (name: string, delay: number, fn: () => void): void {
    if (delay === 0) fn()
    else if (delay !== Infinity) this.#store.timers.start(name, delay, fn)
  }

  async #fetch (key: string, kind: 'page' | 'next'): Promise<void> {
    const { state, timers } = this.#store
    timers.stop(`page ${key}`)
    const view = state.views.get(key)
    if (!view) return
    const limit = view.filter.limit ?? PAGE
    const before = kind === 'next' ? nextBefore(state, view) : undefined
    // As many as are shown, if a page can have them.
    const wanted = kind === 'next' ? limit : Math.min(MOST, Math.max(limit, entitiesOf(state, view).length))
    if (kind === 'page') this.#tries.set(key, (this.#tries.get(key) ?? 0) + 1)
    const place = kind === 'next' ? { before: bottomOf(state, view) } : {}
    await this.#ask({ kind, view: key, ...place }, pagePath(view.filter, wanted, before), `page ${key}`, pageIn)
    if (kind === 'next') this.#release(key)
  }

  /** Makes a request, and dispatches its answer. */
  async #ask (request: Omit<Request, 'id' | 'at' | 'generation' | 'time'>, path: string, name: string, read: (answer: Answer) => ReturnType<typeof pageIn | typeof countsIn>): Promise<void> {
    const store = this.#store
    const id = ++this.#lastRequest
    store.dispatch({ kind: 'ask', request: { id, ...request } })
    const answer = await store.call('GET', path).catch(() => undefined)
    const body = answer && read(answer)
    store.dispatch(body ? { kind: 'answer', request: id, body } : { kind: 'answer', request: id })
    if (!answer || body) return
    store.core.report(problemIn(answer))
    if (answer.retryAfter !== undefined) store.timers.start(name, answer.retryAfter, () => this.work())
  }

  /** Counts come with pages; where none is on its way, they are asked for. */
  #workCounts (): void {
    const { state, core, timers } = this.#store
    const isComing = [...state.views.values()].some(view => view.isUsed && isOutdated(state, view) && !view.hasFailed)
    if (areCountsKnown(state) || isComing || core.connection !== 'connected' || state.replay) {
      this.#tries.delete('count')
      return timers.stop('count')
    }
    if (state.requests.some(({ kind }) => kind !== 'next')) return
    const delay = Math.max(core.clock.random() * SPREAD, backoff(core, this.#tries.get('count') ?? 0), state.countAfter - this.#store.now())
    timers.start('count', delay, () => {
      this.#tries.set('count', (this.#tries.get('count') ?? 0) + 1)
      this.#store.run(() => this.#ask({ kind: 'count' }, COUNT_PATH, 'count', countsIn))
    })
  }
}
