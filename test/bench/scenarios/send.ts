import { LOOP_SAMPLING_MS } from '../../../plugins/operations/metrics.ts'
import { Load } from '../lib/child.ts'
import { belfry, fastifyLoop, ROOT, body, type Peer } from '../lib/peers.ts'
import { post } from '../lib/raw-http.ts'
import { atLeast, atMost, type Section } from '../lib/report.ts'
import { median, percentile } from '../lib/statistics.ts'
import type { Options } from '../options.ts'
import type { PublishResult } from '../load.ts'

const CONNECTIONS = 32

/** Durable, authenticated, validated sends beside a bare Fastify route that gives its JSON back. */
export async function send ({ seconds, rounds }: Options): Promise<Section> {
  const cases = [
    { name: 'Belfry, `POST /api/notifications/send`', peer: belfry, request: belfry.request },
    { name: 'bare Fastify, JSON echo', peer: fastifyLoop, request: post('/echo', {}, body) }
  ]
  const results = cases.map(() => [] as { perSecond: number, p50: number, p99: number, cpu: number, loop: number }[])
  for (let round = 0; round < rounds; round++) {
    for (const [index, { peer, request }] of cases.entries()) results[index]!.push(await run(peer, request, seconds))
  }
  const of = (index: number, field: 'perSecond' | 'p50' | 'p99' | 'cpu' | 'loop') => median(results[index]!.map(result => result[field]))
  return {
    title: `Sends over ${CONNECTIONS} connections, no subscriber`,
    rows: cases.map(({ name }, index) => ({
      server: name,
      'requests/s': of(index, 'perSecond'),
      'p50 ms': of(index, 'p50'),
      'p99 ms': of(index, 'p99'),
      'CPU µs/request': of(index, 'cpu'),
      'event-loop delay p99 ms': index === 0 ? of(0, 'loop') : ''
    })),
    goals: [
      atLeast('sends a second, Belfry / echo', of(0, 'perSecond') / of(1, 'perSecond'), 0.5),
      atMost('p99, Belfry / echo', of(0, 'p99') / of(1, 'p99'), 5),
      atMost('event-loop delay p99, ms', of(0, 'loop'), 20)
    ]
  }
}

async function run (peer: Peer, request: string, seconds: number) {
  const server = await peer.start()
  const load = await Load.start()
  try {
    const publish = (seconds: number) => load.ask<PublishResult>('publish', { port: server.port, requests: [request], outstanding: CONNECTIONS, seconds, perPublish: 0 })
    // Compilers go on for long after the first thousand.
    await publish(seconds * 2)
    if (peer === belfry) await loopDelay(server.port)
    const before = server.cpu()
    const { publishes, seconds: took, latencies } = await publish(seconds)
    return {
      perSecond: publishes / took,
      p50: percentile(latencies, 50),
      p99: percentile(latencies, 99),
      cpu: (server.cpu() - before) / publishes * 1e6,
      loop: peer === belfry ? await loopDelay(server.port) : 0
    }
  } finally {
    await Promise.all([server.stop(), load.stop()])
  }
}

/** The p99 of the event-loop delay since it was last asked for, milliseconds. */
async function loopDelay (port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: ROOT })).text()
  return Number(/nodejs_eventloop_lag_p99_seconds ([\d.e-]+)/.exec(text)![1]) * 1000 - LOOP_SAMPLING_MS
}
