import { until } from '../../within.ts'
import { belfry, body, ROOT } from '../lib/peers.ts'
import { atLeast, atMost, type Row, type Section } from '../lib/report.ts'
import { median } from '../lib/statistics.ts'
import type { Options } from '../options.ts'
import { besides } from './beside.ts'
import { ask, OUTSIDE, taker } from './outside.ts'

const CALLS = 10_000
const QUICK = 500
const BATCH = 500
const MAX_MS = 600_000

/** How many calls a second a server makes, and what webhooks and push subscriptions cost those who send. */
export async function webhooks ({ rounds, seconds, isQuick, subscriptions }: Options): Promise<Section> {
  const calls = isQuick ? QUICK : CALLS
  const rows: Row[] = []
  for (const [what, isOrdered, count] of [['one webhook', false, 1], ['one that is ordered', true, 1], ['ten webhooks', false, 10]] as const) {
    const samples: Awaited<ReturnType<typeof run>>[] = []
    for (let round = 0; round < rounds; round++) samples.push(await run(calls, isOrdered, count))
    const of = (field: 'perSecond' | 'perCpuSecond' | 'turnMs' | 'cpuMs') => median(samples.map(sample => sample[field]))
    rows.push({ what, 'calls a second': of('perSecond'), 'a CPU second': of('perCpuSecond'), 'longest turn ms': of('turnMs'), 'its CPU ms': of('cpuMs') })
  }
  const { rows: sends, time, cpu, latency } = await besides({ rounds, seconds, subscriptions })
  return {
    title: `Webhooks that are called ${calls.toLocaleString('en-US')} times, and sends beside ten of them and ${subscriptions.toLocaleString('en-US')} push subscriptions`,
    rows: [...rows, ...sends],
    goals: [
      atLeast('calls a second of a local receiver', Number(rows[0]!['calls a second']), 1_000),
      atMost('time of a send beside them / alone', time, 1.05),
      atMost('CPU of a send beside them / alone', cpu, 1.05),
      atMost('median of a send while each of ten webhooks is called for it / alone', latency, 1.05)
    ]
  }
}

async function run (calls: number, isOrdered: boolean, count: number) {
  const receiver = await taker(200)
  const server = await belfry.start(OUTSIDE)
  try {
    for (let index = 0; index < count; index++) await ask(server, '/api/webhooks', { url: `${receiver.origin}/${index}`, types: ['notification.sent'], ordered: isOrdered }, ROOT)
    const publish = async (events: number) => {
      const before = receiver.count()
      for (let sent = 0; sent < events; sent += BATCH) await ask(server, '/api/notifications/batch', { items: Array.from({ length: Math.min(BATCH, events - sent) }, () => body) }, ROOT)
      await until('the calls', () => receiver.count() - before >= events * count, MAX_MS)
    }
    await publish(BATCH)
    await server.longestTurn()
    const [cpu, start] = [server.cpu(), performance.now()]
    await publish(calls / count)
    return { perSecond: calls / (performance.now() - start) * 1000, perCpuSecond: calls / (server.cpu() - cpu), ...await server.longestTurn() }
  } finally {
    await server.stop()
    receiver.close()
  }
}
