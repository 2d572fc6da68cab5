import { Load } from '../lib/child.ts'
import { belfry } from '../lib/peers.ts'
import { atMost, type Section } from '../lib/report.ts'
import { median, percentile } from '../lib/statistics.ts'
import type { Options } from '../options.ts'
import type { OpenArgs, PublishResult } from '../load.ts'

const MIB = 1024 * 1024
const OUTSTANDING = 16

interface Sample { p50: number, p99: number, peak: number, grown: number }

/** Half of the sockets read nothing: memory stays bounded, and the others get theirs as soon as if all of them read. */
export async function slowReaders ({ seconds, rounds, subscribers }: Options): Promise<Section> {
  const alone: Sample[] = []
  const beside: Sample[] = []
  for (let round = 0; round < rounds; round++) {
    alone.push(await run(2 * subscribers, 0, seconds))
    beside.push(await run(subscribers, subscribers, seconds))
  }
  const of = (samples: Sample[], field: keyof Sample) => median(samples.map(sample => sample[field]))
  const row = (readers: number, stalled: number, samples: Sample[]) => ({
    readers,
    'stalled beside them': stalled,
    'fan-out p50 ms': of(samples, 'p50'),
    'p99 ms': of(samples, 'p99'),
    'peak RSS MiB': of(samples, 'peak'),
    'RSS MiB, second half - first': of(samples, 'grown')
  })
  return {
    title: `${2 * subscribers} sockets, of which half read nothing`,
    rows: [row(2 * subscribers, 0, alone), row(subscribers, subscribers, beside)],
    goals: [
      atMost('fan-out p50, half of them stalled / all reading', of(beside, 'p50') / of(alone, 'p50'), 1.1),
      atMost('peak RSS more than without, MiB', of(beside, 'peak') - of(alone, 'peak'), 256)
    ]
  }
}

async function run (readers: number, stalled: number, seconds: number): Promise<Sample> {
  const server = await belfry.start()
  const load = await Load.start()
  const headers = (count: number, offset: number) => Array.from({ length: count }, (_, index) => belfry.headers(offset + index))
  const open = (count: number, offset: number, isStalled: boolean) => load.ask('open', {
    port: server.port, path: belfry.path, headers: headers(count, offset), greetings: 1, isStalled
  } satisfies OpenArgs)
  const ask = (verb: 'publish' | 'fanOut', length: number) => load.ask<PublishResult>(verb, {
    port: server.port, requests: [belfry.request], outstanding: OUTSTANDING, seconds: length, perPublish: readers
  })
  const rss: number[] = []
  const watch = setInterval(() => rss.push(server.rss()), 100)
  try {
    await open(readers, 0, false)
    await ask('publish', seconds / 2)
    if (stalled > 0) await open(stalled, readers, true)
    await ask('publish', seconds)
    const { latencies } = await ask('fanOut', seconds)
    const half = Math.floor(rss.length / 2)
    return {
      p50: percentile(latencies, 50),
      p99: percentile(latencies, 99),
      peak: Math.max(...rss) / MIB,
      grown: (Math.max(...rss.slice(half)) - Math.max(...rss.slice(0, half))) / MIB
    }
  } finally {
    clearInterval(watch)
    await Promise.all([server.stop(), load.stop()])
  }
}
