import type { Bus } from '../bus/bus.ts'
import type { Overview } from '../../schemas/overview.ts'
import type { Store } from '../store/store.ts'
import { StoreCounts, type CountedStore } from './counts.ts'
import type { NodeSampler } from './node.ts'
import { decodeMessage, encodeMessage, type NodeStatus } from './status.ts'

/** Milliseconds. */
const PACES = {
  sample: 1_000,
  /** The first sample after a pause measures a shorter time, so that nobody waits for it. */
  first: 250,
  /** How long the other nodes may take to answer the first question. */
  peers: 250,
  /** Sampling ends so long after the last watcher or question. */
  lease: 5_000,
  /** A node that has said nothing for so long is gone. */
  silent: 3_500,
  /** How long an overview waits for what is being counted. */
  patience: 200,
  /** The store counts as away if it has not answered for so long. */
  store: 2_500
}
/** The most nodes that are remembered: whoever reaches Redis may say anything. */
const MAX_NODES = 1_000

export interface OverviewDeps {
  version: string
  startedAt: string
  store: CountedStore & Pick<Store, 'engine'>
  bus: Pick<Bus, 'isUp' | 'tell' | 'onTold'>
  /** Whether there may be other nodes, which the bus reaches. */
  isShared: boolean
  sampler: NodeSampler
  /** The number of the newest event that this node knows. */
  head: () => number
  /** What a test has no time for. */
  paces?: Partial<typeof PACES>
}

type Watcher = (overview: Overview) => void

/**
 * How all nodes are. Nodes know nothing of each other but what they are told: while somebody watches one of them, it
 * asks the others once a second, and each that is asked says how it is for a few seconds. When nobody watches, no timer
 * runs and nothing is sent.
 */
export class OverviewMonitor {
  readonly #deps: OverviewDeps
  readonly #paces: typeof PACES
  readonly #counts: StoreCounts
  readonly #watchers = new Set<Watcher>()
  readonly #peers = new Map<string, { status: NodeStatus, at: number }>()
  #own: NodeStatus | undefined
  #awakeUntil = 0
  #timer: NodeJS.Timeout | undefined
  #firstSample: PromiseWithResolvers<void> | undefined
  #refreshing: Promise<void> | undefined
  #answeredAt = 0
  #isAway = false

  constructor (deps: OverviewDeps) {
    this.#deps = deps
    this.#paces = { ...PACES, ...deps.paces }
    this.#counts = new StoreCounts(deps.store)
    deps.bus.onTold(text => this.#told(text))
  }

  /** One overview. After a pause it takes half a second, because the node is measured for a moment and the others are asked. */
  async read (): Promise<Overview> {
    const isFirst = this.#timer === undefined
    this.#wake(true)
    await this.#firstSample?.promise
    if (isFirst && this.#deps.isShared) await new Promise(resolve => { setTimeout(resolve, this.#paces.peers) })
    await this.#soon(this.#refreshing)
    return this.#compose(this.#own ?? this.#deps.sampler.sample())
  }

  /** Calls `watcher` with an overview now or soon, and then once a second, until the returned function is called. */
  watch (watcher: Watcher): () => void {
    this.#watchers.add(watcher)
    const own = this.#own
    this.#wake(true)
    if (own) watcher(this.#compose(own))
    return () => { this.#watchers.delete(watcher) }
  }

  close (): void {
    this.#watchers.clear()
    this.#sleep()
  }

  #wake (asks: boolean): void {
    this.#awakeUntil = performance.now() + this.#paces.lease
    if (this.#timer) return
    const first = Promise.withResolvers<void>()
    this.#firstSample = first
    this.#deps.sampler.start()
    if (asks) this.#deps.bus.tell(encodeMessage({ asks }))
    this.#refresh()
    this.#timer = setTimeout(() => {
      this.#tick()
      first.resolve()
    }, this.#paces.first)
  }

  #sleep (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#firstSample?.resolve()
    this.#own = undefined
    this.#deps.sampler.stop()
    this.#peers.clear()
  }

  #tick (): void {
    const now = performance.now()
    if (this.#watchers.size === 0 && now > this.#awakeUntil) return this.#sleep()
    this.#timer = setTimeout(() => this.#tick(), this.#paces.sample)
    const own = this.#deps.sampler.sample()
    this.#own = own
    this.#refresh()
    for (const [id, { at }] of this.#peers) if (now - at > this.#paces.silent) this.#peers.delete(id)
    this.#deps.bus.tell(encodeMessage({ asks: this.#watchers.size > 0, status: own }))
    if (this.#watchers.size > 0) this.#show(own).catch(() => {})
  }

  /** Shows all watchers how things are, with what is counted by then. */
  async #show (own: NodeStatus): Promise<void> {
    await this.#soon(this.#refreshing)
    const overview = this.#compose(own)
    for (const watcher of this.#watchers) watcher(overview)
  }

  #told (text: string): void {
    const message = decodeMessage(text)
    if (!message) return
    if (message.asks) this.#wake(false)
    const { status } = message
    if (!this.#timer || !status || (this.#peers.size >= MAX_NODES && !this.#peers.has(status.id))) return
    this.#peers.set(status.id, { status, at: performance.now() })
  }

  /** Counts what is in the store, unless that is still going on. */
  #refresh (): void {
    if (this.#refreshing) return
    const startedAt = performance.now()
    if (this.#answeredAt === 0) this.#answeredAt = startedAt
    this.#refreshing = this.#counts.refresh(this.#deps.head()).then(() => {
      this.#isAway = false
      this.#answeredAt = performance.now()
    }, () => { this.#isAway = true }).finally(() => { this.#refreshing = undefined })
  }

  /** Waits for a count, but not for a long one. */
  async #soon (count: Promise<void> | undefined): Promise<void> {
    if (!count) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, this.#paces.patience)
    await Promise.race([count, promise])
    clearTimeout(timer)
  }

  #compose (own: NodeStatus): Overview {
    const { version, startedAt, store, bus, isShared, head } = this.#deps
    const { users, notifications, bytes, floor } = this.#counts.counts
    const all = [own, ...[...this.#peers.values()].map(({ status }) => status)].sort((a, b) => a.id < b.id ? -1 : 1)
    const isAway = this.#isAway || (this.#refreshing !== undefined && performance.now() - this.#answeredAt > this.#paces.store)
    const sum = (name: keyof NodeStatus['rates']) => all.reduce((total, { rates }) => total + rates[name], 0)
    const commits = all.map(node => node.commit_ms_p99).filter(ms => ms !== null)
    return {
      version,
      started_at: startedAt,
      nodes: all.map(({ commit_ms_p99: _commit, rates: _rates, degraded: _degraded, ...node }) => node),
      users,
      notifications,
      log: { head: head(), floor },
      store: { engine: store.engine, commit_ms_p99: commits.length === 0 ? null : Math.max(...commits), bytes },
      bus: !isShared ? 'none' : bus.isUp ? 'up' : 'down',
      degraded: [...isAway ? ['store' as const] : [], ...new Set(all.flatMap(({ degraded }) => degraded))],
      rates: { sends: sum('sends'), deliveries: sum('deliveries'), slow_closes: sum('slow_closes') }
    }
  }
}
