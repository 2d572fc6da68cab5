import type { Metric, MetricValue, Registry } from 'prom-client'

/** The buckets of all duration histograms, seconds. */
export const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** What was observed with one set of label values; `counts` has one entry per bucket, and one for what is beyond the last. */
interface Series { labels: Record<string, string | number>, counts: number[], sum: number, count: number }

/**
 * A histogram of durations by labels, as prom-client exposes one. Its own `Histogram` validates and hashes the
 * labels of each observation, which takes longer than all the rest; every request and every operation of the
 * store is observed.
 */
export class Durations<Label extends string> {
  readonly #names: readonly Label[]
  readonly #series = new Map<string, Series>()

  constructor (registry: Registry, { name, help, labelNames }: { name: string, help: string, labelNames: readonly Label[] }) {
    this.#names = labelNames
    registry.registerMetric({ name, get: async () => ({ name, help, type: 'histogram', aggregator: 'sum', values: this.#values(name) }) } as unknown as Metric)
  }

  /** Observes a duration in seconds; the values are those of the labels, in their order. */
  observe (seconds: number, ...values: (string | number)[]): void {
    const key = values.join(' ')
    let series = this.#series.get(key)
    if (!series) {
      const labels = Object.fromEntries(this.#names.map((name, index) => [name, values[index]!]))
      series = { labels, counts: Array(SECONDS.length + 1).fill(0), sum: 0, count: 0 }
      this.#series.set(key, series)
    }
    let bucket = 0
    while (bucket < SECONDS.length && seconds > SECONDS[bucket]!) bucket += 1
    series.counts[bucket]! += 1
    series.sum += seconds
    series.count += 1
  }

  #values (name: string): MetricValue<string>[] {
    return [...this.#series.values()].flatMap(({ labels, counts, sum, count }) => {
      let upTo = 0
      const buckets = [...SECONDS, '+Inf'].map((le, index) => {
        upTo += counts[index]!
        return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: upTo }
      })
      return [...buckets, { metricName: `${name}_sum`, labels, value: sum }, { metricName: `${name}_count`, labels, value: count }]
    })
  }
}
