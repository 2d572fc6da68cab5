import { until } from '../../within.ts'
import { belfry, body, ROOT } from '../lib/peers.ts'
import { atLeast, atMost, type Section } from '../lib/report.ts'
import { median } from '../lib/statistics.ts'
import type { Options } from '../options.ts'
import { ask, OUTSIDE, subscribe, taker } from './outside.ts'

const MAX_MS = 600_000
const MEMORY_EACH_MS = 200
/** Of what a broadcast to any number of subscriptions may add to the memory. */
const MAX_MEGABYTES = 64

/** A broadcast to very many subscriptions, at a push service on the other core. */
export async function push ({ rounds, subscriptions }: Options): Promise<Section> {
  const samples: Awaited<ReturnType<typeof broadcast>>[] = []
  for (let round = 0; round < rounds; round++) samples.push(await broadcast(subscriptions))
  const of = (field: 'perSecond' | 'perCpuSecond' | 'turnMs' | 'cpuMs' | 'megabytes') => median(samples.map(sample => sample[field]))
  return {
    title: `A broadcast to ${subscriptions.toLocaleString('en-US')} push subscriptions`,
    rows: [{ what: 'encrypted pushes', 'a second': of('perSecond'), 'a CPU second': of('perCpuSecond'), 'longest turn ms': of('turnMs'), 'its CPU ms': of('cpuMs'), 'memory MB': of('megabytes') }],
    goals: [
      atLeast('encrypted pushes a second and core', of('perCpuSecond'), 1_500),
      atMost('longest turn of the event loop, ms', of('turnMs'), 20),
      atMost('memory that it adds at its peak, MB', of('megabytes'), MAX_MEGABYTES)
    ]
  }
}

async function broadcast (count: number) {
  const service = await taker(201)
  const server = await belfry.start({ ...OUTSIDE, PUSH_AFTER: '0' })
  try {
    await subscribe(server, service.origin, count)
    const announce = async () => {
      const before = service.count()
      await ask(server, '/api/notifications/send', body, ROOT)
      await until('the broadcast to arrive', () => service.count() - before >= count, MAX_MS)
    }
    // Compilers are warm after it.
    await announce()
    await server.longestTurn()
    const [cpu, rss, start] = [server.cpu(), server.rss(), performance.now()]
    let peak = rss
    const timer = setInterval(() => { peak = Math.max(peak, server.rss()) }, MEMORY_EACH_MS)
    await announce()
    clearInterval(timer)
    const seconds = (performance.now() - start) / 1000
    return { perSecond: count / seconds, perCpuSecond: count / (server.cpu() - cpu), ...await server.longestTurn(), megabytes: (peak - rss) / 1e6 }
  } finally {
    await server.stop()
    service.close()
  }
}
