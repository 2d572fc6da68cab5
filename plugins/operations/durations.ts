import type { Metric, MetricValue, Registry } from 'prom-client'

/** The buckets of all duration histograms, seconds. */
export const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** What was observed with one set of label values; `counts` has one entry per bucket, and one for what is beyond the last. */
interface Series { labels: Record<string, string | number>, counts: number[], sum: number, count: number }

type Level = Map<string | number, Level | Series>

/**
 * A histogram of durations by labels, or without any, as prom-client exposes one. Its own `Histogram` validates and hashes the
 * labels of each observation, which takes longer than all the rest; every request and every operation of the
 * store is observed.
 */
export class Durations<Label extends string> {
  readonly #names: readonly Label[]
  /** By the first label's value, that of the second, and so on. Not by a joined text, which would be made and hashed each time. */
  readonly #series: Level = new Map()
  readonly #all: Series[] = []
  /** The only one, if there are no labels; it is shown before anything is observed. */
  readonly #only: Series | undefined

  constructor (registry: Registry, { name, help, labelNames = [] }: { name: string, help: string, labelNames?: readonly Label[] }) {
    this.#names = labelNames
    if (labelNames.length === 0) this.#only = this.#add([])
    registry.registerMetric({ name, get: async () => ({ name, help, type: 'histogram', aggregator: 'sum', values: this.#values(name) }) } as unknown as Metric)
  }

  /** Observes a duration in seconds; the values are those of the labels, in their order. */
  observe (seconds: number, ...values: (string | number)[]): void {
    const series = this.#only ?? this.#find(values) ?? this.#add(values)
    let bucket = 0
    while (bucket < SECONDS.length && seconds > SECONDS[bucket]!) bucket += 1
    series.counts[bucket]! += 1
    series.sum += seconds
    series.count += 1
  }

  #find (values: (string | number)[]): Series | undefined {
    let found: Level | Series | undefined = this.#series
    for (let index = 0; index < values.length; index++) found = (found as Level | undefined)?.get(values[index]!)
    return found as Series | undefined
  }

  #add (values: (string | number)[]): Series {
    const labels = Object.fromEntries(this.#names.map((name, index) => [name, values[index]!]))
    const series = { labels, counts: Array(SECONDS.length + 1).fill(0), sum: 0, count: 0 }
    let level = this.#series
    for (const value of values.slice(0, -1)) {
      const next = level.get(value) as Level | undefined ?? new Map()
      level.set(value, next)
      level = next
    }
    if (values.length > 0) level.set(values.at(-1)!, series)
    this.#all.push(series)
    return series
  }

  #values (name: string): MetricValue<string>[] {
    return this.#all.flatMap(({ labels, counts, sum, count }) => {
      let upTo = 0
      const buckets = [...SECONDS, '+Inf'].map((le, index) => {
        upTo += counts[index]!
        return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: upTo }
      })
      return [...buckets, { metricName: `${name}_sum`, labels, value: sum }, { metricName: `${name}_count`, labels, value: count }]
    })
  }
}
