import type { ReaderStart } from '../store/contract/readers.ts'
import type { Store } from '../store/store.ts'
import { follow } from './follow.ts'

export interface LeaseDeps {
  /** Names the place: the same on every node. */
  name: string
  store: Pick<Store, 'reader' | 'takeReader' | 'renewReaders' | 'moveReader' | 'dueCalls'>
  /** Names this run of this node: another one after a restart. */
  owner: string
  /** Whether the store has no other node: then its last owner is gone, whatever the lease says. */
  isAlone: boolean
  start: ReaderStart
  /** For how long a lease holds, milliseconds: how long another node waits for one that was killed. */
  leaseMs?: number
}

const LEASE_MS = 10_000

/** Which of the nodes runs a reader: as long as this one has the lease, it is this one. */
export class Lease {
  readonly ms: number
  readonly #deps: LeaseDeps
  #token: number | undefined
  /** Until when it holds at least, by `performance.now()`. */
  #until = -Infinity

  constructor (deps: LeaseDeps) {
    this.#deps = deps
    this.ms = deps.leaseMs ?? LEASE_MS
  }

  /** With what the place is moved; undefined at a node that does not have it. */
  get token (): number | undefined {
    return this.#token
  }

  /** Whether it holds still, for all that this node knows: a process that was paused begins nothing with one that ended meanwhile. */
  get isValid (): boolean {
    return this.#token !== undefined && (this.#deps.isAlone || performance.now() < this.#until)
  }

  drop (): void {
    this.#token = undefined
  }

  /** Takes it, unless this node has it or another one does. */
  async take (): Promise<number | undefined> {
    const { store, name, owner, start, isAlone } = this.#deps
    if (this.#token !== undefined) return this.#token
    const askedAt = performance.now()
    this.#token = (await store.takeReader(name, owner, { leaseMs: this.ms, start, isAlone }))?.token
    this.#until = askedAt + this.ms
    return this.#token
  }

  /** Asks the store, goes by what it says of the lease, and renews it in time. */
  async look<S extends { owner: string | null, leaseMs: number }> (ask: () => Promise<S | undefined>): Promise<S | undefined> {
    const askedAt = performance.now()
    const state = await ask()
    if (state && this.#token !== undefined) await this.#follow(state, askedAt)
    return state
  }

  async #follow ({ owner, leaseMs }: { owner: string | null, leaseMs: number }, askedAt: number): Promise<void> {
    if (owner !== this.#deps.owner) return this.drop()
    // Whichever reader of this node renews its lease, renews those of all.
    this.#until = Math.max(this.#until, askedAt + leaseMs)
    if (!this.#deps.isAlone && leaseMs < this.ms * 2 / 3) await this.#renew()
  }

  /** Works, and renews it meanwhile; once it is lost, or `aborted`, the work is ended: another node does it. */
  async whileHeld<T> (aborted: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const lost = new AbortController()
    const renew = async () => {
      await this.#renew()
      if (this.#token === undefined) lost.abort()
    }
    // After an error it is tried again; if the store stays away, the lease ends by this node's own clock.
    const timer = this.#deps.isAlone ? undefined : setInterval(() => { renew().catch(() => {}) }, this.ms / 3)
    const letGo = follow(aborted, lost)
    try {
      return await work(lost.signal)
    } finally {
      clearInterval(timer)
      letGo()
    }
  }

  async #renew (): Promise<void> {
    const askedAt = performance.now()
    const kept = await this.#deps.store.renewReaders(this.#deps.owner, this.ms)
    if (kept.includes(this.#deps.name)) this.#until = askedAt + this.ms
    else this.drop()
  }
}
