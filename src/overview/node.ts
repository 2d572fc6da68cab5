import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Degradation } from '../../schemas/health.ts'
import { rounded } from './recent.ts'
import type { NodeStatus } from './status.ts'

/** How often the event loop is looked at, milliseconds. */
const LOOP_SAMPLING_MS = 20

/** How this node is read. Each is cheap: called once a second. */
export interface Gauges {
  sockets: () => number
  streams: () => number
  /** The longest time from an append to its delivery in the last second or two, milliseconds. */
  lagMs: () => number
  flushP99: () => number | null
  commitP99: () => number | null
  degraded: () => Degradation[]
  /** How many there have been since the start. */
  sends: () => number
  deliveries: () => number
  slowCloses: () => number
}

const COUNTED = ['sends', 'deliveries', 'slowCloses'] as const
type Counted = Record<(typeof COUNTED)[number], number>

/** Measures this node from one sample to the next. Between `start` and `stop` the event loop is watched; otherwise it costs nothing. */
export class NodeSampler {
  readonly #id: string
  readonly #startedAt: string
  readonly #gauges: Gauges
  readonly #loop = monitorEventLoopDelay({ resolution: LOOP_SAMPLING_MS })
  #before: { at: number, counted: Counted } | undefined

  constructor (id: string, startedAt: string, gauges: Gauges) {
    this.#id = id
    this.#startedAt = startedAt
    this.#gauges = gauges
  }

  start (): void {
    this.#loop.reset()
    this.#loop.enable()
    this.#before = this.#count()
  }

  stop (): void {
    this.#loop.disable()
  }

  /** What happened since `start` or the sample before. */
  sample (): NodeStatus {
    const { sockets, streams, lagMs, flushP99, commitP99, degraded } = this.#gauges
    const before = this.#before ?? this.#count()
    const now = this.#count()
    this.#before = now
    const seconds = Math.max(0.001, (now.at - before.at) / 1000)
    const rate = (name: keyof Counted) => rounded((now.counted[name] - before.counted[name]) / seconds)
    // It measures the time between two looks, which is the resolution when nothing is late.
    const loopMs = this.#loop.count === 0 ? 0 : Math.max(0, this.#loop.percentile(99) / 1e6 - LOOP_SAMPLING_MS)
    this.#loop.reset()
    return {
      id: this.#id,
      started_at: this.#startedAt,
      sockets: sockets(),
      streams: streams(),
      lag_ms: rounded(lagMs()),
      flush_ms_p99: flushP99(),
      loop_ms_p99: rounded(loopMs),
      commit_ms_p99: commitP99(),
      rates: { sends: rate('sends'), deliveries: rate('deliveries'), slow_closes: rate('slowCloses') },
      degraded: degraded()
    }
  }

  #count (): { at: number, counted: Counted } {
    const counted = Object.fromEntries(COUNTED.map(name => [name, this.#gauges[name]()])) as Counted
    return { at: performance.now(), counted }
  }
}
