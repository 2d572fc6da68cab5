import { Load } from '../lib/child.ts'
import { belfry, type Peer } from '../lib/peers.ts'
import { atMost, type Section } from '../lib/report.ts'
import { median } from '../lib/statistics.ts'
import type { Options } from '../options.ts'
import { measure, subscribeAll, type Sample } from './fan-out.ts'

const transports: Peer[] = [
  { ...belfry, name: 'WebSocket' },
  { ...belfry, name: 'Server-Sent Events', path: '/sse/notifications', isStream: true }
]

/** The same fan-out over both transports, on a server each, turn and turn about. */
export async function streams ({ seconds, rounds, subscribers }: Options): Promise<Section> {
  const single = transports.map((): Sample[] => [])
  const many = transports.map((): Sample[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, peer] of transports.entries()) {
      const server = await peer.start()
      const load = await Load.start()
      try {
        await subscribeAll(peer, server, load, subscribers)
        await measure('publish', peer, server, load, { outstanding: 8, seconds: seconds / 2, subscribers })
        single[index]!.push(await measure('fanOut', peer, server, load, { outstanding: 1, seconds, subscribers }))
        many[index]!.push(await measure('publish', peer, server, load, { outstanding: 64, seconds, subscribers }))
      } finally {
        await Promise.all([server.stop(), load.stop()])
      }
    }
  }
  const of = (samples: Sample[], field: keyof Sample) => median(samples.map(sample => sample[field]))
  const ratio = (samples: Sample[][]) => of(samples[1]!, 'cpuPerDelivery') / of(samples[0]!, 'cpuPerDelivery')
  return {
    title: `Transports, ${subscribers} subscribers`,
    rows: transports.map(({ name }, index) => ({
      transport: name,
      'one at a time: deliveries/s': of(single[index]!, 'perSecond'),
      'CPU µs/delivery': of(single[index]!, 'cpuPerDelivery'),
      'p50 ms': of(single[index]!, 'p50'),
      '64 outstanding: deliveries/s': of(many[index]!, 'perSecond'),
      'CPU µs/delivery ': of(many[index]!, 'cpuPerDelivery')
    })),
    goals: [
      atMost('one at a time, CPU per delivery, SSE / WebSocket', ratio(single), 1.15),
      atMost('64 outstanding, CPU per delivery, SSE / WebSocket', ratio(many), 1.15)
    ]
  }
}
