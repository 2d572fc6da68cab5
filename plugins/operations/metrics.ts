import process from 'node:process'
import fp from 'fastify-plugin'
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import pkg from '../../package.json' with { type: 'json' }
import { Durations } from './durations.ts'
import type { LogEvent } from '../../src/log/event.ts'
import { RecentDurations, RecentPeak } from '../../src/overview/recent.ts'

declare module 'fastify' {
  interface FastifyInstance { metrics: Metrics }
}

/**
 * The sampling interval of the event loop. The lag shown is the time between two samples, so it is never
 * shorter than this. At the default of 10 ms, sampling alone takes 0.8 % of a core.
 */
export const LOOP_SAMPLING_MS = 25

/** The Prometheus metrics of this node. */
export class Metrics {
  readonly registry = new Registry()
  readonly #appends = this.#counter('belfry_log_appends_total', 'Events appended to the log by this node')
  readonly #writes = this.#counter('belfry_store_writes_total', 'Writes committed by this node')
  readonly #commit = this.#histogram('belfry_store_commit_seconds', 'Time of one group commit, sync included')
  readonly #deliveries = this.#counter('belfry_deliveries_total', 'Event frames written to sockets')
  readonly #flush = this.#histogram('belfry_flush_seconds', 'Time of one flush to all sockets')
  readonly #lag = this.#histogram('belfry_tail_lag_seconds', 'From the append of an event to its delivery by this node\'s tail')

  /** The values of the counters with a label, by counter and label. */
  readonly #counted = new Map<string, Map<string | number, number>>()
  /** What overviews show of the last seconds. */
  readonly recent = { commits: new RecentDurations(), flushes: new RecentDurations(), lagMs: new RecentPeak() }
  /** Event frames written since the start. */
  deliveries = 0

  constructor () {
    new Gauge({ name: 'belfry_build_info', help: 'The versions of Belfry and Node.js', labelNames: ['version', 'node'], registers: [this.registry] })
      .set({ version: pkg.version, node: process.version }, 1)
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: LOOP_SAMPLING_MS })
  }

  /** Counts one group commit. */
  committed ({ ms, writes }: { ms: number, writes: number }, events: number): void {
    this.#commit.observe(ms / 1000)
    this.recent.commits.observe(ms)
    this.#writes.inc(writes)
    this.#appends.inc(events)
  }

  /** Counts one flush of the hub. */
  flushed ({ ms, deliveries }: { ms: number, deliveries: number }): void {
    this.#flush.observe(ms / 1000)
    this.recent.flushes.observe(ms)
    this.deliveries += deliveries
    this.#deliveries.inc(deliveries)
  }

  /** Observes the lag of events that the tail has delivered. */
  delivered (events: LogEvent[]): void {
    const newest = events.at(-1)
    if (!newest) return
    const ms = Math.max(0, Date.now() - newest.at)
    this.#lag.observe(ms / 1000)
    this.recent.lagMs.observe(ms)
  }

  /** A counter with one label, which must have few different values. */
  counterOf ({ name, help, label, values = [] }: { name: string, help: string, label: string, values?: (string | number)[] }): (value: string | number) => void {
    const counter = new Counter({ name, help, labelNames: [label], registers: [this.registry] })
    // Initialised to 0, so that a counter that has not counted yet differs from a failed scrape.
    for (const value of values) counter.inc({ [label]: value }, 0)
    const counted = new Map<string | number, number>()
    this.#counted.set(name, counted)
    return value => {
      counter.inc({ [label]: value })
      counted.set(value, (counted.get(value) ?? 0) + 1)
    }
  }

  /** How often a counter with a label has counted this value. */
  countOf (name: string, value: string | number): number {
    return this.#counted.get(name)?.get(value) ?? 0
  }

  /** A counter that counts several at once. */
  totalOf (name: string, help: string): (count: number) => void {
    const counter = this.#counter(name, help)
    return count => counter.inc(count)
  }

  /** A gauge whose value is read at each scrape. */
  watch (name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({ name, help, registers: [this.registry], collect: () => gauge.set(read()) })
  }

  /** A counter whose total is read at each scrape. */
  watchTotal (name: string, help: string, read: () => number): void {
    const counter: Counter = new Counter({ name, help, registers: [this.registry], collect: () => { counter.reset(); counter.inc(read()) } })
  }

  #counter (name: string, help: string): Counter {
    return new Counter({ name, help, registers: [this.registry] })
  }

  #histogram (name: string, help: string): Durations<never> {
    return new Durations(this.registry, { name, help })
  }
}

export default fp(async (app) => {
  const metrics = new Metrics()
  app.decorate('metrics', metrics)
  // Each registry has its own event loop sampling, which would continue after the close.
  app.addHook('onClose', async () => metrics.registry.clear())
}, { name: 'metrics', fastify: '5.x' })
