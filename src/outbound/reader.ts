import { DueWork, type DueWorkDeps } from '../log/due-work.ts'
import type { CallRecord, NewCall, ReaderState } from '../store/contract/readers.ts'
import { Lease, type LeaseDeps } from './lease.ts'
import { nextAttempt } from './retries.ts'

/** An event that asks something of a reader. It is written down as JSON if it is not done at once. */
export interface Item { seq: number, /** Milliseconds since 1970. */ at: number }

/** A page of the log. */
export interface Page<I> {
  items: I[]
  /** Up to here there is no other item: where the next page begins. */
  upTo: number
}

/** What came of one attempt. `status`: of the HTTP answer, null if there was none. */
export type Attempt =
  | { isDone: true, status: number | null }
  | { isDone: false, status: number | null, error: string, /** When to try again at the earliest, milliseconds from now. */ retryAfterMs?: number | undefined, /** Whether trying again is of no use. */ isFinal?: boolean }

export interface ReaderDeps extends DueWorkDeps, LeaseDeps {
  /** How far it stays behind the head, milliseconds: for what has to wait for what happens meanwhile. */
  behindMs?: number
  /** Whether one event is done after the other, and one that fails holds up those behind it. */
  isOrdered?: boolean
  /** How long a stop waits for what is under way, milliseconds. */
  graceMs?: number
  /** How long to pause after a step that did all there was, milliseconds. */
  paceMs?: number
  /** How many events are attempted at once; 1 if it is ordered. */
  atOnce?: number
  /** How many calls may be pending; with more, the place stays where it is. */
  maxPending?: number
  /** Called for each attempt. */
  onAttempt?: (attempt: Attempt, call: NewCall) => void
  /** Called when retention removed events that were not read yet. */
  onMissed?: (missed: number) => void
}

const AT_ONCE = 8
/** The pause after a step that did all there was, milliseconds. */
const PACE_MS = 100
const MAX_PENDING = 500
/** The most events of one step. A step is written down as a whole: what a killed node had done of it is done again. */
const PAGE = 64
/** How long a shutdown waits for what is under way, milliseconds. */
const GRACE_MS = 5_000

/**
 * Follows the log from a place in the store, and does what each event asks. At least once: the place moves after the work. One node
 * at a time runs it, the one with the lease; it moves the place with the lease's token, so that one that was paused for too long moves nothing.
 * What fails gets a row of its own, and is tried again alone; the place goes on.
 *
 *     log      1 ── 2 ── 3 ── 4 ── 5 ── 6
 *     place                   └ 4: 1, 2, 4 are done
 *     calls              └ 3: pending, attempt 2 in 5 minutes
 */
export abstract class Reader<I extends Item> extends DueWork {
  protected readonly deps: ReaderDeps
  readonly #lease: Lease
  readonly #atOnce: number
  readonly #maxPending: number
  readonly #stopping = new AbortController()
  /** Ends the attempts that are under way. */
  readonly #aborted = new AbortController()
  #lagMs = 0
  /** Whether the last step had as much to do as it could take. */
  #isFull = false

  constructor (deps: ReaderDeps) {
    const lease = new Lease(deps)
    super(deps, lease.ms / 3)
    this.deps = deps
    this.#lease = lease
    this.#atOnce = deps.isOrdered ? 1 : deps.atOnce ?? AT_ONCE
    this.#maxPending = deps.isOrdered ? 1 : deps.maxPending ?? MAX_PENDING
  }

  /** The next events after a place, `limit` at most; undefined if retention removed some of them. */
  protected abstract read (after: number, limit: number): Promise<Page<I> | undefined>

  /** Makes the `n`-th attempt (from 1) to do what an event asks. Must not throw, but once `signal` is aborted. */
  protected abstract attempt (item: I, n: number, signal: AbortSignal): Promise<Attempt>

  /** Moves the place: false if the lease is another node's. */
  protected async move (token: number, seq: number, calls: NewCall[], missed: number): Promise<boolean> {
    return await this.deps.store.moveReader(this.deps.name, token, { seq, calls, missed })
  }

  /** Whether this node runs it. */
  get isHolder (): boolean {
    return this.#lease.token !== undefined
  }

  /** How old the oldest event is that it has not read, milliseconds; 0 at a node that does not run it. */
  get lagMs (): number {
    return this.isHolder ? this.#lagMs : 0
  }

  /** There may be new events. A node that does not run it has nothing to do with them. */
  wake (): void {
    if (this.isHolder) this.wakeWithin(this.deps.behindMs ?? 0)
  }

  /** Begins nothing more. What is under way has some seconds to end; what does not is done again, by whoever runs it next. */
  override async stop (): Promise<void> {
    this.#stopping.abort()
    const timer = setTimeout(() => this.#aborted.abort(), this.deps.graceMs ?? GRACE_MS)
    await super.stop()
    clearTimeout(timer)
    this.#lease.drop()
  }

  /** After a page that was not full: what comes one after the other then shares steps. */
  protected override pauseAfter (): number {
    return this.#isFull ? 0 : this.deps.paceMs ?? PACE_MS
  }

  protected async dueIn (): Promise<number | null> {
    const state = await this.deps.store.reader(this.deps.name)
    this.#lagMs = state?.lagMs ?? 0
    if (!state) return 0
    await this.#lease.follow(state)
    if (!this.isHolder) return this.deps.isAlone ? 0 : state.leaseMs
    const next = Math.min(state.dueIn ?? Infinity, this.#newIn(state))
    return next === Infinity ? null : next
  }

  /** In how many milliseconds there are events to read. */
  #newIn ({ pending, lagMs }: ReaderState): number {
    if (lagMs === null || pending >= this.#maxPending) return Infinity
    return Math.max(0, (this.deps.behindMs ?? 0) - lagMs)
  }

  protected async step (): Promise<boolean> {
    const { store, name } = this.deps
    const token = await this.#lease.take()
    const state = token === undefined ? undefined : await store.reader(name)
    if (token === undefined || !state) return false
    await this.#lease.follow(state)
    if (!this.#lease.isValid) return false
    const due = await store.dueCalls(name, PAGE)
    const room = PAGE - due.length
    const page = room > 0 && this.#newIn(state) === 0 ? await this.#readFrom(state.seq, room) : undefined
    this.#isFull = false
    if (page === undefined && due.length === 0) return false
    const { items = [], upTo = state.seq, missed = 0 } = page ?? {}
    this.#isFull = due.length + items.length >= PAGE
    const works = [...due.map(call => ({ item: JSON.parse(call.item) as I, before: call })), ...items.map(item => ({ item, before: undefined }))]
    const results = await this.#lease.whileHeld(this.#aborted.signal, signal => this.#work(works, signal))
    const seq = placeAfter(state.seq, items.map(({ seq }) => seq), results.slice(due.length), upTo)
    if (missed === 0 && seq === state.seq && results.every(result => result === undefined)) return false
    const calls = results.filter(result => result !== undefined)
    if (!await this.move(token, seq, calls, missed)) {
      this.#lease.drop()
      return false
    }
    if (missed > 0) this.deps.onMissed?.(missed)
    return !this.#stopping.signal.aborted && ((await this.dueIn()) === 0)
  }

  /** The next page; where retention was faster, what follows what it removed. */
  async #readFrom (after: number, limit: number): Promise<Page<I> & { missed: number }> {
    const page = await this.read(after, limit)
    if (page) return { ...this.#oldEnough(page), missed: 0 }
    const { floor } = (await this.deps.store.reader(this.deps.name))!
    return { items: [], upTo: floor, missed: floor - after }
  }

  /** The part of a page that is far enough behind. */
  #oldEnough ({ items, upTo }: Page<I>): Page<I> {
    const { behindMs = 0 } = this.deps
    if (behindMs === 0) return { items, upTo }
    const end = items.findIndex(({ at }) => at > Date.now() - behindMs)
    return end === -1 ? { items, upTo } : { items: items.slice(0, end), upTo: items[end]!.seq - 1 }
  }

  /** Attempts each, several at once; of each what to write down, undefined for what was not attempted to its end. */
  async #work (works: { item: I, before: CallRecord | undefined }[], signal: AbortSignal): Promise<(NewCall | undefined)[]> {
    const results: (NewCall | undefined)[] = works.map(() => undefined)
    let next = 0
    let isBlocked = false
    const worker = async (): Promise<void> => {
      while (next < works.length && !signal.aborted && !this.#stopping.signal.aborted && !isBlocked && this.#lease.isValid) {
        const index = next++
        const { item, before } = works[index]!
        const n = (before?.n ?? 0) + 1
        const attempt = await this.attempt(item, n, signal).catch((error: unknown): Attempt | undefined => {
          if (signal.aborted) return undefined
          throw error
        })
        if (!attempt) continue
        const call = toCall(item, n, attempt)
        results[index] = call
        isBlocked = this.deps.isOrdered === true && call.state === 'pending'
        this.deps.onAttempt?.(attempt, call)
      }
    }
    await Promise.all(Array.from({ length: Math.min(this.#atOnce, works.length) }, worker))
    return results
  }
}

function toCall (item: Item, n: number, attempt: Attempt): NewCall {
  const call = { seq: item.seq, n, status: attempt.status, item: JSON.stringify(item) }
  if (attempt.isDone) return { ...call, state: 'delivered', error: null, nextIn: null }
  const nextIn = attempt.isFinal ? undefined : nextAttempt(n, attempt.retryAfterMs)
  return { ...call, state: nextIn === undefined ? 'failed' : 'pending', error: attempt.error, nextIn: nextIn ?? null }
}

/** How far the place may go: to before the first event that was not attempted. */
function placeAfter (before: number, seqs: number[], results: (NewCall | undefined)[], upTo: number): number {
  const first = results.findIndex(result => result === undefined)
  if (first === -1) return Math.max(before, upTo)
  return first === 0 ? before : seqs[first - 1]!
}
