import { readdirSync, readFileSync } from 'node:fs'
import { postgres } from '../../services/postgres.ts'
import { redis } from '../../services/redis.ts'
import { scope } from '../../services/scope.ts'
import { Load, type Server } from '../lib/child.ts'
import { belfry, ROOT } from '../lib/peers.ts'
import { atLeast, atMost, type Row, type Section } from '../lib/report.ts'
import { median, percentile } from '../lib/statistics.ts'
import type { PublishResult } from '../load.ts'
import type { Options } from '../options.ts'

const NODES = [1, 2, 4]
const OUTSTANDING = 64
const SUBSCRIBERS = 10

interface Sample { throughOne: number, perSecond: number, p50: number, p99: number, batch: number, nodeCpu: number, postgresCpu: number, across: number }

/** Durable sends into a PostgreSQL that syncs, from so many nodes, and how long one takes from a node to another one's sockets. */
export async function nodes ({ seconds, rounds }: Options): Promise<Section> {
  const results = new Map<number, Sample[]>(NODES.map(count => [count, []]))
  for (let round = 0; round < rounds; round++) {
    for (const count of NODES) results.get(count)!.push(await run(count, seconds))
  }
  const of = (count: number, field: keyof Sample) => median(results.get(count)!.map(sample => sample[field]))
  return {
    title: `Nodes on one PostgreSQL and one Redis, ${OUTSTANDING} sends outstanding in sum`,
    rows: NODES.map((count): Row => ({
      nodes: count,
      'sends/s through one of them': of(count, 'throughOne'),
      'sends/s through all of them': of(count, 'perSecond'),
      'p50 ms': of(count, 'p50'),
      'p99 ms': of(count, 'p99'),
      'sends/commit': of(count, 'batch'),
      'CPU µs/send, nodes': of(count, 'nodeCpu'),
      'CPU µs/send, PostgreSQL': of(count, 'postgresCpu'),
      'to a socket of the last node, p50 ms': of(count, 'across')
    })),
    goals: [
      atLeast('one node, durable sends a second', of(1, 'throughOne'), 3_000),
      atMost('from one node to a socket of another, p50 ms', of(2, 'across'), 5),
      atLeast('sends a second through one node, with a second one beside it / alone', of(2, 'throughOne') / of(1, 'throughOne'), 0.85)
    ]
  }
}

async function run (count: number, seconds: number): Promise<Sample> {
  const { t, end } = scope()
  const store = (await postgres(t, { durable: true }))!
  const env = { DATABASE_URL: await store.database(t), REDIS_URL: (await redis(t))!.url }
  const servers = await Promise.all(Array.from({ length: count }, () => belfry.start(env)))
  const load = await Load.start()
  try {
    const sendAll = (seconds: number, through = servers) => Promise.all(through.map(({ port }) => load.ask<PublishResult>('publish', {
      port, requests: [belfry.request], outstanding: OUTSTANDING / through.length, seconds, perPublish: 0
    })))
    await sendAll(seconds / 2)
    const [single] = await sendAll(seconds, servers.slice(0, 1))
    const before = await counts(servers)
    const sent = await sendAll(seconds)
    const after = await counts(servers)
    const publishes = sent.reduce((sum, { publishes }) => sum + publishes, 0)
    const latencies = sent.flatMap(({ latencies }) => latencies)

    const headers = Array.from({ length: SUBSCRIBERS }, (_, index) => belfry.headers(index))
    await load.ask('open', { port: servers.at(-1)!.port, path: belfry.path, headers, greetings: belfry.greetings })
    const fanOut = { port: servers[0]!.port, requests: [belfry.request], seconds, perPublish: SUBSCRIBERS }
    const across = await load.ask<PublishResult>('fanOut', fanOut)
    return {
      throughOne: single!.publishes / single!.seconds,
      perSecond: publishes / seconds,
      p50: percentile(latencies, 50),
      p99: percentile(latencies, 99),
      batch: publishes / (after.commits - before.commits),
      nodeCpu: (after.nodes - before.nodes) / publishes * 1e6,
      postgresCpu: (after.postgres - before.postgres) / publishes * 1e6,
      across: percentile(across.latencies, 50)
    }
  } finally {
    await Promise.all([...servers.map(server => server.stop()), load.stop()])
    await end()
  }
}

/** Commits of all nodes, and CPU seconds of the nodes and of PostgreSQL's processes. */
async function counts (servers: Server[]) {
  const commits = await Promise.all(servers.map(async ({ port }) => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: ROOT })).text()
    return Number(/belfry_store_commit_seconds_count (\d+)/.exec(text)![1])
  }))
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
  return { commits: sum(commits), nodes: sum(servers.map(server => server.cpu())), postgres: cpuOf('postgres') }
}

/** CPU seconds of all living processes of a name. */
function cpuOf (name: string): number {
  let ticks = 0
  for (const pid of readdirSync('/proc').filter(entry => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      if (!stat.includes(`(${name})`)) continue
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // It ended while we looked.
    }
  }
  return ticks / 100
}
