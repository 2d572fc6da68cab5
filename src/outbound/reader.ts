import { setTimeout as pause } from 'node:timers/promises'
import type { AgeLimit } from '../log/age-limit.ts'
import { DueWork, type DueWorkDeps } from '../log/due-work.ts'
import type { NewCall, Place, ReaderState } from '../store/contract/readers.ts'
import { Ages } from './ages.ts'
import { Lease, type LeaseDeps } from './lease.ts'
import { oldPart, placeAfter, toCall } from './outcome.ts'
import { untilNext } from './turn.ts'
import type { Attempt, Done, Item, Page, Work } from './work.ts'

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
  /** How much is attempted in one step at the most. A step is written down as a whole: what a killed node had done of it is done again. */
  pageSize?: number
  /** Called for each attempt that has ended. */
  onAttempt?: (attempt: Attempt, call: NewCall) => void
  /** Called when retention removed events that were not read yet. */
  onMissed?: (missed: number) => void
}

export const AT_ONCE = 8
/** The pause after a step that did all there was, milliseconds. */
const PACE_MS = 100
/** The moments at which what was done is written down, milliseconds from one to the next: what several readers did then shares a commit, which holds up those who send. */
const COMMIT_EACH_MS = 25
/** The pause after a step in which nothing was for it: while others' events come all the time, it looks at them together. */
const IDLE_PACE_MS = 500
export const MAX_PENDING = 500
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
  readonly #pageSize: number
  readonly #ages: Ages
  readonly #stopping = new AbortController()
  /** Ends the attempts that are under way. */
  readonly #aborted = new AbortController()
  /** When the oldest event came that it has not read, by `performance.now()`; undefined if it has read them all. */
  #oldestAt: number | undefined
  /** How much the last step had to do. */
  #did = 0

  constructor (deps: ReaderDeps) {
    const lease = new Lease(deps)
    super(deps, lease.ms / 3)
    this.deps = deps
    this.#lease = lease
    this.#atOnce = deps.isOrdered ? 1 : deps.atOnce ?? AT_ONCE
    this.#maxPending = deps.isOrdered ? 1 : deps.maxPending ?? MAX_PENDING
    this.#pageSize = deps.pageSize ?? PAGE
    this.#ages = new Ages(deps.behindMs ?? 0)
  }

  /** What follows a place, about `limit`; undefined if retention removed some of it. Of its items, those count that are `old` enough. */
  protected abstract read (after: Place, limit: number, old: AgeLimit): Promise<Page<I> | undefined>

  /** Makes the `n`-th attempt (from 1) to do what an event asks. Must not throw, but once `signal` is aborted. */
  protected abstract attempt (item: I, n: number, signal: AbortSignal): Promise<Attempt>

  /** Whether there is room to attempt one more now: if not, it is left for later, and all behind it. */
  protected hasRoom (_item: I): boolean {
    return true
  }

  /** What is to be tried again now. */
  protected async due (limit: number): Promise<Work<I>[]> {
    return (await this.deps.store.dueCalls(this.deps.name, limit)).map(({ item, n }) => ({ item: JSON.parse(item) as I, n }))
  }

  /** Where it is; undefined if nobody has ever run it. */
  protected async state (): Promise<ReaderState | undefined> {
    return await this.deps.store.reader(this.deps.name)
  }

  /** What to write down of an item that is to be tried again. */
  protected describe (item: I): string {
    return JSON.stringify(item)
  }

  /** Moves the place, and writes down what came of what was attempted: false if the lease is another node's. */
  protected async move (token: number, place: Place, done: Done<I>[], missed: number): Promise<boolean> {
    return await this.deps.store.moveReader(this.deps.name, token, { ...place, calls: done.map(({ call }) => call), missed })
  }

  /** How long a stop waits for what is under way, milliseconds. */
  protected get graceMs (): number { return this.deps.graceMs ?? GRACE_MS }

  /** Whether this node runs it. */
  get isHolder (): boolean {
    return this.#lease.token !== undefined
  }

  /** By which it moves the place; undefined at a node that does not run it. */
  protected get token (): number | undefined {
    return this.#lease.token
  }

  /** The store's time, milliseconds since 1970. */
  protected get now (): number {
    return this.#ages.now
  }

  /** How old the oldest event is that it has not read, milliseconds; 0 at a node that does not run it. It grows while nothing is read, whatever it is that does not end. */
  get lagMs (): number {
    return this.isHolder && this.#oldestAt !== undefined ? performance.now() - this.#oldestAt : 0
  }

  /** There may be new events, up to `head`. A node that does not run it remembers only since when they are there. */
  wake (head?: number): void {
    if (head !== undefined) this.#ages.saw(head)
    if (!this.isHolder) return
    this.#oldestAt ??= performance.now()
    this.wakeWithin(this.deps.behindMs ?? 0)
  }

  /** Begins nothing more. What is under way has some seconds to end; what does not is done again, by whoever runs it next. */
  override async stop (graceMs = this.graceMs): Promise<void> {
    this.#stopping.abort()
    const timer = setTimeout(() => this.#aborted.abort(), graceMs)
    await super.stop()
    clearTimeout(timer)
    this.#lease.drop()
  }

  /** Writes down what is under way, and then what was answered until `ended` resolves. Nothing may begin meanwhile: steps are taken that find nothing else. */
  protected async lastSteps (ended: () => Promise<void>): Promise<void> {
    if (!this.isHolder) return
    await this.run().catch(() => {})
    await ended()
    await this.run().catch(() => {})
  }

  /** After a page that was not full: what comes one after the other then shares steps; and all readers go on at the same moments, so that they share commits. */
  protected override pauseAfter (): number {
    const pace = this.#did >= this.#pageSize ? 0 : this.deps.paceMs ?? (this.#did === 0 ? IDLE_PACE_MS : PACE_MS)
    return untilNext(pace)
  }

  protected async dueIn (): Promise<number | null> {
    const state = await this.#look()
    this.#oldestAt = state && state.lagMs !== null ? performance.now() - this.#ages.lagOf(state) : undefined
    if (!state) return 0
    // One that this node had until now, it need not wait for.
    if (!this.isHolder) return this.deps.isAlone || state.owner === this.deps.owner ? 0 : state.leaseMs
    const next = Math.min(state.dueIn ?? Infinity, this.#newIn(state))
    return next === Infinity ? null : next
  }

  async #look (): Promise<ReaderState | undefined> {
    return await this.#lease.look(async () => {
      const state = await this.state()
      if (state) this.#ages.look(state)
      return state
    })
  }

  /** In how many milliseconds there are events to read. */
  #newIn (state: ReaderState): number {
    if (state.lagMs === null || state.pending >= this.#maxPending) return Infinity
    return Math.max(0, (this.deps.behindMs ?? 0) - this.#ages.lagOf(state))
  }

  protected async step (): Promise<boolean> {
    const token = await this.#lease.take()
    const state = token === undefined ? undefined : await this.#look()
    if (token === undefined || !state || !this.#lease.isValid) return false
    const hasNew = this.#newIn(state) === 0
    // However much is to be tried again: half of the room is for what is new.
    const most = hasNew ? Math.ceil(this.#pageSize / 2) : this.#pageSize
    const due = await this.due(most)
    const room = this.#pageSize - due.length
    const page = room > 0 && hasNew ? await this.#readFrom(state, room) : undefined
    this.#did = 0
    if (page === undefined && due.length === 0) return false
    const { items = [], upTo = state, missed = 0 } = page ?? {}
    this.#did = due.length >= most ? this.#pageSize : due.length + items.length
    const works = [...due, ...items.map(item => ({ item, n: 0 }))]
    const results = await this.#lease.whileHeld(this.#aborted.signal, signal => this.#work(works, signal))
    const place = placeAfter(state, items, results.slice(due.length), upTo)
    const done = results.filter(result => result !== undefined)
    if (missed === 0 && done.length === 0 && place.seq === state.seq && place.inner === state.inner) return false
    if (done.length > 0 && this.#did < this.#pageSize) await pause(untilNext(Math.min(COMMIT_EACH_MS, this.deps.paceMs ?? PACE_MS)))
    if (!await this.move(token, place, done, missed)) {
      this.#lease.drop()
      return false
    }
    if (missed > 0) this.deps.onMissed?.(missed)
    return !this.#stopping.signal.aborted && ((await this.dueIn()) === 0)
  }

  /** The next page, as far as it is old enough; where retention was faster, what follows what it removed. */
  async #readFrom (after: Place, limit: number): Promise<Page<I> & { missed: number }> {
    const old = this.#ages.limit
    const page = await this.read(after, limit, old)
    if (page) return { ...oldPart(page, old), missed: 0 }
    const { floor } = (await this.state())!
    return { items: [], upTo: floor, missed: floor - after.seq }
  }

  /** Attempts each, several at once; of each what to write down, undefined for what was not attempted to its end. */
  async #work (works: Work<I>[], signal: AbortSignal): Promise<(Done<I> | undefined)[]> {
    const results: (Done<I> | undefined)[] = works.map(() => undefined)
    let next = 0
    let isBlocked = false
    const worker = async (): Promise<void> => {
      while (next < works.length && !signal.aborted && !this.#stopping.signal.aborted && !isBlocked && this.#lease.isValid && this.hasRoom(works[next]!.item)) {
        const index = next++
        const { item, n: before } = works[index]!
        const n = before + 1
        const attempt = await this.attempt(item, n, signal).catch((error: unknown): Attempt | undefined => {
          if (signal.aborted) return undefined
          throw error
        })
        if (!attempt) continue
        const call = toCall({ seq: item.seq, n, status: attempt.status, item: this.describe(item) }, attempt)
        results[index] = { item, call, attempt }
        isBlocked = this.deps.isOrdered === true && call.state === 'pending'
        if (attempt.isDone || !attempt.isOut) this.deps.onAttempt?.(attempt, call)
      }
    }
    await Promise.all(Array.from({ length: Math.min(this.#atOnce, works.length) }, worker))
    return results
  }
}
