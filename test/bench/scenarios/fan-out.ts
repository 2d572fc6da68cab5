import { Load, type Server } from '../lib/child.ts'
import { belfry, bun, fanOutPeers, prebuiltLoop, socketIo, wsLoop, type Peer } from '../lib/peers.ts'
import { atLeast, atMost, type Section } from '../lib/report.ts'
import { median, percentile } from '../lib/statistics.ts'
import type { Options } from '../options.ts'
import type { PublishResult } from '../load.ts'

export interface Sample { perSecond: number, cpuPerDelivery: number, p50: number, p99: number, loadCpu: number }

/** Everyone gets everything: deliveries a second and what each costs, one publish at a time and 64 outstanding. */
export async function fanOut ({ seconds, rounds, subscribers }: Options): Promise<Section> {
  const single = new Map<string, Sample[]>()
  const many = new Map<string, Sample[]>()
  for (let round = 0; round < rounds; round++) {
    for (const peer of fanOutPeers) {
      const server = await peer.start()
      const load = await Load.start()
      try {
        await subscribeAll(peer, server, load, subscribers)
        // A first run that does not count: compilers and buffers warm up.
        await measure('publish', peer, server, load, { outstanding: 8, seconds: seconds / 2, subscribers })
        push(single, peer, await measure('fanOut', peer, server, load, { outstanding: 1, seconds, subscribers }))
        push(many, peer, await measure('publish', peer, server, load, { outstanding: 64, seconds, subscribers }))
      } finally {
        await Promise.all([server.stop(), load.stop()])
      }
    }
  }
  const of = (samples: Map<string, Sample[]>, peer: Peer, field: keyof Sample) => median(samples.get(peer.name)!.map(sample => sample[field]))
  const versus = (peer: Peer, bound: number) => atLeast(`64 outstanding, deliveries a second, Belfry / ${peer.name}`, of(many, belfry, 'perSecond') / of(many, peer, 'perSecond'), bound)
  return {
    title: `Fan-out to ${subscribers} subscribers`,
    rows: fanOutPeers.map(peer => ({
      server: peer.name,
      'one at a time: deliveries/s': of(single, peer, 'perSecond'),
      'CPU µs/delivery': of(single, peer, 'cpuPerDelivery'),
      'p50 ms': of(single, peer, 'p50'),
      'p99 ms': of(single, peer, 'p99'),
      '64 outstanding: deliveries/s': of(many, peer, 'perSecond'),
      'CPU µs/delivery ': of(many, peer, 'cpuPerDelivery'),
      'load\'s own core': of(many, peer, 'loadCpu')
    })),
    goals: [
      ...(bun ? [versus(bun, 1)] : []),
      versus(socketIo, 20),
      versus(wsLoop, 15),
      atMost('one at a time, CPU per delivery, Belfry / prebuilt frame', of(single, belfry, 'cpuPerDelivery') / of(single, prebuiltLoop, 'cpuPerDelivery'), 1.1),
      atMost('one at a time, fan-out p50, Belfry / `ws` loop', of(single, belfry, 'p50') / of(single, wsLoop, 'p50'), 1),
      atMost('one at a time, fan-out p99, Belfry / `ws` loop', of(single, belfry, 'p99') / of(single, wsLoop, 'p99'), 1)
    ]
  }
}

export async function subscribeAll (peer: Peer, server: Server, load: Load, count: number): Promise<number> {
  const headers = Array.from({ length: count }, (_, index) => peer.headers(index))
  return await load.ask<number>('open', { port: server.port, path: peer.path, isStream: peer.isStream, headers, hello: peer.hello, greetings: peer.greetings })
}

export async function measure (verb: 'publish' | 'fanOut', peer: Peer, server: Server, load: Load, run: { outstanding: number, seconds: number, subscribers: number }): Promise<Sample> {
  const before = server.cpu()
  const result = await load.ask<PublishResult>(verb, {
    port: server.port, requests: [peer.request], outstanding: run.outstanding, seconds: run.seconds, perPublish: run.subscribers
  })
  const cpu = server.cpu() - before
  return {
    perSecond: result.deliveries / result.seconds,
    cpuPerDelivery: cpu / result.deliveries * 1e6,
    p50: percentile(result.latencies, 50),
    p99: percentile(result.latencies, 99),
    loadCpu: result.cpu / result.seconds
  }
}

function push (samples: Map<string, Sample[]>, { name }: Peer, sample: Sample): void {
  samples.set(name, [...samples.get(name) ?? [], sample])
}
