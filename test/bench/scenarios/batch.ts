import { Load } from '../lib/child.ts'
import { belfry, body, ROOT } from '../lib/peers.ts'
import { hasPgbench, insertsPerSecond } from '../lib/pgbench.ts'
import { post } from '../lib/raw-http.ts'
import { atLeast, type Section } from '../lib/report.ts'
import { median, percentile } from '../lib/statistics.ts'
import type { Options } from '../options.ts'
import type { PublishResult } from '../load.ts'

const CONNECTIONS = 32
const SIZE = 100
const request = post('/api/notifications/batch', ROOT, { items: Array.from({ length: SIZE }, () => body) })

interface Sample { perSecond: number, p50: number, p99: number, cpu: number }

/** Durable notifications a second: one a request, and a hundred a request; beside them one row a transaction into PostgreSQL. */
export async function batch ({ seconds, rounds }: Options): Promise<Section> {
  const cases = [
    { name: `Belfry, \`send\`, ${CONNECTIONS} connections`, request: belfry.request, size: 1, outstanding: CONNECTIONS },
    { name: `Belfry, \`batch\` of ${SIZE}, 4 connections`, request, size: SIZE, outstanding: 4 },
    { name: `Belfry, \`batch\` of ${SIZE}, 1 connection`, request, size: SIZE, outstanding: 1 }
  ]
  const results = cases.map(() => [] as Sample[])
  const inserts: number[] = []
  for (let round = 0; round < rounds; round++) {
    for (const [index, one] of cases.entries()) results[index]!.push(await run(one, seconds))
    const perSecond = hasPgbench ? await insertsPerSecond(CONNECTIONS, seconds, JSON.stringify(body)) : undefined
    if (perSecond !== undefined) inserts.push(perSecond)
  }
  const of = (index: number, field: keyof Sample) => median(results[index]!.map(result => result[field]))
  return {
    title: 'Several notifications a call, durable',
    rows: [
      ...cases.map(({ name }, index) => ({
        server: name, 'notifications/s': of(index, 'perSecond'), 'p50 ms': of(index, 'p50'), 'p99 ms': of(index, 'p99'), 'CPU µs/notification': of(index, 'cpu')
      })),
      ...(hasPgbench ? [{ server: `PostgreSQL, a prepared \`INSERT\` of one row from ${CONNECTIONS} pgbench clients`, 'notifications/s': inserts.length > 0 ? median(inserts) : 'not measured: too short for this machine' }] : [])
    ],
    goals: [atLeast(`notifications a second, batches of ${SIZE} / single sends`, of(1, 'perSecond') / of(0, 'perSecond'), 4)]
  }
}

async function run ({ request, size, outstanding }: { request: string, size: number, outstanding: number }, seconds: number): Promise<Sample> {
  const server = await belfry.start()
  const load = await Load.start()
  try {
    const publish = (seconds: number) => load.ask<PublishResult>('publish', { port: server.port, requests: [request], outstanding, seconds, perPublish: 0 })
    await publish(seconds)
    const before = server.cpu()
    const { publishes, seconds: took, latencies } = await publish(seconds)
    const count = publishes * size
    return { perSecond: count / took, p50: percentile(latencies, 50), p99: percentile(latencies, 99), cpu: (server.cpu() - before) / count * 1e6 }
  } finally {
    await Promise.all([server.stop(), load.stop()])
  }
}
