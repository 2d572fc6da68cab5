import { setTimeout as pause } from 'node:timers/promises'
import { Load, type Server } from '../lib/child.ts'
import { belfry, body, ROOT } from '../lib/peers.ts'
import { post } from '../lib/raw-http.ts'
import type { Row } from '../lib/report.ts'
import { median } from '../lib/statistics.ts'
import type { PublishResult } from '../load.ts'
import type { Options } from '../options.ts'
import { ask, OUTSIDE, subscribe, taker } from './outside.ts'

const WEBHOOKS = 10
const CONNECTIONS = 32
/** How many runs there are in turns in a round. */
const TURNS = 4
/** The pause between two single sends, milliseconds: ten webhooks are then called a few hundred times a second. */
const PAUSE_MS = 25
const SINGLE = 150

const send = { ...body, audience: { users: ['somebody'] } }

/** Sends to a user who has none of it, at a server with ten webhooks and very many push subscriptions, and in turns at one with nothing. */
export async function besides ({ rounds, seconds, subscriptions }: Pick<Options, 'rounds' | 'seconds' | 'subscriptions'>) {
  const receiver = await taker(200)
  const load = await Load.start()
  const servers = await Promise.all([belfry.start(OUTSIDE), belfry.start(OUTSIDE)])
  const [, beside] = servers
  const runs: Sample[][] = [[], []]
  const latencies: number[][] = [[], []]
  try {
    await subscribe(beside, 'http://127.0.0.1:9', subscriptions)
    // They follow the log, as all do, and none of what is sent is of their company.
    await addWebhooks(beside, receiver.origin, { company: 'company-1' })
    for (const server of servers) await publish(load, server, seconds)
    for (let turn = 0; turn < rounds * TURNS; turn++) {
      // Whoever begins has the colder processor.
      for (const which of turn % 2 === 0 ? [0, 1] : [1, 0]) runs[which]!.push(await publish(load, servers[which]!, seconds / TURNS))
    }
    await addWebhooks(beside, receiver.origin, {})
    for (let count = 0; count < rounds * SINGLE; count++) {
      for (const which of count % 2 === 0 ? [0, 1] : [1, 0]) latencies[which]!.push(await single(servers[which]!))
      await pause(PAUSE_MS)
    }
  } finally {
    await Promise.all([...servers.map(server => server.stop()), load.stop()])
    receiver.close()
  }
  const of = (which: number, field: keyof Sample) => median(runs[which]!.map(sample => sample[field]))
  const ratio = (field: keyof Sample) => median(runs[1]!.map((sample, turn) => sample[field] / runs[0]![turn]![field]))
  const [alone, called] = latencies.map(median) as [number, number]
  const row = (what: string, which: number, ms: number): Row => ({ what, 'sends a second': 1_000 / of(which, 'ms'), 'CPU µs a send': of(which, 'cpu'), 'one now and then ms': ms })
  const rows = [row('sends alone', 0, alone), row('beside webhooks and subscriptions', 1, called)]
  return { rows, time: ratio('ms'), cpu: ratio('cpu'), latency: called / alone }
}

/** Of one send: milliseconds, and microseconds of CPU of all threads. */
interface Sample { ms: number, cpu: number }

async function publish (load: Load, server: Server, seconds: number): Promise<Sample> {
  const before = server.cpu()
  const { publishes, seconds: took } = await load.ask<PublishResult>('publish', { port: server.port, requests: [post('/api/notifications/send', ROOT, send)], outstanding: CONNECTIONS, seconds, perPublish: 0 })
  return { ms: took * 1_000 / publishes, cpu: (server.cpu() - before) / publishes * 1e6 }
}

/** The time of one send, milliseconds. */
async function single (server: Server): Promise<number> {
  const start = performance.now()
  await ask(server, '/api/notifications/send', send, ROOT)
  return performance.now() - start
}

async function addWebhooks (server: Server, origin: string, of: { company?: string }): Promise<void> {
  for (let index = 0; index < WEBHOOKS; index++) await ask(server, '/api/webhooks', { url: `${origin}/${index}`, types: ['notification.sent'], ...of }, ROOT)
}
